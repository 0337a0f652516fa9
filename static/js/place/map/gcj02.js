// GCJ-02, in which many Chinese tile servers draw: only what is shown is shifted, never what is kept.
// The same algorithm as domain/place/coordinates.py, which says where it comes from.

const AXIS_M = 6378245;
const ECCENTRICITY_2 = 0.00669342162296594323;
const ROUNDS = 30;
const ENOUGH = 1e-11;
const ON_THE_RIM = 1e-9;

/** @typedef {[number, number]} LatLon degrees */

/** @param {LatLon} wgs84 @returns {LatLon} unchanged outside the rectangle in which China lies */
export function toGcj02([lat, lon]) {
  if (outside(lat, lon)) return [lat, lon];
  const [north, east] = shift(lat, lon);
  return [lat + north, lon + east];
}

/** @param {LatLon} gcj02 @returns {LatLon} WGS-84, to better than a millimetre, up to the rim of the rectangle */
export function fromGcj02([lat, lon]) {
  if (!(lon >= 71.9 && lon <= 137.95 && lat >= 0.8 && lat <= 55.86)) return [lat, lon];
  let found = /** @type {LatLon} */ ([lat, lon]);
  for (let round = 0; round < ROUNDS; round++) {
    const [north, east] = shift(...found);
    const off = [found[0] + north - lat, found[1] + east - lon];
    found = [found[0] - off[0], found[1] - off[1]];
    if (Math.max(Math.abs(off[0]), Math.abs(off[1])) < ENOUGH) break;
  }
  return outside(...found, ON_THE_RIM) && outside(lat, lon) ? [lat, lon] : found;
}

/** @param {number} lat @param {number} lon @param {number} [slack] */
const outside = (lat, lon, slack = 0) =>
  !(lon >= 72.004 - slack && lon <= 137.8347 + slack && lat >= 0.8293 - slack && lat <= 55.8271 + slack);

/** @param {number} lat @param {number} lon @returns {LatLon} degrees */
function shift(lat, lon) {
  const { PI, sin, cos, sqrt, abs } = Math;
  const [x, y] = [lon - 105, lat - 35];
  const waves = ((20 * sin(6 * x * PI) + 20 * sin(2 * x * PI)) * 2) / 3;
  let north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x)) + waves;
  north += ((20 * sin(y * PI) + 40 * sin((y / 3) * PI)) * 2) / 3;
  north += ((160 * sin((y / 12) * PI) + 320 * sin((y * PI) / 30)) * 2) / 3;
  let east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x)) + waves;
  east += ((20 * sin(x * PI) + 40 * sin((x / 3) * PI)) * 2) / 3;
  east += ((150 * sin((x / 12) * PI) + 300 * sin((x / 30) * PI)) * 2) / 3;
  const angle = (lat / 180) * PI;
  const magic = 1 - ECCENTRICITY_2 * sin(angle) ** 2;
  const root = sqrt(magic);
  return [(north * 180) / (((AXIS_M * (1 - ECCENTRICITY_2)) / (magic * root)) * PI), (east * 180) / ((AXIS_M / root) * cos(angle) * PI)];
}
