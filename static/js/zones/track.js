// A way that is walked from premises to a gate, recorded by the phone: domain/zones/walks.py computes it again.

import { distance, eastNorth } from "../place/distance.js";

/** @typedef {[number, number, number]} Point latitude, longitude, accuracy in metres */

export const MAX_POINTS = 1000;
/** Positions known no better than this, in metres, are left out. */
export const POOR_M = 30;
const LEAST_TOLERANCE_M = 5;
/** Tolerances of the two simplifications, in accuracies. */
const [FINE, COARSE] = [1, 3];
/** A span cut so often is halved from then on: a made-up zigzag would take a square of time. */
const DEEPEST = 24;

/**
 * The middle between the track smoothed by as much as its positions are wrong, and by three times that; half of what
 * these differ by is added to the doubt at the ends.
 * @param {Point[]} points in walking order, two or more
 * @returns {import("./measured.js").Walk}
 */
export function trackWalk(points) {
  const [lat, lon] = points[0];
  const plane = points.map((point) => eastNorth({ lat, lon }, { lat: point[0], lon: point[1] }));
  const mean = points.reduce((sum, point) => sum + point[2], 0) / points.length;
  const accuracy = Math.max(LEAST_TOLERANCE_M, mean);
  const [longest, shortest] = [FINE, COARSE].map((times) => lengthOf(simplified(plane, times * accuracy)));
  const ends = points[0][2] + points[points.length - 1][2];
  return { metres: (longest + shortest) / 2, by: "track", ends_m: ends + (longest - shortest) / 2 };
}

/** @typedef {{east: number, north: number}} Way metres */

/** @param {Way[]} line */
const lengthOf = (line) =>
  line.slice(1).reduce((sum, { east, north }, at) => sum + Math.hypot(east - line[at].east, north - line[at].north), 0);

/**
 * The line through some of its points, both ends among them, that no other leaves by more than the tolerance.
 * @param {Way[]} line
 * @param {number} toleranceM
 */
function simplified(line, toleranceM) {
  const kept = new Set([0, line.length - 1]);
  const spans = [[0, line.length - 1, 0]];
  for (let span = spans.pop(); span; span = spans.pop()) {
    const [first, last, depth] = span;
    let [most, farthest] = [0, 0];
    for (let at = first + 1; at < last; at++) {
      const metres = away(line[at], line[first], line[last]);
      if (metres > most) [most, farthest] = [metres, at];
    }
    if (most <= toleranceM) continue;
    const cut = depth < DEEPEST ? farthest : Math.floor((first + last) / 2);
    kept.add(cut);
    spans.push([first, cut, depth + 1], [cut, last, depth + 1]);
  }
  return line.filter((_, at) => kept.has(at));
}

/** From a point to a segment. @param {Way} point @param {Way} start @param {Way} end */
function away(point, start, end) {
  const [east, north] = [end.east - start.east, end.north - start.north];
  const length = east * east + north * north;
  const along = (point.east - start.east) * east + (point.north - start.north) * north;
  const part = length ? Math.min(1, Math.max(0, along / length)) : 0;
  return Math.hypot(start.east + part * east - point.east, start.north + part * north - point.north);
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
