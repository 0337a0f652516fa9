// The page on which an inspector answers a checklist. Every answer lives in a field of the form, so that the same form
// can be sent without this script; here it gains counters, photos with positions, a draft, and sending piece by piece.

import { arriving } from "../arriving.js";
import { failed, needsPhoto, valueOf, wanting } from "../checklists/answers.js";
import { loadMethods, methodOf } from "../checklists/methods.js";
import { duration, instant } from "../clock.js";
import { readFields, the } from "../fields.js";
import { PHOTO_WANTED, itemOf } from "../problems.js";
import { rooted } from "../root.js";
import { beginCapture } from "./capture.js";
import { showMessage, showProgress, showWanting } from "./capture/bar.js";
import { previewOf } from "./capture/previews.js";
import { correctionOf, saysWhy } from "./form/correction.js";
import { recordOf } from "./form/record.js";
import { beginRest } from "./form/rest.js";
import { beginSearch } from "./form/search.js";
import { kindOf } from "./kinds.js";
import { fillPartner, put } from "./partner.js";
import { beginRemarks } from "./remarks.js";
import { newestDraft } from "./storage/drafts.js";
import { codeIn, keptToday, versionIn } from "./today.js";

/** @typedef {import("../evidence/camera.js").Photo} Photo */
/** @typedef {import("../checklists/answers.js").Item} Item */
/** @typedef {import("./storage/drafts.js").Draft} Draft */

/** What a line does not bring by then, the phone may have. */
const PAGE_WAIT_MS = 10_000;
const page = JSON.parse(the(document, "#page-data").textContent);
const form = /** @type {HTMLFormElement} */ (the(document, "#inspection"));
/** @type {Item[]} */
const items = page.checklist.items;
/** Absent where nobody can go along. @type {HTMLSelectElement|null} */
const partner = form.querySelector("#partner");
let resumed = false;
/** The partner of the draft, where the page does not ask any more. */
let along = "";
const elementOf = (id) => /** @type {HTMLElement} */ (document.getElementById(`item-${id}`));

/** What brings items' fields to life, by item. @type {Map<string, import("../checklists/methods.js").Control>} */
const controls = new Map();
/** Milliseconds from the beginning to each item's first answer. @type {Map<string, number>} */
const taps = new Map();
const search = beginSearch(items, elementOf);
const capture = beginCapture({
  kind: page.correction ? "correction" : "inspection",
  owner: page.inspector,
  subject: () => page.correction?.inspection ?? page.site,
  title: () => the(document, "#site-name").textContent,
  form,
  limits: page,
  words: { restored, clear: "清空重填", clearing: "清空这份作答和它的照片？", again: "请为这一项再拍一次。" },
  photosAt,
  place: () => page.place,
  more: () => ({ ...(page.correction && { base: page.correction.base }), area: page.area ?? "", partner: partner?.value ?? along, watches: Object.fromEntries(watches()), tapped: Object.fromEntries(taps) }),
  restore,
  merge,
  show,
  complete,
  finishing: writeDurations,
  attended: !page.correction,
  recordOf: (draft, media, presence) => page.correction ? correctionOf(page.correction, { draft, items, media }) : recordOf({ draft, checklist: page.checklist, items, media, presence, finishedAt: instant() }),
  confirmed,
  refused,
  unreadable: refusedPhoto,
  next: page.correction ? { href: page.correction.page, text: "回测评结果" } : { href: rooted("/field/"), text: "回点位列表" },
});
const { photos, changed } = capture;

