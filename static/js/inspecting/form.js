// The page on which an inspector answers a checklist. Every answer lives in a field of the form, so that the same form
// can be sent without this script; here it gains counters, photos with positions, a draft, and sending piece by piece.

import { failed, needsPhoto, valueOf, wanting } from "../checklists/answers.js";
import { loadMethods, methodOf } from "../checklists/methods.js";
import { duration, instant } from "../clock.js";
import { nextFix, watchFix } from "../place/fix.js";
import { showFix, showKept, showMessage, showProgress } from "./capture/bar.js";
import { enterAgain, entered, fillFields, made, readFields, tap, the } from "../fields.js";
import { beginHandingOver, confirmedText } from "./capture/handing.js";
import { takeIntent } from "./capture/intent.js";
import { beginKeeping } from "./capture/keeping.js";
import { beginLive } from "./capture/live.js";
import { beginPhotos } from "./capture/photos.js";
import { previewOf } from "./capture/previews.js";
import { recordOf } from "./form/record.js";
import { beginRest } from "./form/rest.js";
import { beginSearch } from "./form/search.js";
import { beginSpeaking } from "./capture/speaking.js";
import { beginTaking } from "./capture/taking.js";
import { newId } from "../hash.js";
import { PHOTO_WANTED, itemOf } from "../problems.js";
import { dropDraft, loadDraft, placeOf } from "./storage/drafts.js";
import { codeIn, keptToday } from "./today.js";

/** @typedef {import("../evidence/camera.js").Photo} Photo */
/** @typedef {import("../checklists/answers.js").Item} Item */
/** @typedef {import("./storage/drafts.js").Draft} Draft */

const page = JSON.parse(the(document, "#page-data").textContent);
const form = /** @type {HTMLFormElement} */ (the(document, "#inspection"));
/** @type {Item[]} */
const items = page.checklist.items;
const hidden = (name) => /** @type {HTMLInputElement} */ (form.elements.namedItem(name));
const elementOf = (id) => /** @type {HTMLElement} */ (document.getElementById(`item-${id}`));

/** What brings items' fields to life, by item. @type {Map<string, import("../checklists/methods.js").Control>} */
const controls = new Map();
/** When each item was first answered. @type {Map<string, number>} */
const taps = new Map();
const search = beginSearch(items, elementOf);
const keeping = beginKeeping(draftNow, showKept);
const photos = beginPhotos({
  draftNow,
  keeping,
  maxBytes: page.maxPhotoBytes,
  longestPx: page.photoLongestPx,
  placeOf: placeOfPhoto,
  changed,
});
const spoken = beginSpeaking(form, {
  draftNow,
  keeping,
  placeOf: elementOf,
  changed,
  fails: (text) => showMessage(text, { failed: true }),
});
const handing = beginHandingOver({
  draftNow,
  keeping,
  photos,
  spoken,
  recordOf: (draft, media) => recordOf({ draft, checklist: page.checklist, items, media, finishedAt: instant() }),
  unreadable: refusedPhoto,
  confirmed,
  refused,
  next: { href: "/field/", text: "回点位列表" },
});

async function begin() {
  if (!(await knowSite())) return showMessage("手机上没有这个点位的资料，请联网后从点位列表打开一次。", { failed: true });
  await loadMethods(items);
  for (const item of items) {
    const control = methodOf(item).begin?.(elementOf(item.id), item, { site: page.place, changed: fieldChanged });
    if (control) controls.set(item.id, control);
  }
  const early = await beginDraft();
  form.addEventListener("input", changed);
  beginTaking(form, { draft: () => hidden("id").value, keeping, photos, opens: askToPersist });
  form.addEventListener("change", ({ target }) => /** @type {Element} */ (target).matches(".choice input") && tap());
  beginLive(form, {
    add: (file, place, takenMs) => photos.add(file, place, "live", takenMs),
    opens: () => void (nextFix(), askToPersist()),
    fails: (text) => showMessage(text, { failed: true }),
  });
  beginRest({ form, items, elementOf, changed });
  form.addEventListener("keydown", stayOnEnter);
  form.addEventListener("submit", submit);
  the(document, "#answered").addEventListener("click", () => goTo(firstOpen()));
  the(document, "#fix-state").addEventListener("click", lookAtPosition);
  addEventListener("beforeunload", (event) => keeping.busy() && event.preventDefault());
  watchFix(showFix);
  setInterval(tick, 1000);
  tick();
  show();
  document.documentElement.classList.add("scripted");
  enterAgain(early);
  goOn();
  (await offline()).beginOffline();
}

