// Distances on the WGS-84 ellipsoid. Good to well under a metre over the few hundred metres that matter here; the
// server measures again and its answer counts.

const EQUATOR_M = 6378137;
const FLATTENING = 1 / 298.257223563;
const ECCENTRICITY_2 = FLATTENING * (2 - FLATTENING);
const radians = (degrees) => (degrees * Math.PI) / 180;

/** @typedef {{lat: number, lon: number, accuracy_m: number}} Located */

/**
 * @param {Located} a
 * @param {Located} b
 * @returns {number} metres
 */
export function distance(a, b) {
  const middle = radians((a.lat + b.lat) / 2);
  const bend = 1 - ECCENTRICITY_2 * Math.sin(middle) ** 2;
  const north = (radians(b.lat - a.lat) * EQUATOR_M * (1 - ECCENTRICITY_2)) / bend ** 1.5;
  const east = (radians(b.lon - a.lon) * EQUATOR_M * Math.cos(middle)) / Math.sqrt(bend);
  return Math.hypot(north, east);
}

/**
 * Whether premises lie inside the radius, given that both positions are uncertain.
 * @param {Located} site
 * @param {Located} premises
 * @param {number} radiusM
 * @returns {{distanceM: number, uncertaintyM: number, within: "inside"|"outside"|"uncertain"}}
 */
export function measured(site, premises, radiusM) {
  const distanceM = distance(site, premises);
  const uncertaintyM = site.accuracy_m + premises.accuracy_m;
  const within =
    distanceM + uncertaintyM <= radiusM ? "inside" : distanceM - uncertaintyM > radiusM ? "outside" : "uncertain";
  return { distanceM, uncertaintyM, within };
}
