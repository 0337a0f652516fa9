// Answers as the server takes them, from the form's fields; and what is still wanting. The same rules as on the server,
// whose answer counts.

import { total } from "./counter.js";
import { judged } from "../zones/measured.js";
import { trackWalk } from "../zones/track.js";

/** @typedef {Record<string, string>} Fields form field to value; boxes not ticked and choices not made are absent */
/**
 * @typedef {object} Item one item of the checklist, as in /api/v1/checklists
 * @property {string} id
 * @property {string} text
 * @property {"compliance"|"occurrences"|"ratio"|"grade"|"measure"|"proximity"} method
 * @property {"on_failure"|"always"|"optional"} photo
 * @property {boolean} [live] its photos are to be taken with the camera of the page
 * @property {string} guidance
 * @property {string[]} clauses
 * @property {string[]} units
 * @property {any} rule
 */
/** @typedef {import("../place/distance.js").Located} Located */

/** The name of an item's field. */
export const fieldName = (item, ...rest) => ["answers", item.id, ...rest].join(".");

/**
 * @param {Item} item
 * @param {Fields} fields
 * @returns {any} the value; undefined where there is no answer yet
 */
export function valueOf(item, fields) {
  const read = (...rest) => (fields[fieldName(item, ...rest)] ?? "").trim();
  return read("na") ? "na" : METHODS[item.method].read(read, item, fields);
}

/**
 * @param {Item} item
 * @param {any} value not undefined
 * @param {Located|null} site
 * @returns {boolean} whether it is a finding: points are lost, or may be
 */
export function failed(item, value, site) {
  return value !== "na" && METHODS[item.method].failed(value, item.rule, site);
}

/**
 * @param {Item} item
 * @param {any} value
 * @param {Located|null} site
 * @returns {boolean} whether a photo is asked for
 */
export function needsPhoto(item, value, site) {
  if (value === undefined || value === "na") return false;
  return item.photo === "always" || (item.photo === "on_failure" && failed(item, value, site));
}

/**
 * What the inspector must still do, by item.
 * @param {Item[]} items
 * @param {Fields} fields
 * @param {Located|null} site
 * @param {(item: Item) => number} photosOf how many photos an item has
 * @returns {Map<string, string>}
 */
export function wanting(items, fields, site, photosOf) {
  const found = new Map();
  for (const item of items) {
    const value = valueOf(item, fields);
    const problem = value === undefined ? "这一项还没有作答" : problemOf(item, value);
    const reason = fields[fieldName(item, "no_photo_reason")]?.trim();
    if (problem) found.set(item.id, problem);
    else if (needsPhoto(item, value, site) && !photosOf(item) && !reason) {
      found.set(item.id, "需要至少一张照片；确实无法拍照的，请写明原因");
    }
  }
  return found;
}

/**
 * All answers as JSON.
 * @param {Item[]} items
 * @param {Fields} fields every item is answered
 * @param {(row: string) => string|undefined} photoOfRow SHA-256 of the photo of one row of premises
 */
export function answersOf(items, fields, photoOfRow) {
  return Object.fromEntries(
    items.map((item) => {
      const value = valueOf(item, fields);
      const texts = ["note", "no_photo_reason"]
        .map((name) => [name, fields[fieldName(item, name)]?.trim()])
        .filter(([, text]) => text);
      const written = Array.isArray(value) ? value.map((found) => withPhoto(found, photoOfRow)) : value;
      const bulk = fields[fieldName(item, "bulk")] === "y" && { bulk: true };
      return [item.id, { value: written, ...Object.fromEntries(texts), ...bulk }];
    }),
  );
}

/** What is wrong with a value that was entered; empty where nothing is. */
const problemOf = (item, value) => (value === "na" ? "" : (METHODS[item.method].problem?.(value) ?? ""));

const asCounts = (value) => (typeof value.of === "number" ? { "": value } : value);

const METHODS = {
  compliance: {
    read: (read) => read("value") || undefined,
    failed: (value) => value === "fail",
  },
  occurrences: {
    read: (read) => number(read("value")),
    problem: (value) => (Number.isInteger(value) && value >= 0 ? "" : "请填写不小于0的整数"),
    failed: (value) => value > 0,
  },
  ratio: {
    read: readCounts,
    problem: (value) => countsProblem(Object.values(asCounts(value))),
    failed: ratioFailed,
  },
  grade: {
    read: (read) => read("value") || undefined,
    failed: (value, rule) => (rule.grades.find((grade) => grade.key === value)?.score ?? 1) < 1,
  },
  measure: {
    read: (read) => number(read("value")),
    problem: (value) => (Number.isFinite(value) ? "" : "请填写数字"),
    failed: (value, rule) =>
      (rule.at_least !== null && value < rule.at_least) || (rule.at_most !== null && value > rule.at_most),
  },
  proximity: {
    read: readPremises,
    problem: premisesProblem,
    failed: proximityFailed,
  },
};