/** What is not needed to fill in the form comes after it. */
const offline = () => import("./offline.js");
const askToPersist = async () => (await offline()).askToPersist();

async function lookAtPosition() {
  const { openPanel } = await import("../place/position/panel.js");
  await openPanel(page.place);
}

/** A form that was kept for a site type finds its site on the phone. */
async function knowSite() {
  if (page.site) return true;
  page.site = codeIn(location.pathname);
  const site = (await keptToday())?.sites[page.site];
  if (!site) return false;
  page.place = site.place;
  the(document, "#site-name").textContent = site.name;
  the(document, "#site-area").textContent = site.area;
  the(document, "#site-code").textContent = page.site;
  document.title = document.title.replace(page.checklist.title, site.name);
  return true;
}

function tick() {
  showFix();
  for (const { tick } of controls.values()) tick?.();
}

/* Answers and draft */

/** @returns {Draft} as the page has it now */
function draftNow() {
  return {
    id: hidden("id").value,
    kind: "inspection",
    place: placeOf(page.inspector, page.site),
    inspector: page.inspector,
    site: page.site,
    title: the(document, "#site-name").textContent,
    version: hidden("version").value,
    started_at: hidden("started_at").value,
    fields: readFields(form),
    watches: Object.fromEntries(watches()),
    taps: Object.fromEntries(taps),
    acknowledged: handing.acknowledged(),
    updated_at: Date.now(),
  };
}

/** @returns {[string, number][]} items whose time is taken, and milliseconds watched */
function watches() {
  return [...controls].flatMap(([id, { watched }]) => (watched ? [[id, watched()]] : []));
}

/** @returns {Promise<Element[]>} what was entered before */
async function beginDraft() {
  const found = form.hasAttribute("data-fresh") ? await loadDraft(page.inspector, page.site) : null;
  const early = entered(form);
  if (found) resume(found);
  else if (form.hasAttribute("data-fresh")) {
    hidden("id").value = newId();
    hidden("started_at").value = instant();
  }
  return early;
}

/** @param {{draft: Draft, media: import("./storage/drafts.js").Media[]}} kept */
function resume({ draft, media }) {
  hidden("id").value = draft.id;
  hidden("started_at").value = draft.started_at;
  handing.resume(draft);
  for (const [item, at] of Object.entries(draft.taps ?? {})) taps.set(item, at);
  for (const { makeRows } of controls.values()) makeRows?.(draft.fields);
  fillFields(form, draft.fields);
  for (const [id, elapsedMs] of Object.entries(draft.watches ?? {})) controls.get(id)?.resume?.(elapsedMs);
  photos.resume(media);
  spoken.resume(media);
  const other = draft.version === hidden("version").value ? "" : "测评清单已经更新，请逐项核对。";
  const began = new Date(draft.started_at).toLocaleString("zh-CN", { dateStyle: "medium", timeStyle: "short" });
  const kept = photos.all().length ? `，照片 ${photos.all().length} 张` : "";
  tellDraft(`已恢复 ${began} 开始的作答${kept}。${other}`);
}

/** The page comes back to where it was ended. */
function goOn() {
  const intent = takeIntent(hidden("id").value);
  if (!intent) return;
  const element = placeOfPhoto(intent.item, intent.row) ?? elementOf(intent.item);
  if (!element) return;
  // An item with many photos is higher than the screen: its buttons are what the inspector was at.
  const buttons = element.querySelector(":scope > .photos > .photo-buttons, :scope > .photo-buttons") ?? element;
  buttons.scrollIntoView({ block: "center" });
  /** @type {HTMLElement|null} */ (buttons.querySelector("input.camera"))?.focus({ preventScroll: true });
  showMessage("打开相机时页面被系统重新载入，已填内容和照片都在。请为这一项再拍一次。");
}

