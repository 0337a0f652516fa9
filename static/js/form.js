// The page on which an inspector answers a checklist. Every answer lives in a field of the form, so that the same form
// can be sent without this script; here it gains counters, photos with positions, a draft, and sending piece by piece.

import { answersOf, failed, needsPhoto, valueOf, wanting } from "./answers.js";
import { forget, locate, photoOf } from "./camera.js";
import { anchor, duration, instant } from "./clock.js";
import { dropDraft, loadDraft, saveDraft } from "./draft.js";
import { nextFix, watchFix } from "./fix.js";
import { showFix, showMessage, showProgress, showSending } from "./form/bar.js";
import { fillFields, made, readFields, the } from "./form/fields.js";
import { beginPremises, rowName } from "./form/premises.js";
import { hidePhoto, previewOf, showPhoto } from "./form/previews.js";
import { beginRatio } from "./form/ratio.js";
import { beginSearch } from "./form/search.js";
import { beginStepper } from "./form/stepper.js";
import { canHash, newId } from "./hash.js";
import { itemOf } from "./problems.js";
import { pageOf, send } from "./submission.js";

/** @typedef {import("./camera.js").Photo & {located?: Promise<void>}} Photo */
/** @typedef {import("./answers.js").Item} Item */

const page = JSON.parse(the(document, "#page-data").textContent);
const form = /** @type {HTMLFormElement} */ (the(document, "#inspection"));
/** @type {Item[]} */
const items = page.checklist.items;
const hidden = (name) => /** @type {HTMLInputElement} */ (form.elements.namedItem(name));
const elementOf = (id) => /** @type {HTMLElement} */ (document.getElementById(`item-${id}`));

/** @type {Photo[]} */
let photos = [];
let dirty = false;
let finished = /** @type {{content: string, at: string}|null} */ (null);
/** @type {Map<string, ReturnType<typeof beginRatio>>} */
const ratios = new Map();
/** @type {(() => void)[]} */
const showers = [];
/** @type {Map<string, ReturnType<typeof beginPremises>>} */
const premises = new Map();
const search = beginSearch(items, elementOf);

const BEGIN = {
  occurrences: (item) => showers.push(beginStepper(elementOf(item.id), changed)),
  ratio: (item) => {
    const ratio = beginRatio(elementOf(item.id), item, changed);
    ratios.set(item.id, ratio);
    showers.push(ratio.show);
  },
  proximity: (item) => {
    const found = beginPremises(elementOf(item.id), item, page.place, premisesChanged);
    premises.set(item.id, found);
    showers.push(found.show);
  },
};

function begin() {
  anchor(page.now);
  document.documentElement.classList.add("scripted");
  for (const item of items) BEGIN[item.method]?.(item);
  if (form.hasAttribute("data-fresh")) beginFresh();
  form.addEventListener("input", changed);
  form.addEventListener("change", (event) => takeFiles(/** @type {HTMLInputElement} */ (event.target)));
  form.addEventListener("click", (event) => cameraOpens(/** @type {Element} */ (event.target)));
  form.addEventListener("keydown", stayOnEnter);
  form.addEventListener("submit", submit);
  the(document, "#answered").addEventListener("click", () => goTo(firstOpen()));
  addEventListener("beforeunload", (event) => dirty && event.preventDefault());
  watchFix(showFix);
  setInterval(tick, 1000);
  tick();
  show();
}

function tick() {
  showFix();
  for (const ratio of ratios.values()) ratio.tick();
}

/* Answers and draft */

function beginFresh() {
  hidden("id").value = newId();
  hidden("started_at").value = instant();
  const draft = loadDraft(page.inspector, page.site);
  if (draft) resume(draft);
}

/** @param {import("./draft.js").Draft} draft */
function resume(draft) {
  hidden("id").value = draft.id;
  hidden("started_at").value = draft.startedAt;
  for (const found of premises.values()) found.makeRows(draft.fields);
  fillFields(form, draft.fields);
  for (const [id, elapsedMs] of Object.entries(draft.watches ?? {})) ratios.get(id)?.resume(elapsedMs);
  const lost = draft.photos ? `照片不在其中，请重新拍摄（原有 ${draft.photos} 张）。` : "";
  const other = draft.version === hidden("version").value ? "" : "测评清单已经更新，请逐项核对。";
  const began = new Date(draft.startedAt).toLocaleString("zh-CN", { dateStyle: "medium", timeStyle: "short" });
  tellDraft(`已恢复 ${began} 开始的作答。${lost}${other}`, "清空重填");
  showMessage(`已恢复先前的作答。${lost}`);
  pageOf(draft.id).then((sent) => sent && wasSent(sent));
}