async function begin() {
  if (!(await knowSite())) return showMessage("手机上没有这个点位的资料，请联网后从点位列表打开一次。", { failed: true });
  if (await goesOnElsewhere()) return;
  await loadMethods(items);
  for (const item of items) {
    const element = elementOf(item.id);
    const control = methodOf(item).begin?.(element, item, { site: page.place, changed: (removed) => fieldChanged(element, removed) });
    if (control) controls.set(item.id, control);
  }
  document.querySelector("#last-visit")?.addEventListener("toggle", showLast);
  form.addEventListener("click", showReferences);
  beginRemarks(form, { owner: page.inspector, checklist: page.checklist, itemOf: (remark) => remark.closest(".item")?.getAttribute("data-item") ?? "" });
  beginRest({ form, items, elementOf, changed });
  form.addEventListener("keydown", stayOnEnter);
  form.addEventListener("mousedown", focusOnce);
  the(document, "#answered").addEventListener("click", () => goTo(firstOpen()));
  await capture.start();
  if (form.hasAttribute("data-fresh") && !resumed) fillPartner(partner, page.inspector);
  setInterval(tick, 1000);
  tick();
}

/** What was begun with another version of the checklist, or another checklist, goes on with that one. */
async function goesOnElsewhere() {
  const found = page.correction || versionIn(location.search) || !form.hasAttribute("data-fresh") ? null : await newestDraft(page.inspector, page.site);
  const version = found?.version ?? "";
  if (!version || version === page.checklist.version) return false;
  const address = kindOf("inspection").page(page.site, version);
  if (await canOpen(address)) location.replace(address);
  else showMessage("这份作答是按另一版测评清单填的，都还在手机上。请联网后再打开这一页，接着填。", { failed: true });
  return true;
}

/** @param {string} address of a page */
async function canOpen(address) {
  const signal = AbortSignal.timeout?.(PAGE_WAIT_MS);
  const answer = await fetch(address, { method: "HEAD", credentials: "same-origin", redirect: "manual", signal }).catch(() => null);
  return Boolean(answer?.ok || (await globalThis.caches?.match(address, { ignoreVary: true })));
}

/** A form that was kept for a site type finds its site on the phone. */
async function knowSite() {
  if (page.site) return true;
  page.site = codeIn(location.pathname);
  const site = (await keptToday())?.sites[page.site];
  if (!site) return false;
  page.place = site.place;
  page.area = site.area_code;
  the(document, "#site-name").textContent = site.name;
  the(document, "#site-area").textContent = site.area;
  document.title = document.title.replace(page.checklist.title, site.name);
  return true;
}

function tick() {
  for (const { tick } of controls.values()) tick?.();
}

/** Nothing of the last visit is on the page before somebody asks for it. */
async function showLast({ currentTarget }) {
  if (!currentTarget.open || currentTarget.dataset.shown) return;
  currentTarget.dataset.shown = "1";
  const { showLast: shown } = await arriving(() => import("./form/last.js")).catch(() => ({ showLast: async () => false }));
  if (!(await shown(page.site))) delete currentTarget.dataset.shown;
}

/** Reference photos are few and seldom asked for; where they cannot be shown here, the link leads to their page. */
function showReferences(event) {
  const link = /** @type {Element} */ (event.target).closest("a[data-references]");
  if (!link) return;
  event.preventDefault();
  const told = page.references[link.closest(".item")?.getAttribute("data-item") ?? ""] ?? [];
  arriving(() => import("./form/references.js")).then(({ toggleReferences }) => toggleReferences(link, told)).catch(() => open(link.getAttribute("href") ?? "", "_blank", "noopener"));
}

/* Answers and draft */

/** @returns {[string, number][]} items whose time is taken, and milliseconds watched */
function watches() {
  return [...controls].flatMap(([id, { watched }]) => (watched ? [[id, watched()]] : []));
}

/** @param {Draft} draft */
function restore({ area, base, fields, partner: told = "", started_at, taps: instants = {}, tapped = {}, watches = {} }) {
  if (page.correction) page.correction.base = base ?? page.correction.base;
  // The area is that of then: whether it still is, is the office's to say.
  page.area = area || page.area;
  goAlong(told);
  resumed = true;
  for (const [item, at] of Object.entries(instants)) taps.set(item, at - Date.parse(started_at));
  for (const [item, ms] of Object.entries(tapped)) taps.set(item, ms);
  for (const { makeRows } of controls.values()) makeRows?.(fields);
  for (const [id, elapsedMs] of Object.entries(watches)) controls.get(id)?.resume?.(elapsedMs);
}

