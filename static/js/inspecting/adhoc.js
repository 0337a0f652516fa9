// The page of an ad-hoc report (随手拍): a photo, a kind, a place. Kept, queued and sent as inspections are.

import { beginArea, beginAsking, nearestArea } from "./adhoc/area.js";
import { reportOf, wanting } from "./adhoc/record.js";
import { instant } from "../clock.js";
import { fixState, nextFix, watchFix } from "../place/fix.js";
import { showFix, showKept, showMessage } from "./capture/bar.js";
import { enterAgain, entered, fillFields, made, readFields, tap, the } from "../fields.js";
import { beginHandingOver, confirmedText } from "./capture/handing.js";
import { takeIntent } from "./capture/intent.js";
import { beginKeeping } from "./capture/keeping.js";
import { beginLive } from "./capture/live.js";
import { beginPhotos } from "./capture/photos.js";
import { beginSpeaking } from "./capture/speaking.js";
import { beginTaking } from "./capture/taking.js";
import { newId } from "../hash.js";
import { dropDraft, loadDraft, placeOf } from "./storage/drafts.js";
import { fetchToday, keptToday } from "./today.js";

/** @typedef {import("./storage/drafts.js").Draft} Draft */

const page = JSON.parse(the(document, "#page-data").textContent);
const form = /** @type {HTMLFormElement} */ (the(document, "#report"));
const sections = {
  photos: /** @type {HTMLElement} */ (the(document, "#adhoc-photos")),
  kind: /** @type {HTMLElement} */ (the(document, "#adhoc-kind")),
  where: /** @type {HTMLElement} */ (the(document, "#adhoc-where")),
};
const hidden = (name) => /** @type {HTMLInputElement} */ (form.elements.namedItem(name));

let complained = false;
const keeping = beginKeeping(draftNow, showKept);
const photos = beginPhotos({
  draftNow,
  keeping,
  maxBytes: page.maxPhotoBytes,
  longestPx: page.photoLongestPx,
  placeOf: () => sections.photos,
  changed,
});
const AGAIN = { href: "/field/adhoc", text: "再拍一处" };
const spoken = beginSpeaking(form, {
  draftNow,
  keeping,
  placeOf: () => sections.kind,
  changed,
  fails: (text) => showMessage(text, { failed: true }),
});
const handing = beginHandingOver({
  draftNow,
  keeping,
  photos,
  spoken,
  recordOf: (draft, parts) => reportOf({ draft, media: parts, finishedAt: instant() }),
  unreadable: (_photo, problem) => showMessage(problem, { failed: true }),
  confirmed: (item) => showMessage(confirmedText(item), { link: AGAIN }),
  refused,
  next: AGAIN,
});
const area = beginArea(the(form, "#area"), the(form, "#area-hint"), changed);

async function begin() {
  const early = await beginDraft();
  form.addEventListener("input", changed);
  form.addEventListener("change", ({ target }) => /** @type {Element} */ (target).matches(".choice input") && tap());
  beginTaking(form, { draft: () => hidden("id").value, keeping, photos, opens: askToPersist });
  beginLive(form, {
    add: (file, place, takenMs) => photos.add(file, place, "live", takenMs),
    opens: () => void (nextFix(), askToPersist()),
    fails: (text) => showMessage(text, { failed: true }),
  });
  form.addEventListener("submit", submit);
  the(document, "#fix-state").addEventListener("click", async () => (await import("../place/position/panel.js")).openPanel(null));
  addEventListener("beforeunload", (event) => keeping.busy() && event.preventDefault());
  let today = await keptToday();
  const ask = beginAsking(area.locate);
  const look = () => {
    const { fix } = fixState();
    showFix();
    area.propose(nearestArea(today, fix));
    void ask(fix);
  };
  watchFix(look);
  if (!today) fetchToday().then((fetched) => ((today = fetched), look()));
  setInterval(showFix, 1000);
  look();
  show();
  document.documentElement.classList.add("scripted");
  enterAgain(early);
  if (takeIntent(hidden("id").value)) showMessage("打开相机时页面被系统重新载入，已填内容和照片都在。请再拍一次。");
  (await offline()).beginOffline();
}

