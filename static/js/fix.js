// The phone's position: watched while a form is open, so that a fresh fix is at hand at the moment of a photo.

import { instant } from "./clock.js";

/** @typedef {{lat: number, lon: number, accuracy_m: number, source: "browser", at: string}} Fix WGS-84 */
/** @typedef {{kind: "waiting"|"found"|"none", fix: Fix|null, ageMs: number, reason: string}} FixState */

/** A position older than this says nothing about a photo taken now. */
export const FRESH_MS = 120_000;
const NEXT_WAIT_MS = 4_000;
const DAY_MS = 86_400_000;
const OPTIONS = { enableHighAccuracy: true, maximumAge: 0, timeout: 60_000 };
const REASONS = {
  1: "没有获得定位权限。请在浏览器设置中允许本网站使用位置，再刷新页面",
  2: "手机暂时定不了位。请打开定位服务，走到开阔处稍等",
  3: "定位超时。请走到开阔处稍等",
};

let latest = /** @type {{fix: Fix, takenMs: number}|null} */ (null);
let reason = "";
let watch = /** @type {number|null} */ (null);
/** @type {Set<() => void>} */
const listeners = new Set();

/**
 * Keep the position up to date from now on.
 * @param {() => void} onChange called at each new fix or error
 */
export function watchFix(onChange) {
  listeners.add(onChange);
  reason = unavailable();
  if (reason) return onChange();
  startWatching();
  document.addEventListener("visibilitychange", () => document.hidden || startWatching());
}

/** @returns {FixState} */
export function fixState() {
  const ageMs = latest ? Date.now() - latest.takenMs : Infinity;
  if (latest && ageMs < FRESH_MS) return { kind: "found", fix: latest.fix, ageMs, reason: "" };
  return { kind: reason ? "none" : "waiting", fix: null, ageMs, reason };
}

/**
 * The next fix that arrives, or the freshest there is after a few seconds; null where there is none.
 * @returns {Promise<Fix|null>}
 */
export function nextFix() {
  if (unavailable()) return Promise.resolve(null);
  return new Promise((resolve) => {
    const done = () => {
      listeners.delete(done);
      clearTimeout(timer);
      resolve(fixState().fix);
    };
    const timer = setTimeout(done, NEXT_WAIT_MS);
    listeners.add(done);
    startWatching();
  });
}

/** Why there can be no position at all; empty where there can. */
function unavailable() {
  if (!globalThis.isSecureContext) {
    return "本页不是经 HTTPS 或 localhost 打开的，浏览器不提供定位，照片将不带位置";
  }
  return "geolocation" in navigator ? "" : "此浏览器不支持定位，照片将不带位置";
}

/** Start (again): a phone that slept, or whose owner has just granted the permission, answers a new request only. */
function startWatching() {
  if (watch !== null) navigator.geolocation.clearWatch(watch);
  watch = navigator.geolocation.watchPosition(found, failed, OPTIONS);
}

/** @param {GeolocationPosition} position */
function found({ coords, timestamp }) {
  // Some devices stamp positions on a clock of their own; such a stamp is worth nothing.
  const takenMs = Math.abs(timestamp - Date.now()) < DAY_MS ? Math.min(timestamp, Date.now()) : Date.now();
  const { latitude: lat, longitude: lon, accuracy: accuracy_m } = coords;
  latest = { fix: { lat, lon, accuracy_m, source: "browser", at: instant(takenMs) }, takenMs };
  reason = "";
  tell();
}

/** @param {GeolocationPositionError} error */
function failed(error) {
  if (error.code === error.PERMISSION_DENIED) latest = null;
  reason = REASONS[error.code] ?? REASONS[2];
  tell();
}

function tell() {
  for (const listener of [...listeners]) listener();
}