/** @returns {number|undefined} NaN where something was typed that is no number */
function number(text) {
  return text === "" ? undefined : Number(text);
}

function readCounts(read, item) {
  const ids = item.rule.classes.length ? item.rule.classes.map((entry) => entry.id) : [""];
  const counts = ids.map((id) => [id, number(read("class", id, "yes")), number(read("class", id, "of"))]);
  const filled = counts.filter(([, yes, of]) => yes !== undefined || of !== undefined);
  if (!filled.length) return undefined;
  const value = Object.fromEntries(filled.map(([id, yes = 0, of = 0]) => [id, { yes, of }]));
  return item.rule.classes.length ? value : value[""];
}

function countsProblem(counts) {
  const right = ({ yes, of }) => Number.isInteger(yes) && Number.isInteger(of) && 0 <= yes && yes <= of;
  return counts.every(right) ? "" : "数字应为整数，且不大于观察总数";
}

function ratioFailed(value, rule) {
  const { yes, of } = total(asCounts(value));
  if (of < rule.minimum) return false;
  return !(rule.full_marks_from !== null && yes * 100 >= rule.full_marks_from * of) && yes < of;
}

/** Rows of premises are numbered, with gaps where one was removed. */
function readPremises(read, item, fields) {
  const form = new RegExp(`^${fieldName(item, "premises").replaceAll(".", "\\.")}\\.(\\d+)\\.category$`);
  const rows = Object.keys(fields)
    .map((name) => form.exec(name)?.[1])
    .filter((row) => row !== undefined);
  if (!rows.length) return read("none") ? [] : undefined;
  return rows.map((row) => ({
    row: fieldName(item, "premises", row),
    category: read("premises", row, "category"),
    name: read("premises", row, "name"),
    fix: {
      lat: number(read("premises", row, "lat")),
      lon: number(read("premises", row, "lon")),
      accuracy_m: number(read("premises", row, "accuracy_m")),
      source: read("premises", row, "source") || "manual",
      at: read("premises", row, "at"),
    },
    walk: readWalk(read("premises", row, "walk_metres"), read("premises", row, "walk_track")),
  }));
}

/** A walked way as it was read: a track where one was recorded, else a measuring wheel's metres; undefined without. */
export function readWalk(metres, track) {
  if (track) return { by: "track", track: JSON.parse(track) };
  return metres ? { by: "wheel", metres: Number(metres) } : undefined;
}

/** @returns {import("../zones/measured.js").Walk|null} what `readWalk` found, with its metres */
export function walked(walk) {
  if (!walk) return null;
  return walk.by === "track" ? trackWalk(walk.track) : walk;
}

function premisesProblem(found) {
  if (found.some(({ category }) => !category)) return "请给每处场所选择类别";
  if (found.some(({ walk }) => walk?.by === "wheel" && !(walk.metres >= 0 && walk.metres <= 10_000))) return "步行距离请填写0到10000之间的米数";
  return found.some(({ fix }) => !isLocated(fix)) ? "每处场所都要有位置：等待定位，或手工填写坐标和误差" : "";
}

/** Whether a position is whole and possible. */
export function isLocated({ lat, lon, accuracy_m }) {
  return Math.abs(lat) <= 90 && Math.abs(lon) <= 180 && accuracy_m >= 0;
}

function proximityFailed(found, rule, site) {
  const banned = found.filter(({ category }) => rule.categories.find((entry) => entry.id === category)?.banned);
  if (!site) return banned.length > 0;
  const isOutside = ({ fix, category, walk }) => isLocated(fix) && judged(site, fix, rule, category, walked(walk)).within === "outside";
  return !banned.every(isOutside);
}

function withPhoto({ row, category, name, fix, walk }, photoOfRow) {
  const photo = photoOfRow(row);
  return { category, ...(name && { name }), ...(photo && { photo }), fix, ...(walk && { walk }) };
}
