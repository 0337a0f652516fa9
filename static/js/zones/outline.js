// How far a position is from an outline, on the phone: good to centimetres over the few hundred metres that matter; the
// server measures again and its answer counts.

import { eastNorth } from "../place/distance.js";

/** @typedef {{type: "Polygon"|"MultiPolygon"|"LineString", coordinates: any[]}} Outline GeoJSON, [longitude, latitude] */
/** @typedef {{lat: number, lon: number}} Point WGS-84 degrees */

/**
 * @param {Outline} outline
 * @param {Point} point
 * @returns {number} metres to the nearest point of it; 0 inside
 */
export function outlineDistance(outline, point) {
  let best = Infinity;
  let inside = false;
  for (const ring of rings(outline)) {
    for (let at = 1; at < ring.length; at++) {
      const a = eastNorth(point, { lon: ring[at - 1][0], lat: ring[at - 1][1] });
      const b = eastNorth(point, { lon: ring[at][0], lat: ring[at][1] });
      best = Math.min(best, toSegment(a, b));
      // An odd number of edges to the east: inside. A hole's edges count as well.
      if (a.north > 0 !== b.north > 0 && a.east + ((b.east - a.east) * a.north) / (a.north - b.north) > 0) inside = !inside;
    }
  }
  return inside && outline.type !== "LineString" ? 0 : best;
}

/**
 * @param {Outline} outline
 * @param {Point} point
 * @returns {number} metres to the farthest point of it
 */
export function outlineReach(outline, point) {
  const lengths = rings(outline).flatMap((ring) => ring.map(([lon, lat]) => eastNorth(point, { lat, lon })));
  return lengths.reduce((most, { east, north }) => Math.max(most, Math.hypot(east, north)), 0);
}

/** @param {Outline} outline @returns {number[][][]} every ring, or the line */
function rings({ type, coordinates }) {
  if (type === "LineString") return [coordinates];
  return type === "Polygon" ? coordinates : coordinates.flat();
}

/** From the origin to a segment. @param {{east: number, north: number}} a @param {{east: number, north: number}} b */
function toSegment(a, b) {
  const [east, north] = [b.east - a.east, b.north - a.north];
  const length = east * east + north * north;
  const part = length ? Math.min(1, Math.max(0, -(a.east * east + a.north * north) / length)) : 0;
  return Math.hypot(a.east + part * east, a.north + part * north);
}