/**
 * @param {Draft} kept that another page has changed
 * @param {Draft} was as this page had it
 * @param {(place: Element) => boolean} hasPhotos that stay
 */
function merge({ fields, partner: told = "", tapped = {} }, was, hasPhotos) {
  if ((partner?.value ?? along) === (was.partner ?? "")) goAlong(told);
  for (const [item, ms] of Object.entries(tapped)) taps.set(item, ms);
  for (const { matchRows } of controls.values()) matchRows?.(fields, was.fields, hasPhotos);
}

/** @param {string} name of the partner; "" of nobody */
function goAlong(name) {
  along = name;
  if (partner) put(partner, along, page.inspector);
}

/** @param {Draft} draft @param {number} count of its photos */
function restored({ version, started_at }, count) {
  const began = new Date(started_at).toLocaleString("zh-CN", { dateStyle: "medium", timeStyle: "short" });
  const other = version === page.checklist.version ? "" : "测评清单已经更新，请逐项核对。";
  return `已恢复 ${began} 开始的作答${count ? `，照片 ${count} 张` : ""}。${other}`;
}

/** @param {HTMLElement} part the item's @param {Element} [removed] row */
function fieldChanged(part, removed) {
  if (removed) photos.removeAt(removed);
  changed(part);
}

/** @type {Set<string>} */
const answered = new Set();
/** Items that are marked as wanting something. @type {Set<string>} */
const marked = new Set();

/**
 * Show what the fields say: marks, counters, progress, and which items ask for a photo. Of one item only, where no other
 * has changed: a tap in a long form is to be answered in the next frame.
 * @param {import("../checklists/answers.js").Fields} fields
 * @param {HTMLElement} [part]
 */
function show(fields, part) {
  const id = part?.getAttribute("data-item");
  items.filter((item) => !part || item.id === id).forEach((item) => showItem(item, fields));
  const open = marked.size ? wanting(items, fields, page.place, photosOf) : new Map();
  for (const id of [...marked].filter((id) => !open.has(id))) clearProblem(id);
  showProgress(answered.size, items.length, photos.all().length);
}

/** @param {Item} item @param {import("../checklists/answers.js").Fields} fields */
function showItem(item, fields) {
  controls.get(item.id)?.show?.();
  const value = valueOf(item, fields);
  const element = elementOf(item.id);
  const wants = needsPhoto(item, value, page.place) && !photosOf(item);
  if (value === undefined) answered.delete(item.id);
  else answered.add(item.id);
  if (value !== undefined && !taps.has(item.id)) taps.set(item.id, capture.elapsed());
  element.classList.toggle("answered", value !== undefined);
  element.classList.toggle("failed", value !== undefined && failed(item, value, page.place));
  element.classList.toggle("not-applicable", value === "na");
  element.classList.toggle("wants-photo", wants);
  the(element, ".no-photo").classList.toggle("filled", Boolean(the(element, ".no-photo input").value));
}

/** @param {Item} item */
function photosOf(item) {
  const kept = elementOf(item.id).querySelectorAll(".kept input:checked").length;
  return kept + photos.of(item.id).length;
}

/* Photos */

/** @param {string} item @param {string} row @returns {Element|null} */
function photosAt(item, row) {
  const element = elementOf(item);
  if (!row || !element) return element;
  return element.querySelector(`[data-row="${CSS.escape(row)}"]`) ?? element;
}

/* Finishing */

function complete() {
  const open = wanting(items, readFields(form), page.place, photosOf);
  if (open.size) tellWanting(open);
  return !open.size && (!page.correction || saysWhy());
}