function tellDraft(text) {
  const notice = the(document, "#draft-notice");
  const button = made("button", "button button-small", "清空重填");
  button.setAttribute("type", "button");
  button.addEventListener("click", async () => {
    if (!confirm("清空这份作答和它的照片？清空后不能恢复。")) return;
    await keeping.end();
    await dropDraft(hidden("id").value);
    location.reload();
  });
  notice.replaceChildren(made("p", "", text), button);
  notice.hidden = false;
}

function changed() {
  show();
  if (!handing.isOver()) keeping.save();
}

/** @param {Element} [removed] row */
function fieldChanged(removed) {
  if (removed) photos.removeAt(removed);
  changed();
}

/** Show what the fields say: marks, counters, progress, and which items ask for a photo. */
function show() {
  for (const control of controls.values()) control.show?.();
  const fields = readFields(form);
  let answered = 0;
  for (const item of items) {
    const value = valueOf(item, fields);
    const element = elementOf(item.id);
    const wants = needsPhoto(item, value, page.place) && !photosOf(item);
    answered += value === undefined ? 0 : 1;
    if (value !== undefined && !taps.has(item.id)) taps.set(item.id, Date.now());
    element.classList.toggle("answered", value !== undefined);
    element.classList.toggle("failed", value !== undefined && failed(item, value, page.place));
    element.classList.toggle("not-applicable", value === "na");
    element.classList.toggle("wants-photo", wants);
    the(element, ".no-photo").classList.toggle("filled", Boolean(the(element, ".no-photo input").value));
  }
  const open = wanting(items, fields, page.place, photosOf);
  for (const element of document.querySelectorAll(".item.wanting")) {
    if (!open.has(element.getAttribute("data-item") ?? "")) clearProblem(element);
  }
  showProgress(answered, items.length, photos.all().length);
}

/** @param {Item} item */
function photosOf(item) {
  const kept = elementOf(item.id).querySelectorAll(".kept input:checked").length;
  return kept + photos.of(item.id).length;
}

/* Photos */

/** @param {string} item @param {string} row @returns {Element|null} */
function placeOfPhoto(item, row) {
  const element = elementOf(item);
  if (!row || !element) return element;
  return element.querySelector(`[data-row="${CSS.escape(row)}"]`) ?? element;
}

/* Finishing */

/** @param {Event} event */
async function submit(event) {
  event.preventDefault();
  const open = wanting(items, readFields(form), page.place, photosOf);
  if (open.size) return showWanting(open);
  writeDurations();
  await handing.finish();
}

/** @param {import("./storage/outbox.js").OutboxItem} item */
function confirmed(item) {
  showMessage(confirmedText(item));
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
  if (named.size) showWanting(named, wantPhotos);
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
function showWanting(open, wantPhotos = new Set()) {
  for (const item of items) {
    const element = elementOf(item.id);
    const list = the(element, ".item-problems");
    const what = open.get(item.id);
    if (!what) {
      clearProblem(element);
      continue;
    }
    element.classList.add("wanting");
    list.replaceChildren(made("p", "", what));
    list.hidden = false;
    if (wantPhotos.has(item.id)) element.classList.add("wants-photo");
  }
  showMessage(`还有 ${open.size} 项没有完成，已标红。`, { failed: true });
  goTo([...open.keys()][0]);
}

function clearProblem(element) {
  element.classList.remove("wanting");
  the(element, ".item-problems").hidden = true;
  if (!document.querySelector(".item.wanting")) showMessage("");
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

/** Enter in a field ends typing; it does not send the whole form. */
function stayOnEnter(event) {
  const target = /** @type {HTMLElement} */ (event.target);
  if (event.key === "Enter" && target.matches("input:not([type=checkbox], [type=radio], [type=file])")) {
    event.preventDefault();
    target.blur();
  }
}

begin();
