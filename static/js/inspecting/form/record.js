// The record of an inspection as the server takes it.

import { answersOf } from "../../checklists/answers.js";
import { clockSaid, mediaSent } from "../capture/sent.js";

/**
 * @param {object} from
 * @param {import("../storage/drafts.js").Draft} from.draft
 * @param {{id: string}} from.checklist
 * @param {import("../../checklists/answers.js").Item[]} from.items
 * @param {import("../storage/drafts.js").Media[]} from.media with their hashes
 * @param {object} [from.presence]
 * @param {string} from.finishedAt ISO instant
 */
export function recordOf({ draft, checklist, items, media, presence, finishedAt }) {
  const photoOfRow = (row) => media.find((one) => one.media === "photo" && one.row === row)?.sha256;
  return {
    site: draft.site,
    checklist: checklist.id,
    version: draft.version,
    started_at: draft.started_at,
    finished_at: finishedAt,
    ...clockSaid(draft),
    ...(draft.partner && { partner: draft.partner }),
    ...(draft.area && { area: draft.area }),
    answers: answersOf(items, draft.fields, photoOfRow),
    ...tapsOf(draft, items),
    ...mediaSent(media),
    ...(presence && { presence }),
  };
}

/** What the server takes: a form may wait for so long. */
const MOST_TAP_MS = 14 * 86_400_000;

/**
 * @param {import("../storage/drafts.js").Draft} draft
 * @param {import("../../checklists/answers.js").Item[]} items
 * @returns {{taps?: Record<string, number>}} ms from the beginning to each item's first answer, as far as they can be
 */
function tapsOf({ tapped = {} }, items) {
  const known = items.filter(({ id }) => tapped[id] >= 0 && tapped[id] <= MOST_TAP_MS).map(({ id }) => [id, tapped[id]]);
  return known.length ? { taps: Object.fromEntries(known) } : {};
}
