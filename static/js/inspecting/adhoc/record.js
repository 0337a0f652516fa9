// An ad-hoc report as the server takes it, and what is still wanting of one.

import { clockSaid, mediaSent } from "../capture/sent.js";

/** @typedef {import("../storage/drafts.js").Media} Media */
/** @typedef {import("../../checklists/answers.js").Fields} Fields */

const OTHER = "other";

/**
 * @param {Fields} fields
 * @param {Media[]} media
 * @returns {Map<"photos"|"kind"|"where", string>} part of the page to what is wanting there
 */
export function wanting(fields, media) {
  /** @type {Map<"photos"|"kind"|"where", string>} */
  const open = new Map();
  if (!media.some((one) => one.media === "photo")) open.set("photos", "请拍一张照片");
  if (!fields["answers.kind"]) open.set("kind", "请选择一类");
  else if (fields["answers.kind"] === OTHER && !fields["answers.note"]?.trim()) open.set("kind", "「其他」请写明是什么问题");
  if (!fields["answers.area"]) open.set("where", "请选择所属区域");
  else if (!fields["answers.place"]?.trim() && !media.some(({ evidence }) => evidence.fix)) open.set("where", "照片没有定位，请写明地点");
  return open;
}

/**
 * @param {object} from
 * @param {import("../storage/drafts.js").Draft} from.draft
 * @param {Media[]} from.media with their hashes
 * @param {string} from.finishedAt ISO instant
 */
export function reportOf({ draft, media, finishedAt }) {
  const { fields } = draft;
  const kind = fields["answers.kind"];
  const note = fields["answers.note"]?.trim();
  return {
    kind: "adhoc",
    checklist: "adhoc",
    version: draft.version,
    area: fields["answers.area"],
    place: fields["answers.place"]?.trim() ?? "",
    started_at: draft.started_at,
    finished_at: finishedAt,
    ...clockSaid(draft),
    answers: { [kind]: { value: "fail", ...(note && { note }) } },
    ...mediaSent(media, kind),
  };
}
