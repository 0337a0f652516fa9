// The record of an inspection as the server takes it.

import { answersOf } from "../../checklists/answers.js";
import { mediaSent } from "../capture/sent.js";

/**
 * @param {object} from
 * @param {import("../storage/drafts.js").Draft} from.draft
 * @param {{id: string}} from.checklist
 * @param {import("../../checklists/answers.js").Item[]} from.items
 * @param {import("../storage/drafts.js").Media[]} from.media with their hashes
 * @param {string} from.finishedAt ISO instant
 */
export function recordOf({ draft, checklist, items, media, finishedAt }) {
  const photoOfRow = (row) => media.find((one) => one.media === "photo" && one.row === row)?.sha256;
  return {
    site: draft.site,
    checklist: checklist.id,
    version: draft.version,
    started_at: draft.started_at,
    finished_at: finishedAt,
    answers: answersOf(items, draft.fields, photoOfRow),
    ...tapsOf(draft, items),
    ...mediaSent(media),
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
