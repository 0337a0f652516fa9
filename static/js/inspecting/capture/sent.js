// What is sent of photos and recordings; their bytes go before the record that names them.

import { settled } from "../../clock.js";

/** @typedef {import("../storage/drafts.js").Media} Media */
/** @typedef {import("../../place/fix.js").Fix} Fix */
/** @typedef {import("../../clock.js").Stamp} Stamp */

/** What is sent of each photo besides its hash and its item. */
const EVIDENCE = ["captured_at", "fix", "no_fix", "clock_error_ms", "source", "original", "clock_offset_ms", "marks"];

/**
 * @param {Media[]} media with their hashes
 * @param {string} [item] of which all are, where they are not of the item that they were made at
 * @returns {{photos: object[], audio?: object[]}} no `audio` where nothing was recorded
 */
export function mediaSent(media, item) {
  const of = (kind, more) => media.filter((one) => one.media === kind).map((one) => ({ sha256: one.sha256, item: item ?? one.item, ...more(one) }));
  const audio = of("audio", (one) => ({ captured_at: timed(one).captured_at, seconds: one.evidence.seconds }));
  return { ...(audio.length && { audio }), photos: of("photo", evidenceOf) };
}

/** @param {Media} media */
function evidenceOf(media) {
  const evidence = timed(media);
  return Object.fromEntries(EVIDENCE.filter((name) => evidence[name] !== undefined).map((name) => [name, evidence[name]]));
}

/** What is said of it, its instants as well as they can be told by now. @param {Media} media */
function timed({ evidence, when }) {
  if (!when) return evidence;
  const { at, error_ms } = settled(when);
  const fix = evidence.fix && { ...evidence.fix, at: moved(evidence.fix.at, Date.parse(at) - Date.parse(when.at)) };
  const known = evidence.clock_error_ms !== undefined && error_ms !== null;
  const offset = known && { clock_error_ms: error_ms, clock_offset_ms: Math.round(when.phone - Date.parse(at)) };
  return { ...evidence, captured_at: at, ...offset, ...(fix && { fix }) };
}

/** @param {string} at ISO instant @param {number} ms */
const moved = (at, ms) => new Date(Date.parse(at) + ms).toISOString();

/**
 * Where the phone was, with the instants as well as they can be told by now.
 * @param {(Fix & {when?: Stamp})[]} fixes
 * @returns {Fix[]}
 */
export const fixesSent = (fixes) => fixes.map(({ when, ...fix }) => (when ? { ...fix, at: settled(when).at } : fix));

/**
 * What the phone's own clock said, beside what the record says by the server's.
 * @param {import("../storage/drafts.js").Draft} draft
 * @returns {{clock?: {started_at: string, finished_at: string, error_ms: number|null}}} nothing of older drafts
 */
export function clockSaid({ began }) {
  if (!began) return {};
  return { clock: { started_at: new Date(began.phone).toISOString(), finished_at: new Date().toISOString(), error_ms: began.error_ms } };
}