/** What is not needed to fill in the page comes after it. */
const offline = () => import("./offline.js");
const askToPersist = async () => (await offline()).askToPersist();

/** @returns {Draft} as the page has it now */
function draftNow() {
  const fields = readFields(form);
  const kind = page.checklist.items.find(({ id }) => id === fields["answers.kind"])?.text;
  return {
    id: hidden("id").value,
    kind: "adhoc",
    place: placeOf(page.inspector, ""),
    inspector: page.inspector,
    site: "",
    title: kind ? `随手拍：${kind}` : "随手拍",
    version: page.checklist.version,
    started_at: hidden("started_at").value,
    fields,
    watches: {},
    acknowledged: handing.acknowledged(),
    updated_at: Date.now(),
  };
}

/** @returns {Promise<Element[]>} what was entered before */
async function beginDraft() {
  if (!form.hasAttribute("data-fresh")) return [];
  const found = await loadDraft(page.inspector, "");
  const early = entered(form);
  hidden("id").value = found?.draft.id ?? newId();
  hidden("started_at").value = found?.draft.started_at ?? instant();
  if (found) resume(found);
  area.resume();
  return early;
}

/** @param {{draft: Draft, media: import("./storage/drafts.js").Media[]}} kept */
function resume({ draft, media }) {
  handing.resume(draft);
  fillFields(form, draft.fields);
  photos.resume(media);
  spoken.resume(media);
  tellDraft(draft.id);
}

/** @param {string} id */
function tellDraft(id) {
  const notice = the(document, "#draft-notice");
  const button = made("button", "button button-small", "清空重填");
  button.setAttribute("type", "button");
  button.addEventListener("click", async () => {
    if (!confirm("清空这份随手拍和它的照片？清空后不能恢复。")) return;
    await keeping.end();
    await dropDraft(id);
    location.reload();
  });
  const count = photos.all().length;
  notice.replaceChildren(made("p", "", `已恢复没有提交的随手拍${count ? `，照片 ${count} 张` : ""}。`), button);
  notice.hidden = false;
}

function changed() {
  show();
  if (!handing.isOver()) keeping.save();
}

function show() {
  const count = photos.all().length;
  the(document, "#photo-count").textContent = count ? `照片 ${count} 张` : "还没有照片";
  if (complained) complain();
}

function media() {
  return photos.all().map((photo) => photo.media);
}

/** Say at each part of the page what is wanting there. @returns {HTMLElement|null} the first such part */
function complain() {
  const open = wanting(readFields(form), [...media(), ...keptOnServer()]);
  /** @type {HTMLElement|null} */
  let first = null;
  for (const [name, section] of Object.entries(sections)) {
    const what = open.get(/** @type {any} */ (name));
    const list = the(section, ".item-problems");
    section.classList.toggle("wanting", Boolean(what));
    list.hidden = !what;
    list.replaceChildren(...(what ? [made("p", "", what)] : []));
    if (what) first ??= section;
  }
  complained = first !== null;
  if (!first) showMessage("");
  return first;
}

/** Photos that an earlier try without this script brought. @returns {any[]} */
const keptOnServer = () => [...form.querySelectorAll(".kept input:checked")].map(() => ({ media: "photo", evidence: {} }));

/** @param {Event} event */
async function submit(event) {
  const first = complain();
  if (!first && keptOnServer().length) return; // goes on without this script, as it came
  event.preventDefault();
  if (first) return lead(first);
  // The position may have been there only until the photo was complete.
  await handing.finish(() => {
    const wants = complain();
    if (wants) lead(wants);
    return !wants;
  });
}

/** @param {HTMLElement} section */
function lead(section) {
  showMessage("还没有填完，已标红。", { failed: true });
  section.scrollIntoView({ block: "start" });
}

/** @param {import("./storage/outbox.js").OutboxItem} item */
function refused(item) {
  const said = item.problems.map(({ where, what }) => `${where}：${what}`).join("；");
  showMessage(`没有提交成功：${said || item.problem}`, { failed: true });
}

begin();
