// The page of an ad-hoc report (随手拍): a photo, a kind, a place. Kept, queued and sent as inspections are.

import { beginArea, beginAsking, nearestArea } from "./adhoc/area.js";
import { reportOf, wanting } from "./adhoc/record.js";
import { beginCapture } from "./capture.js";
import { showMessage, showPhotoCount, showWanting } from "./capture/bar.js";
import { instant } from "../clock.js";
import { fixState } from "../place/fix.js";
import { readFields, the } from "../fields.js";
import { rooted } from "../root.js";
import { beginRemarks } from "./remarks.js";
import { fetchToday, keptToday } from "./today.js";

const page = JSON.parse(the(document, "#page-data").textContent);
const form = /** @type {HTMLFormElement} */ (the(document, "#report"));
const sections = {
  photos: /** @type {HTMLElement} */ (the(document, "#adhoc-photos")),
  kind: /** @type {HTMLElement} */ (the(document, "#adhoc-kind")),
  where: /** @type {HTMLElement} */ (the(document, "#adhoc-where")),
};
const AGAIN = { href: rooted("/field/adhoc"), text: "再拍一处" };

let complained = false;
/** @type {import("./today.js").Today|null} */
let today = null;
const capture = beginCapture({
  kind: "adhoc",
  owner: page.inspector,
  subject: () => "",
  title,
  form,
  limits: page,
  words: {
    restored: (_draft, photos) => `已恢复没有提交的随手拍${photos ? `，照片 ${photos} 张` : ""}。`,
    clear: "清空重填",
    clearing: "清空这份随手拍和它的照片？",
    again: "请再拍一次。",
  },
  photosAt: () => sections.photos,
  spokenAt: () => sections.kind,
  restore: ({ fields }) => area.resume(fields["answers.area"]),
  show,
  located,
  complete,
  plain: () => keptOnServer().length > 0,
  recordOf: (draft, media) => reportOf({ draft, media, finishedAt: instant() }),
  confirmed: (_item, text) => showMessage(text, { link: AGAIN }),
  next: AGAIN,
});
const area = beginArea(the(form, "#area"), the(form, "#area-hint"), capture.changed);
const ask = beginAsking(area.locate);

async function begin() {
  const chosen = () => form.querySelector("input[name='answers.kind']:checked")?.getAttribute("value") ?? "";
  beginRemarks(form, { owner: page.inspector, checklist: page.checklist, itemOf: chosen });
  today = await keptToday();
  await capture.start();
  if (today) return;
  today = await fetchToday();
  located(fixState().fix);
}

/** @param {import("../place/fix.js").Fix|null} fix */
function located(fix) {
  area.propose(nearestArea(today, fix));
  void ask(fix);
}

/** @param {import("../checklists/answers.js").Fields} fields */
function title(fields) {
  const kind = page.checklist.items.find(({ id }) => id === fields["answers.kind"])?.text;
  return kind ? `随手拍：${kind}` : "随手拍";
}

function show() {
  showPhotoCount(capture.photos.all().length);
  if (complained) complain();
}

/** Say at each part of the page what is wanting there. @returns {HTMLElement|null} the first such part */
function complain() {
  const media = capture.photos.all().map((photo) => photo.media);
  const open = wanting(readFields(form), [...media, ...keptOnServer()]);
  /** @type {HTMLElement|null} */
  let first = null;
  for (const [name, section] of Object.entries(sections)) {
    const what = open.get(/** @type {any} */ (name)) ?? "";
    showWanting(section, what);
    if (what) first ??= section;
  }
  complained = first !== null;
  if (!first) showMessage("");
  return first;
}

/** Photos that an earlier try without this script brought: the report then goes on without it, as it came. @returns {any[]} */
const keptOnServer = () => [...form.querySelectorAll(".kept input:checked")].map(() => ({ media: "photo", evidence: {} }));

function complete() {
  const first = complain();
  if (first) showMessage("还没有填完，已标红。", { failed: true });
  first?.scrollIntoView({ block: "start" });
  return !first;
}

begin();
