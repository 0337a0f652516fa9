// The record of an inspection as the server takes it.

import { answersOf } from "../../checklists/answers.js";

/** What is sent of each photo besides its hash and its item. */
const EVIDENCE = ["captured_at", "fix", "no_fix", "clock_error_ms", "source", "original", "clock_offset_ms"];

/**
 * @param {object} from
 * @param {import("../storage/drafts.js").Draft} from.draft
 * @param {{id: string}} from.checklist
 * @param {import("../../checklists/answers.js").Item[]} from.items
 * @param {import("../storage/drafts.js").Media[]} from.media with their hashes
 * @param {string} from.finishedAt ISO instant
 */
export function recordOf({ draft, checklist, items, media, finishedAt }) {
  const photos = media.filter((one) => one.media === "photo");
  const photoOfRow = (row) => photos.find((photo) => photo.row === row)?.sha256;
  return {
    site: draft.site,
    checklist: checklist.id,
    version: draft.version,
    started_at: draft.started_at,
    finished_at: finishedAt,
    answers: answersOf(items, draft.fields, photoOfRow),
    ...tapsOf(draft, items),
    ...recordingsOf(media),
    photos: photos.map((photo) => ({ sha256: photo.sha256, item: photo.item, ...evidenceOf(photo) })),
  };
}

/**
 * @param {import("../storage/drafts.js").Draft} draft
 * @param {import("../../checklists/answers.js").Item[]} items
 * @returns {{taps?: Record<string, number>}} ms from the beginning to each item's first answer; nothing of old drafts
 */
function tapsOf({ taps = {}, started_at }, items) {
  const began = Date.parse(started_at);
  const known = items.filter(({ id }) => taps[id] >= began).map(({ id }) => [id, taps[id] - began]);
  return known.length ? { taps: Object.fromEntries(known) } : {};
}

/**
 * @param {import("../storage/drafts.js").Media[]} media
 * @param {string} [item] of which all recordings are, where they are not of the item that they were made at
 * @returns {{audio?: object[]}} nothing where nothing was recorded
 */
export function recordingsOf(media, item) {
  const audio = media
    .filter((one) => one.media === "audio")
    .map(({ sha256, item: own, evidence }) => ({ sha256, item: item ?? own, captured_at: evidence.captured_at, seconds: evidence.seconds }));
  return audio.length ? { audio } : {};
}

/** @param {import("../storage/drafts.js").Media} media @returns {Record<string, any>} what is sent of it besides hash and item */
export function evidenceOf({ evidence }) {
  return Object.fromEntries(EVIDENCE.filter((name) => evidence[name] !== undefined).map((name) => [name, evidence[name]]));
}