/** @param {import("./storage/outbox.js").OutboxItem} item @param {string} text */
function confirmed(item, text) {
  showMessage(text);
  if (item.page) location.assign(item.page);
}

/** @param {import("./storage/outbox.js").OutboxItem} item */
function refused(item) {
  if (item.problems.length || !item.media.some((part) => !part.sent)) return showRefused(item.problem, item.problems);
  const first = item.media.find((part) => !part.sent);
  const photo = photos.all().find(({ media }) => media.key === first?.key);
  if (photo) refusedPhoto(photo, item.problem);
  else showRefused(item.problem, []);
}

function refusedPhoto(photo, error) {
  photo.problem = error.replace(/^照片[:：]/, "");
  photos.show(photo);
  showMessage("有照片没有被接收，请移除这张照片（或重拍）后再提交。", { failed: true });
  previewOf(photo)?.scrollIntoView({ block: "center" });
}

function showRefused(error, problems) {
  const photoItems = photos.all().map(({ media }) => media.item);
  const named = new Map();
  const wantPhotos = new Set();
  const others = [];
  for (const problem of problems) {
    const id = itemOf(problem, items, photoItems);
    if (id) named.set(id, problem.what);
    if (problem.code === PHOTO_WANTED) wantPhotos.add(id);
    if (!id) others.push(`${problem.where}：${problem.what}`);
  }
  if (named.size) tellWanting(named, wantPhotos);
  showMessage(others.length || !named.size ? `没有提交成功：${others.join("；") || error}` : "没有提交成功，请改正标红的项目后再提交。", {
    failed: true,
  });
}

/** How long was watched belongs to the record; it is written where the inspector can read and change it. */
function writeDurations() {
  for (const [id, ms] of watches()) {
    const seconds = ms / 1000;
    const note = the(elementOf(id), ".note textarea");
    const rest = note.value.replace(/^观察时长[\d:]+；?/, "");
    if (seconds >= 1) note.value = `观察时长${duration(seconds)}${rest && `；${rest}`}`;
  }
}

/* Finding the way */

/**
 * @param {Map<string, string>} open item to what is wanting
 * @param {Set<string>} [wantPhotos] items of which the server wants a photo; of the others the page knows it by itself
 */
function tellWanting(open, wantPhotos = new Set()) {
  for (const item of items) {
    const element = elementOf(item.id);
    showWanting(element, open.get(item.id) ?? "");
    if (open.has(item.id)) marked.add(item.id);
    else marked.delete(item.id);
    if (wantPhotos.has(item.id)) element.classList.add("wants-photo");
  }
  showMessage(`还有 ${open.size} 项没有完成，已标红。`, { failed: true });
  goTo([...open.keys()][0]);
}

/** @param {string} id item */
function clearProblem(id) {
  showWanting(elementOf(id), "");
  marked.delete(id);
  if (!marked.size) showMessage("");
}

function firstOpen() {
  const fields = readFields(form);
  return [...wanting(items, fields, page.place, photosOf).keys()][0];
}

function goTo(id) {
  const element = id ? elementOf(id) : null;
  if (!element) return;
  search.clear();
  element.scrollIntoView({ block: "start" });
  /** @type {HTMLElement|null} */ (element.querySelector(".choices input, .step-value input, button"))?.focus({ preventScroll: true });
}

/**
 * A finger on a choice gives the focus to the whole page and then to the choice: the first of them only has a slow phone lay
 * a long form out once more.
 * @param {MouseEvent} event
 */
function focusOnce(event) {
  if (/** @type {Element} */ (event.target).closest(".choice:not(button)")) event.preventDefault();
}

/** Enter in a field ends typing; it does not send the whole form. */
function stayOnEnter(event) {
  const target = /** @type {HTMLElement} */ (event.target);
  if (event.key === "Enter" && target.matches("input:not([type=checkbox], [type=radio], [type=file])")) {
    event.preventDefault();
    target.blur();
  }
}

begin();
