// Where something lies from here, in words and as an angle.

import { eastNorth } from "../distance.js";

/** @typedef {import("../distance.js").Point} Point */

const WINDS = ["北", "东北", "东", "东南", "南", "西南", "西", "西北"];

/**
 * @param {Point} from
 * @param {Point} to
 * @returns {number} degrees, clockwise from true north, 0 to 360
 */
export function bearing(from, to) {
  const { east, north } = eastNorth(from, to);
  return ((Math.atan2(east, north) * 180) / Math.PI + 360) % 360;
}

/** @param {number} degrees clockwise from north */
export const wind = (degrees) => WINDS[Math.round(degrees / 45) % 8];

/**
 * A distance for people, no finer than positions are.
 * @param {number} metres
 */
export function metresText(metres) {
  if (metres < 100) return `${Math.round(metres)}米`;
  if (metres < 995) return `${Math.round(metres / 10) * 10}米`;
  return metres < 9950 ? `${(metres / 1000).toFixed(1)}公里` : `${Math.round(metres / 1000)}公里`;
}

/**
 * @param {number} ms
 * @returns {string} how long ago
 */
export function ageText(ms) {
  if (ms < 3000) return "刚刚";
  return ms < 60_000 ? `${Math.round(ms / 1000)}秒前` : `${Math.round(ms / 60_000)}分钟前`;
}
