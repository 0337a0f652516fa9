// A Leaflet map: with the tiles that the administrator chose, or on a plain ground. All that goes in and comes out is
// WGS-84; where the tiles are in GCJ-02, what is drawn is shifted as they are.

import { fromGcj02, toGcj02 } from "./gcj02.js";

/** @typedef {{templates: string[], system: "wgs84"|"gcj02", attribution: string, max_zoom: number, subdomains: string}} Tiles */
/** @typedef {import("./gcj02.js").LatLon} LatLon */
/**
 * @typedef {object} Ground
 * @property {any} map Leaflet's
 * @property {(lat: number, lon: number) => LatLon} toShown from WGS-84 to where it is drawn
 * @property {(lat: number, lon: number) => LatLon} toTrue from where it is drawn to WGS-84
 * @property {(geometry: any) => any} shown a GeoJSON geometry, as it is drawn
 */

/** Leaflet's own script sets this global before our modules run. */
export const L = /** @type {any} */ (globalThis).L;
const MOST_ZOOM = 20;
const LABELS = { zoomInTitle: "放大", zoomOutTitle: "缩小" };

/**
 * @param {HTMLElement} element with `data-tiles`, JSON, where there are any
 * @param {Record<string, any>} [options] Leaflet's
 * @returns {Ground}
 */
export function beginGround(element, options = {}) {
  /** @type {Tiles|null} */
  const tiles = JSON.parse(element.dataset.tiles || "null");
  const map = L.map(element, { zoomControl: false, attributionControl: false, maxZoom: MOST_ZOOM, preferCanvas: true, ...options });
  L.control.zoom(LABELS).addTo(map);
  L.control.scale({ imperial: false }).addTo(map);
  element.classList.toggle("ground-plain", !tiles);
  for (const template of tiles?.templates ?? []) {
    L.tileLayer(template, { subdomains: tiles?.subdomains, maxNativeZoom: tiles?.max_zoom, maxZoom: MOST_ZOOM, className: "ground-tiles" }).addTo(map);
  }
  if (tiles?.attribution) L.control.attribution({ prefix: false }).addTo(map).addAttribution(escaped(tiles.attribution));
  const shifted = tiles?.system === "gcj02";
  const toShown = (/** @type {number} */ lat, /** @type {number} */ lon) => (shifted ? toGcj02([lat, lon]) : /** @type {LatLon} */ ([lat, lon]));
  const toTrue = (/** @type {number} */ lat, /** @type {number} */ lon) => (shifted ? fromGcj02([lat, lon]) : /** @type {LatLon} */ ([lat, lon]));
  return { map, toShown, toTrue, shown: (geometry) => (shifted ? { ...geometry, coordinates: moved(geometry.coordinates) } : geometry) };
}

/** @param {any} coordinates of a GeoJSON geometry, however deep @returns {any} */
function moved(coordinates) {
  if (typeof coordinates[0] !== "number") return coordinates.map(moved);
  const [lat, lon] = toGcj02([coordinates[1], coordinates[0]]);
  return [lon, lat];
}

/** @param {string} text */
const escaped = (text) => text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
