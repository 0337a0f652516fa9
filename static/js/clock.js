// The time by the server's clock. Phone clocks are wrong or changed, so each contact with the server ties its time to
// this page's monotonic clock; an instant carries a bound of its error, or none where there was no contact yet. What is
// stamped before the first contact is settled after it, by the same monotonic clock.

/** @typedef {{serverMs: number, errorMs: number, mono: number, wall: number}} Anchor errorMs: infinite of a guess */
/** @typedef {{at: string, error_ms: number|null}} Moment ISO instant in UTC, and how far it may be off */
/**
 * @typedef {Moment & {phone: number, mono: number, page: number}} Stamp phone: ms by the phone's own clock; mono: ms by
 *   the monotonic clock of the page that made it, which `page` tells from others
 */

/** Quartz in phones is off by less than this, in parts of one. */
const DRIFT = 2e-4;
/** A monotonic clock may stand still while the phone sleeps. What is longer than this is no sleep, but a changed clock. */
const SLEEP_MS = 16 * 3_600_000;
const PAGE = performance.timeOrigin;

/** A guess until the first contact: the phone's clock, moved by what an earlier page learnt. @type {Anchor} */
let anchor = { serverMs: Date.now(), errorMs: Infinity, mono: performance.now(), wall: Date.now() };

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
  if (!Number.isFinite(serverMs) || spread(anchor, performance.now(), Date.now()) < found.errorMs) return;
  anchor = found;
}

/** What is known of the phone's clock, for another page: server's time less phone's time, in milliseconds. */
export const clockOffset = () => anchor.serverMs - anchor.wall;

/** @param {number} kept by an earlier page; an estimate only: the phone's clock may have been changed since */
export function useOffset(kept) {
  if (!Number.isFinite(anchor.errorMs) && Number.isFinite(kept)) anchor.serverMs = anchor.wall + kept;
}

/**
 * The moment of something that happened in this page.
 * @param {number} phoneMs milliseconds by the phone's clock, not long ago
 * @returns {Moment}
 */
export const moment = (phoneMs = Date.now()) => momentBy(anchor, performance.now() - (Date.now() - phoneMs), phoneMs);

/**
 * The same, to be settled once more is known.
 * @param {number} phoneMs milliseconds by the phone's clock, not long ago
 * @returns {Stamp}
 */
export function stamp(phoneMs = Date.now()) {
  const mono = performance.now() - (Date.now() - phoneMs);
  return { ...momentBy(anchor, mono, phoneMs), phone: phoneMs, mono, page: PAGE };
}

/**
 * A stamp as well as it can be told by now. One of an earlier page that had no contact is as good as the phone's clock.
 * @param {Stamp} made
 * @returns {Stamp}
 */
export function settled(made) {
  if (made.error_ms !== null) return made;
  if (made.page === PAGE) return { ...made, ...momentBy(anchor, made.mono, made.phone) };
  return { ...made, at: new Date(Math.min(made.phone + clockOffset(), Date.parse(instant()))).toISOString() };
}

/** Milliseconds since a stamp was made. @param {Stamp} made */
export function since(made) {
  const ms = made.page === PAGE ? elapsed(performance.now() - made.mono, Date.now() - made.phone) : Date.parse(instant()) - Date.parse(settled(made).at);
  return Math.max(0, Math.round(ms));
}

/**
 * Pure part of `moment`. Where the phone slept, its monotonic clock says less than its other one, which may be changed by
 * hand: see `elapsed`. The bound is widened by what the two disagree.
 * @param {Anchor} by
 * @param {number} mono
 * @param {number} wall
 * @returns {Moment}
 */
export function momentBy(by, mono, wall) {
  const at = new Date(by.serverMs + elapsed(mono - by.mono, wall - by.wall)).toISOString();
  const error = spread(by, mono, wall);
  return { at, error_ms: Number.isFinite(error) ? Math.ceil(error) : null };
}

/** The time between two moments of a page, by its two clocks: the longer one where the phone can have slept so long. */
function elapsed(mono, wall) {
  const asleep = mono * wall < 0 ? Infinity : Math.abs(wall) - Math.abs(mono);
  return asleep > 0 && asleep <= SLEEP_MS ? wall : mono;
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
