// What is sent of photos and recordings; their bytes go before the record that names them.

/** @typedef {import("../storage/drafts.js").Media} Media */

/** What is sent of each photo besides its hash and its item. */
const EVIDENCE = ["captured_at", "fix", "no_fix", "clock_error_ms", "source", "original", "clock_offset_ms"];

/**
 * @param {Media[]} media with their hashes
 * @param {string} [item] of which all are, where they are not of the item that they were made at
 * @returns {{photos: object[], audio?: object[]}} no `audio` where nothing was recorded
 */
export function mediaSent(media, item) {
  const of = (kind, more) => media.filter((one) => one.media === kind).map((one) => ({ sha256: one.sha256, item: item ?? one.item, ...more(one) }));
  const audio = of("audio", ({ evidence }) => ({ captured_at: evidence.captured_at, seconds: evidence.seconds }));
  return { ...(audio.length && { audio }), photos: of("photo", evidenceOf) };
}

/** @param {Media} media */
const evidenceOf = ({ evidence }) => Object.fromEntries(EVIDENCE.filter((name) => evidence[name] !== undefined).map((name) => [name, evidence[name]]));
