// Premises found near a site, of which banned ones must not lie within a radius.

import { check } from "../../fields.js";
import { judged } from "../../zones/measured.js";
import { fieldName, number } from "../typed.js";
import { isLocated, readWalk, walked } from "./proximity/premises.js";
import { beginRows } from "./proximity/rows.js";

/** @type {import("../methods.js").Method} */
export const method = {
  read: readPremises,
  problem: premisesProblem,
  failed(found, rule, site) {
    const banned = found.filter(({ category }) => rule.categories.find((entry) => entry.id === category)?.banned);
    if (!site) return banned.length > 0;
    const isOutside = ({ fix, category, walk }) => isLocated(fix) && judged(site, fix, rule, category, walked(walk)).within === "outside";
    return !banned.every(isOutside);
  },
  written: (found, photoOfRow) => found.map((one) => withPhoto(one, photoOfRow)),
  fine: (element) => check(element, ".choice-pass input"),
  begin: beginRows,
};

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

function premisesProblem(found) {
  if (found.some(({ category }) => !category)) return "请给每处场所选择类别";
  if (found.some(({ walk }) => walk?.by === "wheel" && !(walk.metres >= 0 && walk.metres <= 10_000))) return "步行距离请填写0到10000之间的米数";
  return found.some(({ fix }) => !isLocated(fix)) ? "每处场所都要有位置：等待定位，或手工填写坐标和误差" : "";
}

function withPhoto({ row, category, name, fix, walk }, photoOfRow) {
  const photo = photoOfRow(row);
  return { category, ...(name && { name }), ...(photo && { photo }), fix, ...(walk && { walk }) };
}
