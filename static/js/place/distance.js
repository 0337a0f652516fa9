// Distances on the WGS-84 ellipsoid. Good to well under a metre over the few hundred metres that matter here; the
// server measures again and its answer counts.

const EQUATOR_M = 6378137;
const FLATTENING = 1 / 298.257223563;
const ECCENTRICITY_2 = FLATTENING * (2 - FLATTENING);
const radians = (degrees) => (degrees * Math.PI) / 180;

/** @typedef {{lat: number, lon: number}} Point WGS-84 degrees */
/** @typedef {{lat: number, lon: number, accuracy_m: number, outline?: import("../zones/outline.js").Outline, gates?: Point[]}} Located a site may have an outline and gates */

/** Metres of one radian to the north and to the east at a latitude. */
function metresPerRadian(lat) {
  const bend = 1 - ECCENTRICITY_2 * Math.sin(radians(lat)) ** 2;
  const north = (EQUATOR_M * (1 - ECCENTRICITY_2)) / bend ** 1.5;
  return { north, east: (EQUATOR_M * Math.cos(radians(lat))) / Math.sqrt(bend) };
}

/**
 * The way from one point to another, in metres to the east and to the north.
 * @param {Point} a
 * @param {Point} b
 */
export function eastNorth(a, b) {
  const scale = metresPerRadian((a.lat + b.lat) / 2);
  return { east: radians(b.lon - a.lon) * scale.east, north: radians(b.lat - a.lat) * scale.north };
}

/**
 * The point some metres to the east and to the north of another: the inverse of `eastNorth`.
 * @param {Point} from
 * @param {{east: number, north: number}} way metres
 * @returns {Point}
 */
export function pointAt(from, { east, north }) {
  const degrees = (metres, scale) => ((metres / scale) * 180) / Math.PI;
  const near = from.lat + degrees(north, metresPerRadian(from.lat).north) / 2;
  const scale = metresPerRadian(near);
  return { lat: from.lat + degrees(north, scale.north), lon: from.lon + degrees(east, scale.east) };
}

/**
 * @param {Point} a
 * @param {Point} b
 * @returns {number} metres
 */
export function distance(a, b) {
  const { east, north } = eastNorth(a, b);
  return Math.hypot(north, east);
}
