// Addresses that open a place in the phone's map. Ours are WGS-84; Chinese maps are drawn in GCJ-02, and each link says
// what it gives or goes to an app that takes WGS-84. Parameters as documented:
//   高德  https://lbs.amap.com/api/uri-api/guide/mobile-web/point (position=lon,lat; coordinate=wgs84; callnative=1)
//   腾讯  https://lbs.qq.com/webApi/uriV1/uriGuide/uriWebMarker (coord:lat,lng; coord_type=1 is GPS)
//   苹果  https://developer.apple.com/library/archive/featuredarticles/iPhoneURLScheme_Reference/MapLinks/MapLinks.html
//   geo:  RFC 5870, WGS-84 unless it says otherwise. Apps made for China read it as GCJ-02, so it is not the first choice

/** @typedef {"amap"|"apple"|"tencent"|"geo"} MapApp */

/** @type {Record<MapApp, (lat: string, lon: string, name: string) => string>} */
export const MAPS = {
  amap: (lat, lon, name) => `https://uri.amap.com/marker?position=${lon},${lat}&name=${name}&src=inspect&coordinate=wgs84&callnative=1`,
  tencent: (lat, lon, name) => `https://apis.map.qq.com/uri/v1/marker?marker=coord:${lat},${lon};title:${name}&coord_type=1&referer=inspect`,
  apple: (lat, lon, name) => `https://maps.apple.com/?ll=${lat},${lon}&q=${name}`,
  geo: (lat, lon, name) => `geo:${lat},${lon}?q=${lat},${lon}(${name})`,
};

/**
 * @param {MapApp} app
 * @param {import("../distance.js").Point} place WGS-84
 * @param {string} name
 */
export const mapLink = (app, { lat, lon }, name) => MAPS[app](lat.toFixed(6), lon.toFixed(6), encodeURIComponent(name));

/**
 * The app to begin with: Apple's own on its phones, elsewhere one that takes WGS-84 by its address.
 * @param {string} userAgent
 * @param {number} touchPoints an iPad calls itself a Mac
 * @returns {MapApp}
 */
export const usualMap = (userAgent, touchPoints) =>
  /iPhone|iPad|iPod/.test(userAgent) || (/Macintosh/.test(userAgent) && touchPoints > 1) ? "apple" : "amap";