/** The draft is of an inspection that did arrive; only the answer was lost. */
function wasSent(address) {
  dropDraft(page.inspector, page.site);
  dirty = false;
  const link = /** @type {HTMLAnchorElement} */ (made("a", "", "查看结果"));
  link.href = address;
  tellDraft("这份测评先前已经提交成功。", "开始新的一份").append(" ", link);
}

function tellDraft(text, action) {
  const notice = the(document, "#draft-notice");
  const button = made("button", "button button-small", action);
  button.setAttribute("type", "button");
  button.addEventListener("click", () => {
    dropDraft(page.inspector, page.site);
    dirty = false;
    location.reload();
  });
  notice.replaceChildren(made("p", "", text), button);
  notice.hidden = false;
  return notice;
}

function changed() {
  dirty = true;
  show();
  keepDraft();
}

function premisesChanged(removed) {
  for (const photo of removed ? photos.filter((one) => one.place === removed) : []) removePhoto(photo);
  changed();
}

function keepDraft() {
  const watches = Object.fromEntries([...ratios].map(([id, ratio]) => [id, ratio.watched()]));
  saveDraft(page.inspector, page.site, {
    id: hidden("id").value,
    version: hidden("version").value,
    startedAt: hidden("started_at").value,
    fields: readFields(form),
    watches,
    photos: photos.length,
  });
}

