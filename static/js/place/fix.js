// The phone's position: watched while a page needs it, so that a fresh fix is at hand at the moment of a photo. What the
// inspector chose by hand (an average, a pin on a map) stands before what is measured, as position/best.js has it.

import { stamp } from "../clock.js";
import { bestAt, FRESH_MS, isCurrent, isManual, stands } from "./position/best.js";

export { FRESH_MS };

/** @typedef {import("./position/best.js").Fix} Fix */
/** @typedef {import("./position/best.js").Taken} Taken */
/** @typedef {import("./position/best.js").Chosen} Chosen */
/** @typedef {""|"denied"|"unavailable"|"timeout"|"insecure"|"unsupported"} Why there is no fix; "" where there is one */
/**
 * @typedef {object} FixState
 * @property {"waiting"|"found"|"none"} kind
 * @property {Fix|null} fix
 * @property {number} ageMs
 * @property {string} reason why there is none, for people; "" while it may still come
 * @property {Why} why the same as a code; as long as none has come, that is a timeout
 * @property {""|Chosen["how"]} how chosen by hand; "" as measured
 * @property {boolean} kept set by hand, to stand although the phone finds its position
 */

const NEXT_WAIT_MS = 4_000;
const DAY_MS = 86_400_000;
const OPTIONS = { enableHighAccuracy: true, maximumAge: 0, timeout: 60_000 };
const KEPT = "inspect.position";
/** @type {Record<string, string>} */
const REASONS = {
  denied: "没有获得定位权限。请在浏览器设置中允许本网站使用位置，再刷新页面",
  unavailable: "手机暂时定不了位。请打开定位服务，走到开阔处稍等",
  timeout: "定位超时。请走到开阔处稍等",
  insecure: "本页不是经 HTTPS 或 localhost 打开的，浏览器不提供定位，照片将不带位置",
  unsupported: "此浏览器不支持定位，照片将不带位置",
};
/** @type {Why[]} by the codes of GeolocationPositionError */
const CODES = ["unavailable", "denied", "unavailable", "timeout"];

/** @type {Taken[]} of the last minutes */
let taken = [];
/** @type {Chosen|null} */
let chosen = null;
/** @type {Why} */
let why = "";
let watch = /** @type {number|null} */ (null);
/** @type {Set<(taken?: Taken) => void>} */
const listeners = new Set();

/**
 * Keep the position up to date from now on.
 * @param {(taken?: Taken) => void} onChange called at each new fix, with it, and at each error
 */
export function watchFix(onChange) {
  listeners.add(onChange);
  chosen ??= keptChoice();
  why = unavailable();
  if (why) return onChange();
  startWatching();
  document.addEventListener("visibilitychange", restart);
}

/** @param {(taken?: Taken) => void} onChange that need not be called any more; the last one to go ends the watch */
export function unwatchFix(onChange) {
  listeners.delete(onChange);
  if (listeners.size || watch === null) return;
  document.removeEventListener("visibilitychange", restart);
  navigator.geolocation.clearWatch(watch);
  watch = null;
}

/** @returns {FixState} */
export function fixState() {
  return stateAt(Date.now());
}

/**
 * The next fix that arrives, or the best there is after a few seconds; null where there is none. It is the best one for
 * the moment of the call.
 * @returns {Promise<Fix|null>}
 */
export function nextFix() {
  const moment = Date.now();
  if (unavailable() || chosen?.keep) return Promise.resolve(fixState().fix);
  return new Promise((resolve) => {
    const done = () => {
      listeners.delete(done);
      clearTimeout(timer);
      resolve(stateAt(moment).fix);
    };
    const timer = setTimeout(done, NEXT_WAIT_MS);
    listeners.add(done);
    startWatching();
  });
}

/**
 * The position as measured, whatever was chosen by hand: for what must not be guessed, as a distance.
 * @returns {Fix|null}
 */
export const measuredFix = () => lastMeasured()?.fix ?? null;

/** The same with its time by the clocks of this page. @returns {Taken|null} */
export const lastMeasured = () => measuredAt(Date.now());

/**
 * Use a position that the inspector asked for, until it no longer stands.
 * @param {Chosen|null} choice null: as measured again
 */
export function choose(choice) {
  chosen = choice;
  keepChoice();
  tell();
}

/** @param {boolean} keep whether what was set by hand stands although the phone finds its position */
export function keepChosen(keep) {
  if (chosen) choose({ ...chosen, keep });
}

/** @param {number} moment by the phone's clock, now or a little ago @returns {FixState} */
function stateAt(moment) {
  const now = Date.now();
  const held = chosen && isCurrent(chosen, now) ? chosen : null;
  const found = held ?? measuredAt(moment);
  const { how = "", keep: kept = false } = held ?? {};
  if (found) return { kind: "found", fix: found.fix, ageMs: now - found.takenMs, reason: "", why: "", how, kept };
  return { kind: why ? "none" : "waiting", fix: null, ageMs: Infinity, reason: why && REASONS[why], why: why || "timeout", how, kept };
}

/** @param {number} moment @returns {Taken|null} */
function measuredAt(moment) {
  const now = Date.now();
  return bestAt(taken.filter(({ takenMs }) => now - takenMs < FRESH_MS), moment);
}

/** Why there can be no position at all. @returns {Why} */
function unavailable() {
  if (!globalThis.isSecureContext) return "insecure";
  return "geolocation" in navigator ? "" : "unsupported";
}

const restart = () => document.hidden || startWatching();

/** Start (again): a phone that slept, or whose owner has just granted the permission, answers a new request only. */
function startWatching() {
  if (watch !== null) navigator.geolocation.clearWatch(watch);
  watch = navigator.geolocation.watchPosition(found, failed, OPTIONS);
}

/** @param {GeolocationPosition} position */
function found({ coords, timestamp }) {
  // Some devices stamp positions on a clock of their own; such a stamp is worth nothing.
  const takenMs = Math.abs(timestamp - Date.now()) < DAY_MS ? Math.min(timestamp, Date.now()) : Date.now();
  const { latitude: lat, longitude: lon, accuracy: accuracy_m, speed } = coords;
  const when = stamp(takenMs);
  const fresh = { fix: { lat, lon, accuracy_m, source: /** @type {const} */ ("browser"), at: when.at }, takenMs, when, speed: speed ?? 0 };
  taken = [...taken.filter((one) => takenMs - one.takenMs < FRESH_MS), fresh];
  why = "";
  if (chosen && !stands(chosen, fresh)) {
    chosen = null;
    keepChoice();
  }
  tell(fresh);
}

/** @param {GeolocationPositionError} error */
function failed(error) {
  why = CODES[error.code] ?? "unavailable";
  if (why === "denied") {
    taken = [];
    if (chosen && !isManual(chosen)) chosen = null;
  }
  tell();
}

/** @param {Taken} [fresh] */
function tell(fresh) {
  for (const listener of [...listeners]) listener(fresh);
}

/** A position set by hand outlives the page: the camera may end it. It belongs to the one form. */
function keepChoice() {
  try {
    if (chosen && isManual(chosen)) sessionStorage.setItem(KEPT, JSON.stringify({ page: location.pathname, chosen }));
    else sessionStorage.removeItem(KEPT);
  } catch {
    // Then it is for this page only.
  }
}

/** @returns {Chosen|null} */
function keptChoice() {
  try {
    const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? "null");
    return kept?.page === location.pathname ? kept.chosen : null;
  } catch {
    return null;
  }
}
