// Answers as the server takes them, from the form's fields; and what is still wanting. The same rules as on the server,
// whose answer counts.

import { methodOf } from "./methods.js";
import { fieldName } from "./typed.js";

/** @typedef {Record<string, string>} Fields form field to value; boxes not ticked and choices not made are absent */
/**
 * @typedef {object} Item one item of the checklist, as in /api/v1/checklists
 * @property {string} id
 * @property {string} text
 * @property {string} method
 * @property {"on_failure"|"always"|"optional"} photo
 * @property {boolean} [live] its photos are to be taken with the camera of the page
 * @property {string} guidance
 * @property {string[]} clauses
 * @property {string[]} units
 * @property {any} rule
 */
/** @typedef {import("../place/distance.js").Located} Located */

/**
 * @param {Item} item
 * @param {Fields} fields
 * @returns {any} the value; undefined where there is no answer yet
 */
export function valueOf(item, fields) {
  const read = (...rest) => (fields[fieldName(item, ...rest)] ?? "").trim();
  return read("na") ? "na" : methodOf(item).read(read, item, fields);
}

/**
 * @param {Item} item
 * @param {any} value not undefined
 * @param {Located|null} site
 * @returns {boolean} whether it is a finding: points are lost, or may be
 */
export function failed(item, value, site) {
  return value !== "na" && methodOf(item).failed(value, item.rule, site);
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
      const written = value === "na" ? value : (methodOf(item).written?.(value, photoOfRow) ?? value);
      const bulk = fields[fieldName(item, "bulk")] === "y" && { bulk: true };
      return [item.id, { value: written, ...Object.fromEntries(texts), ...bulk }];
    }),
  );
}

/** What is wrong with a value that was entered; empty where nothing is. */
const problemOf = (item, value) => (value === "na" ? "" : (methodOf(item).problem?.(value) ?? ""));
