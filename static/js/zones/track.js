// A way that is walked from premises to a gate, recorded by the phone: domain/zones/walks.py computes it again.

import { distance } from "../place/distance.js";

/** @typedef {[number, number, number]} Point latitude, longitude, accuracy in metres */

export const MAX_POINTS = 1000;
/** Positions known no better than this, in metres, are left out. */
export const POOR_M = 30;
const LEAST_STEP_M = 5;

/**
 * A phone that stands still seems to wander: a step counts once it is longer than half of what its position may be
 * wrong by, and 5 m at least. What is left to the last position counts, too.
 * @param {Point[]} points in walking order, two or more
 * @returns {import("./measured.js").Walk}
 */
export function trackWalk(points) {
  let metres = 0;
  let last = points[0];
  for (const point of points.slice(1)) {
    const step = metresBetween(last, point);
    if (step < Math.max(LEAST_STEP_M, point[2] / 2)) continue;
    metres += step;
    last = point;
  }
  const end = points[points.length - 1];
  return { metres: metres + metresBetween(last, end), by: "track", ends_m: points[0][2] + end[2] };
}

/**
 * Whether one more position belongs to a track.
 * @param {Point[]} points
 * @param {Point} point
 */
export function belongs(points, point) {
  if (!(point[2] <= POOR_M) || points.length >= MAX_POINTS) return false;
  return !points.length || metresBetween(points[points.length - 1], point) >= 1;
}

/** @param {Point} a @param {Point} b */
const metresBetween = ([latA, lonA], [latB, lonB]) => distance({ lat: latA, lon: lonA }, { lat: latB, lon: lonB });
