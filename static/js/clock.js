// The time by the server's clock. Phone clocks are wrong or changed, so each contact with the server ties its time to
// this page's monotonic clock; an instant carries a bound of its error, or none where there was no contact yet.

/** @typedef {{serverMs: number, errorMs: number, mono: number, wall: number}} Anchor */
/** @typedef {{at: string, error_ms: number|null}} Moment ISO instant in UTC, and how far it may be off */

/** Quartz in phones is off by less than this, in parts of one. */
const DRIFT = 2e-4;

/** @type {Anchor|null} */
let anchor = null;
/** What an earlier page learnt, which is an estimate only: the phone's clock may have been changed since. */
let offsetMs = 0;

/**
 * Take what a contact said. The server's time was read between sending and receiving.
 * @param {number} serverMs
 * @param {number} sentMono `performance.now()` before
 * @param {number} receivedMono `performance.now()` after
 */
export function anchorTo(serverMs, sentMono, receivedMono) {
  const found = {
    serverMs,
    errorMs: (receivedMono - sentMono) / 2,
    mono: (sentMono + receivedMono) / 2,
    wall: Date.now() - (performance.now() - (sentMono + receivedMono) / 2),
  };
  if (!Number.isFinite(serverMs) || (anchor && spread(anchor, performance.now(), Date.now()) < found.errorMs)) return;
  anchor = found;
  offsetMs = found.serverMs - found.wall;
}

/** What is known of the phone's clock, for another page: server's time less phone's time, in milliseconds. */
export const clockOffset = () => offsetMs;

/** @param {number} kept by an earlier page */
export function useOffset(kept) {
  if (!anchor && Number.isFinite(kept)) offsetMs = kept;
}

/**
 * The moment of something that happened in this page.
 * @param {number} phoneMs milliseconds by the phone's clock, not long ago
 * @returns {Moment}
 */
export function moment(phoneMs = Date.now()) {
  if (!anchor) return { at: new Date(phoneMs + offsetMs).toISOString(), error_ms: null };
  const mono = performance.now() - (Date.now() - phoneMs);
  return momentBy(anchor, mono, phoneMs);
}

/**
 * Pure part of `moment`. A monotonic clock may stand still while the phone sleeps, and the other one may be changed by
 * hand: where the two disagree the longer time is taken, and the bound is widened by what they disagree.
 * @param {Anchor} by
 * @param {number} mono
 * @param {number} wall
 * @returns {Moment}
 */
export function momentBy(by, mono, wall) {
  const elapsed = Math.max(mono - by.mono, wall - by.wall);
  return { at: new Date(by.serverMs + elapsed).toISOString(), error_ms: Math.ceil(spread(by, mono, wall)) };
}

const spread = (by, mono, wall) =>
  by.errorMs + Math.abs(wall - by.wall - (mono - by.mono)) + DRIFT * Math.abs(mono - by.mono);

/**
 * An instant as sent to the server.
 * @param {number} phoneMs milliseconds by the phone's clock
 * @returns {string} ISO 8601 in UTC
 */
export const instant = (phoneMs = Date.now()) => moment(phoneMs).at;

/**
 * @param {number} seconds
 * @returns {string} for example 03:07, or 1:03:07
 */
export function duration(seconds) {
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, Math.floor(seconds) % 60];
  const shown = parts[0] ? parts : parts.slice(1);
  return shown.map((part, index) => (index === 0 && parts[0] ? String(part) : String(part).padStart(2, "0"))).join(":");
}
