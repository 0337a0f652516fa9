// The shape of a site as it is drawn, without the drawing of it: every change makes a new shape, so that each can be
// taken back.

/** @typedef {[number, number]} LatLon WGS-84 degrees */
/** @typedef {{lat: number, lon: number, accuracy_m: number}} Place */
/**
 * @typedef {object} Shape
 * @property {Place|null} place
 * @property {"area"|"line"|null} kind of what is drawn around or along it
 * @property {LatLon[][][]} parts polygons of rings, the first of each its outer one, none closed; a line is one part with one ring
 * @property {Place[]} gates
 */
/** @typedef {{type: "place"}|{type: "gate", at: number}|{type: "corner", part: number, ring: number, at: number}} Handle one point of it */

/** @param {any} told as the server tells it @returns {Shape} */
export function shapeFrom({ place, outline, gates }) {
  if (!outline) return { place, kind: null, parts: [], gates };
  if (outline.type === "LineString") return { place, kind: "line", parts: [[outline.coordinates.map(swapped)]], gates };
  const polygons = outline.type === "Polygon" ? [outline.coordinates] : outline.coordinates;
  return { place, kind: "area", parts: polygons.map((rings) => rings.map((ring) => ring.slice(0, -1).map(swapped))), gates };
}

/** @param {Shape} shape @returns {any} as the server reads it */
export function toldOf({ place, kind, parts, gates }) {
  return { place, outline: kind ? outlineOf(kind, parts) : null, gates };
}

/** @param {"area"|"line"} kind @param {LatLon[][][]} parts */
export function outlineOf(kind, parts) {
  if (kind === "line") return { type: "LineString", coordinates: parts[0][0].map(swapped) };
  const polygons = parts.map((rings) => rings.map((ring) => [...ring, ring[0]].map(swapped)));
  return polygons.length === 1 ? { type: "Polygon", coordinates: polygons[0] } : { type: "MultiPolygon", coordinates: polygons };
}

/** @param {Shape} shape @param {Handle} handle @returns {LatLon} */
export function pointOf(shape, handle) {
  if (handle.type === "corner") return shape.parts[handle.part][handle.ring][handle.at];
  const place = handle.type === "gate" ? shape.gates[handle.at] : /** @type {Place} */ (shape.place);
  return [place.lat, place.lon];
}

/** @param {Shape} shape @param {Handle} handle @param {LatLon} to @returns {Shape} */
export function withMoved(shape, handle, to) {
  const moved = (/** @type {Place} */ place) => ({ ...place, lat: to[0], lon: to[1] });
  if (handle.type === "place") return { ...shape, place: shape.place && moved(shape.place) };
  if (handle.type === "gate") return { ...shape, gates: shape.gates.map((gate, at) => (at === handle.at ? moved(gate) : gate)) };
  return withRing(shape, handle, (ring) => ring.map((point, at) => (at === handle.at ? to : point)));
}

/** @param {Shape} shape @param {Handle} handle @returns {Shape} a ring that is no more one goes as a whole */
export function withRemoved(shape, handle) {
  if (handle.type === "place") return { ...shape, place: null };
  if (handle.type === "gate") return { ...shape, gates: shape.gates.filter((_, at) => at !== handle.at) };
  const fewer = withRing(shape, handle, (ring) => ring.filter((_, at) => at !== handle.at));
  const fewest = shape.kind === "line" ? 2 : 3;
  const parts = fewer.parts
    .map((rings) => (rings[0].length < fewest ? [] : rings.filter((ring) => ring.length >= fewest)))
    .filter((rings) => rings.length);
  return { ...fewer, parts, kind: parts.length ? fewer.kind : null };
}

/** @param {Shape} shape @param {{part: number, ring: number, at: number}} after @param {LatLon} point @returns {Shape} */
export const withInserted = (shape, after, point) =>
  withRing(shape, after, (ring) => [...ring.slice(0, after.at + 1), point, ...ring.slice(after.at + 1)]);

/** @param {Shape} shape @param {LatLon} at @param {number} accuracyM @returns {Shape} */
export const withPlace = (shape, [lat, lon], accuracyM) => ({ ...shape, place: { lat, lon, accuracy_m: accuracyM } });

/** @param {Shape} shape @param {LatLon} at @param {number} accuracyM @returns {Shape} */
export const withGate = (shape, [lat, lon], accuracyM) => ({ ...shape, gates: [...shape.gates, { lat, lon, accuracy_m: accuracyM }] });

/**
 * All middles of edges, where a point can be put in between.
 * @param {Shape} shape
 * @returns {{part: number, ring: number, at: number, point: LatLon}[]}
 */
export function middles({ kind, parts }) {
  return parts.flatMap((rings, part) =>
    rings.flatMap((ring, number) =>
      ring.slice(0, kind === "line" ? -1 : undefined).map((point, at) => {
        const next = ring[(at + 1) % ring.length];
        return { part, ring: number, at, point: /** @type {LatLon} */ ([(point[0] + next[0]) / 2, (point[1] + next[1]) / 2]) };
      }),
    ),
  );
}

/** @param {Shape} shape @param {{part: number, ring: number}} where @param {(ring: LatLon[]) => LatLon[]} change */
function withRing(shape, where, change) {
  const parts = shape.parts.map((rings, part) =>
    part === where.part ? rings.map((ring, number) => (number === where.ring ? change(ring) : ring)) : rings,
  );
  return { ...shape, parts };
}

/** @param {[number, number]} pair @returns {LatLon} */
const swapped = ([a, b]) => [b, a];
