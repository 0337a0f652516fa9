// Correcting an inspection that was sent: the same form, filled in as it was, with a reason. Its photos stay.

import { answersOf } from "../../checklists/answers.js";
import { the } from "../../fields.js";
import { showMessage } from "../capture/bar.js";
import { mediaSent } from "../capture/sent.js";

/** @typedef {{inspection: string, base: number, page: string}} Correction what the page corrects; base: how many corrections it has */

/**
 * @param {Correction} correction
 * @param {object} from as for the record of an inspection
 * @param {import("../storage/drafts.js").Draft} from.draft
 * @param {import("../../checklists/answers.js").Item[]} from.items
 * @param {import("../storage/drafts.js").Media[]} from.media with their hashes
 * @returns {object} the correction as the server takes it
 */
export function correctionOf(correction, { draft, items, media }) {
  const photoOfRow = (row) => media.find((one) => one.media === "photo" && one.row === row)?.sha256 ?? (draft.fields[`${row}.kept`] || undefined);
  return {
    inspection: correction.inspection,
    version: draft.version,
    // That of when it was begun: another one may have come since.
    base: draft.base ?? correction.base,
    reason: draft.fields.note?.trim() ?? "",
    answers: answersOf(items, draft.fields, photoOfRow),
    ...mediaSent(media),
  };
}

/** Whether it says why; told where it does not. */
export function saysWhy() {
  const field = /** @type {HTMLInputElement} */ (the(document, "#note"));
  const said = Boolean(field.value.trim());
  the(document, "#correction-reason").classList.toggle("wanting", !said);
  if (said) return true;
  showMessage("请写明更正原因。", { failed: true });
  field.scrollIntoView({ block: "center" });
  field.focus({ preventScroll: true });
  return false;
}