/** Show what the fields say: marks, counters, progress, and which items ask for a photo. */
function show() {
  for (const shower of showers) shower();
  const fields = readFields(form);
  let answered = 0;
  for (const item of items) {
    const value = valueOf(item, fields);
    const element = elementOf(item.id);
    const wants = needsPhoto(item, value, page.place) && !photosOf(item);
    answered += value === undefined ? 0 : 1;
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
  showProgress(answered, items.length, photos.length);
}

/** @param {Item} item */
function photosOf(item) {
  const kept = elementOf(item.id).querySelectorAll(".kept input:checked").length;
  return kept + photos.filter((photo) => photo.item === item.id).length;
}

/* Photos */

/** The position is asked for as the camera opens, so that it is there when the photo comes back. */
function cameraOpens(target) {
  if (!target.matches?.("input.camera")) return;
  keepDraft();
  nextFix();
}

/** @param {HTMLInputElement} input */
function takeFiles(input) {
  if (!input.matches?.("input.camera, input.gallery")) return;
  const place = /** @type {Element} */ (input.closest(".premises, .item"));
  const item = input.closest(".item")?.getAttribute("data-item") ?? "";
  for (const file of input.files ?? []) addPhoto(file, item, place, input.matches(".camera"));
  input.value = "";
}

function addPhoto(file, item, place, fromCamera) {
  if (file.size > page.maxPhotoBytes) {
    return alert(`照片「${file.name}」超过上限 ${Math.floor(page.maxPhotoBytes / 1024 / 1024)}MB，没有添加。`);
  }
  if (photos.some((photo) => photo.item === item && isSameFile(photo.file, file))) return undefined;
  const photo = /** @type {Photo} */ (photoOf(file, item, place, fromCamera));
  photos.push(photo);
  const again = () => showPhoto(photo, () => removePhoto(photo));
  photo.located = locate(photo).then(again);
  photo.hash?.catch(() => {
    photo.problem = "手机读不出这张照片，请移除后重拍";
    again();
  });
  again();
  return changed();
}

const isSameFile = (a, b) => a.name === b.name && a.size === b.size && a.lastModified === b.lastModified;

function removePhoto(photo) {
  photos = photos.filter((one) => one !== photo);
  hidePhoto(photo);
  forget(photo);
  changed();
}

/* Sending */

async function submit(event) {
  const open = wanting(items, readFields(form), page.place, photosOf);
  if (open.size) {
    event.preventDefault();
    return showWanting(open);
  }
  writeDurations();
  if (!canHash()) return sendWhole();
  event.preventDefault();
  showSending(true);
  try {
    await sendPiecewise();
  } finally {
    showSending(false);
  }
}

/** Without a secure context the browser cannot hash, so the form goes as one piece, photos in its own file fields. */
function sendWhole() {
  for (const photo of photos) {
    const field = photo.place.querySelector('input[type="file"][name]');
    const files = new DataTransfer();
    const inputs = /** @type {HTMLInputElement} */ (field);
    for (const file of inputs.multiple ? (inputs.files ?? []) : []) files.items.add(file);
    files.items.add(photo.file);
    inputs.files = files.files;
  }
  keepDraft();
  dirty = false;
  showMessage(`正在提交${photos.length ? `，含 ${photos.length} 张照片` : ""}，请不要离开本页…`);
  // Not before the browser has gathered the fields.
  setTimeout(() => showSending(true));
}

async function sendPiecewise() {
  for (const photo of photos) photo.problem = "";
  showMessage("正在准备…");
  await Promise.all(photos.map((photo) => photo.located));
  const hashes = await Promise.all(photos.map((photo) => photo.hash?.catch(() => null)));
  const unreadable = photos.find((_, index) => !hashes[index]);
  if (unreadable) return refusedPhoto(unreadable, "手机读不出这张照片，请移除后重拍");
  const result = await send(hidden("id").value, record(hashes), photos, {
    photo: (number, of) => showMessage(`正在上传照片 ${number}/${of}…`),
    record: () => showMessage(photos.length ? `照片 ${photos.length}/${photos.length} 已上传，正在提交…` : "正在提交…"),
    wait: (seconds) => showMessage(`网络不通，约 ${seconds} 秒后自动重试。请不要离开本页…`, { failed: true }),
  });
  for (const photo of photos) showPhoto(photo, () => removePhoto(photo));
  return RESULTS[result.kind](result);
}

/** The record as sent. The end stays the same while the content does, so that sending again is the same content. */
function record(hashes) {
  const rowPhoto = (row) => hashes[photos.findIndex((photo) => photo.place.matches(".premises") && rowName(photo.place) === row)];
  const content = {
    site: page.site,
    checklist: page.checklist.id,
    version: hidden("version").value,
    started_at: hidden("started_at").value,
    answers: answersOf(items, readFields(form), rowPhoto),
    photos: photos.map(({ item, captured_at, fix }, index) => ({ sha256: hashes[index], item, captured_at, fix })),
  };
  const text = JSON.stringify(content);
  if (finished?.content !== text) finished = { content: text, at: instant() };
  return { ...content, finished_at: finished.at };
}

/** @type {Record<string, (result: any) => void>} what to do with each result of sending */
const RESULTS = {
  kept({ page: address }) {
    dirty = false;
    dropDraft(page.inspector, page.site);
    showMessage("已提交，服务器已确认全部内容。");
    location.assign(address);
  },
  signin: () =>
    showMessage("登录已过期，内容都还在本页。请在新标签页登录后，回到本页再点提交。", {
      failed: true,
      link: { href: "/login", text: "去登录", newTab: true },
    }),
  unreachable: () => showMessage("网络不通，没有提交成功。内容都还在本页，请到有信号的地方再点提交。", { failed: true }),
  conflict: ({ error, page: address }) =>
    showMessage(error, { failed: true, link: address ? { href: address, text: "查看已提交的测评" } : undefined }),
  photo: ({ photo, error }) => refusedPhoto(photo, error),
  refused: ({ error, problems }) => showRefused(error, problems),
};

function refusedPhoto(photo, error) {
  photo.problem = error.replace(/^照片[:：]/, "");
  showPhoto(photo, () => removePhoto(photo));
  showMessage("有照片没有被接收，请移除这张照片（或重拍）后再提交。", { failed: true });
  previewOf(photo)?.scrollIntoView({ block: "center" });
}

function showRefused(error, problems) {
  const photoItems = photos.map((photo) => photo.item);
  const named = new Map();
  const others = [];
  for (const problem of problems) {
    const id = itemOf(problem, items, photoItems);
    if (id) named.set(id, problem.what);
    else others.push(`${problem.where}：${problem.what}`);
  }
  if (named.size) showWanting(named);
  showMessage(others.length || !named.size ? `没有提交成功：${others.join("；") || error}` : "没有提交成功，请改正标红的项目后再提交。", {
    failed: true,
  });
}

/** How long was watched belongs to the record; it is written where the inspector can read and change it. */
function writeDurations() {
  for (const [id, ratio] of ratios) {
    const seconds = ratio.watched() / 1000;
    const note = the(elementOf(id), ".note textarea");
    const rest = note.value.replace(/^观察时长[\d:]+；?/, "");
    if (seconds >= 1) note.value = `观察时长${duration(seconds)}${rest && `；${rest}`}`;
  }
}

/* Finding the way */

/** @param {Map<string, string>} open item to what is wanting */
function showWanting(open) {
  for (const item of items) {
    const element = elementOf(item.id);
    const list = the(element, ".item-problems");
    const what = open.get(item.id);
    if (!what) {
      clearProblem(element);
      continue;
    }
    element.classList.add("wanting");
    list.replaceChildren(made("li", "", what));
    list.hidden = false;
    if (what.includes("照片")) element.classList.add("wants-photo");
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
