// The review desk: one photo after the other, by keyboard or thumb. Each decision is sent at once; several supervisors
// may work on the same list.

import { openDialog } from "../../dialog.js";
import { edited } from "../../edits.js";
import { the } from "../../fields.js";
import { beginDeciding } from "./deciding.js";
import { decisionsFor, findingOf, isOpen, nextOpen, openFindings, undoing, whereLeft, withResults, withWanted } from "./list.js";
import { fetchPhotos, fetchVisit, keepFilter, sayPresent, sendDecisions, sendTurn } from "./server.js";
import { showGrid, showSingle, showVisit } from "./view.js";

const PRESENCE_MS = 5000;

/** @type {any[]} as the server has last told them */
let told = [];
/** @type {any[]} the same with all decisions that are on their way, so that no answer shows through a later decision */
let photos = [];
let at = 0;
/** @type {any} a photo of the visit that is looked at instead; null where the one of the list is */
let aside = null;
let grid = false;
let leaving = 0;
/** @type {Set<string>} */
const selected = new Set();
/** @type {(import("./server.js").Decision[] | {photo: any, by: number})[]} what takes back each of the last decisions and turns */
const undo = [];
const visit = edited({ id: "", photos: /** @type {any[]} */ ([]) });
/** @type {import("../../edits.js").Edited<Record<string, string[]>>} who looks at what */
const others = edited({});
const me = document.body.dataset.account ?? "";
/** Others look on. */
const decides = "decides" in document.body.dataset;
const deciding = beginDeciding({ me, send: sendDecisions, done: decided, refused, told: onTheWay });
/** @type {any[]} what is decided on when the reason is there */
let rejecting = [];

async function begin() {
  document.addEventListener("keydown", pressed);
  on("#page", noteWhere);
  on("#next", () => go(at + 1));
  on("#previous", () => go(at - 1));
  on("#confirm", () => decide([shown()], "confirmed"));
  on("#reject", () => askReason([shown()]));
  on("#undo", takeBack);
  on("#grid-toggle", toggleGrid);
  on("#help-open", () => openDialog(the(document, "#help")));
  if (decides) on("#turn", () => turn(1));
  on("#stage", () => the(document, "#stage").classList.toggle("zoomed"));
  on("#select-all", selectAll);
  on("#save-filter", saveFilter);
  on("#reason-cancel", closeReason);
  the(document, "#reason-form").addEventListener("submit", (event) => {
    event.preventDefault();
    const reason = the(document, "#reason").value.trim();
    if (reason) decide(rejecting, "rejected", reason);
  });
  for (const button of document.querySelectorAll("[data-act]")) button.addEventListener("click", () => decideSelected(button.getAttribute("data-act") ?? ""));
  for (const button of document.querySelectorAll("[data-forget]")) button.addEventListener("click", () => forgetFilter(button));
  try {
    told = photos = (await fetchPhotos(location.search)).photos;
  } catch (error) {
    return tell(error instanceof Error ? error.message : String(error));
  }
  at = whereLeft(photos, history.state?.left);
  document.documentElement.classList.add("scripted");
  show();
  setInterval(present, PRESENCE_MS);
  present();
}

/* Showing */

const shown = () => aside ?? photos[at];

function show() {
  const writing = rejecting.length > 0;
  the(document, "#nothing").hidden = photos.length > 0;
  the(document, "#single").hidden = (grid && !writing) || !photos.length;
  the(document, "#grid").hidden = !grid || !photos.length;
  the(document, "#left").textContent = String(openFindings(photos));
  the(document, "#shown").textContent = `共 ${photos.length} 张照片`;
  the(document, "#undo").disabled = !undo.length && !photos.some(({ review }) => review?.sending);
  the(document, "#grid-toggle").setAttribute("aria-pressed", String(grid));
  if (!photos.length) return;
  if (grid) return showGrid(photos, writing ? -1 : at, selected, choose, openFromGrid);
  showSingle(shown(), at + 1, photos.length);
  clearTimeout(leaving);
  // Not at once: with a key held down browsers would refuse (Safari after a hundred in ten seconds).
  leaving = setTimeout(noteWhere, 200);
  showOthers();
  ahead();
  lookAround();
}

/** Whoever comes back from a photo's own page, or reloads, goes on where they were. */
function noteWhere() {
  if (photos.length) history.replaceState({ ...history.state, left: { finding: findingOf(photos[at]), sha256: photos[at].sha256, at } }, "");
}

/** The next pictures, so that they are there when they are wanted. */
function ahead() {
  for (const photo of photos.slice(at + 1, at + 3)) new Image().src = photo.picture;
}

async function lookAround() {
  const { inspection } = photos[at];
  if (visit.now().id !== inspection) {
    const take = visit.ask();
    take({ id: inspection, photos: (await fetchVisit(inspection).catch(() => ({ photos: [] }))).photos });
  }
  if (photos[at].inspection === inspection && visit.now().id === inspection) showVisit(visit.now().photos, shown(), goTo);
}

/** A photo of the visit: its place in the list, or looked at without being in it. */
function goTo(photo) {
  const index = photos.findIndex((one) => same(one, photo));
  if (index >= 0) return go(index);
  aside = photo;
  return show();
}

function go(to) {
  at = Math.min(photos.length - 1, Math.max(0, to));
  aside = null;
  closeReason();
  show();
  present();
}

function toggleGrid() {
  grid = !grid;
  aside = null;
  selected.clear();
  show();
}

function choose(index) {
  at = index;
  toggleSelected(photos[index]);
}

function toggleSelected(photo) {
  if (!isOpen(photo)) return show();
  const finding = findingOf(photo);
  if (!selected.delete(finding)) selected.add(finding);
  show();
}

function selectAll() {
  const all = photos.filter(isOpen).map(findingOf);
  const every = all.every((finding) => selected.has(finding));
  selected.clear();
  if (!every) all.forEach((finding) => selected.add(finding));
  show();
}

function openFromGrid(index) {
  at = index;
  grid = false;
  show();
}

function tell(text) {
  const message = the(document, "#desk-message");
  message.textContent = text;
  message.hidden = !text;
}

/* Deciding */

/** @param {any[]} about photos @param {string} decision @param {string} [reason] */
function decide(about, decision, reason = "") {
  const wanted = decides ? decisionsFor(about, decision, reason) : [];
  if (!wanted.length) return;
  closeReason();
  aside = null;
  act(wanted, true);
  if (grid) selected.clear();
  else if (!isOpen(photos[at])) at = Math.max(0, nextOpen(photos, at) === -1 ? at : nextOpen(photos, at));
  show();
}

/** What is decided is shown at once, and put right where the server says otherwise. */
function act(wanted, mayUndo) {
  tell("");
  deciding.decide(wanted, mayUndo);
  look();
}

/** @param {import("./server.js").Result[]} [results] */
function look(results = []) {
  told = withResults(told, results);
  photos = withWanted(told, deciding.waiting(), me);
}

/** @param {import("./server.js").Result[]} results @param {boolean} mayUndo */
function decided(results, mayUndo) {
  look(results);
  const back = undoing(results);
  if (mayUndo && back.length) undo.push(back);
  const failed = results.filter(({ status }) => status !== 200);
  if (failed.length) tell(failed.length === 1 ? (failed[0].error ?? "") : `${failed.length} 项没有保存：${failed[0].error}`);
  show();
}

/** @param {string} error */
function refused(error) {
  look();
  tell(`没有保存：${error}`);
  show();
}

/** @param {number} waiting @param {string} trouble */
function onTheWay(waiting, trouble) {
  const line = the(document, "#unsent");
  line.hidden = !trouble;
  line.textContent = trouble ? `${trouble}。${waiting} 项决定还没有保存，恢复后自动保存；请不要关闭本页。` : "";
}

async function takeBack() {
  const from = shown();
  await deciding.idle();
  await turning;
  const back = undo.pop();
  if (!back) return;
  if ("by" in back) return turn(back.by, back.photo, false);
  act(back, false);
  const first = photos.findIndex((photo) => findingOf(photo) === findingOf(back[0]));
  // Whoever has gone on meanwhile stays there: the next key is meant for what is seen.
  if (first >= 0 && same(from, shown())) at = first;
  show();
}

/* Turning */

let turning = Promise.resolve();

/** Have what is shown turned by quarters of a circle, clockwise. @param {number} by @param {any} [photo] @param {boolean} [mayUndo] */
function turn(by, photo = shown(), mayUndo = true) {
  if (!decides || !photo) return;
  // One after the other: each names the revision that the answer before it gave.
  turning = turning.then(async () => {
    const { inspection, sha256, turn } = known(photo);
    try {
      tell("");
      take((await sendTurn({ inspection, sha256, quarters: (turn.quarters + by + 4) % 4, revision: turn.revision })).photos);
      if (mayUndo) undo.push({ photo, by: -by });
      // The same file may be a photo of others as well.
      const elsewhere = new Set(told.filter((one) => one.sha256 === sha256).map((one) => one.inspection));
      elsewhere.delete(inspection);
      for (const id of elsewhere) take((await fetchVisit(id)).photos);
    } catch (error) {
      tell(error instanceof Error ? error.message : String(error));
    }
    show();
  });
}

/** A photo as the server has last told it. */
const known = (photo) => [...told, ...visit.now().photos].find((one) => same(one, photo)) ?? photo;

/** Photos that the server tells anew. @param {any[]} anew */
function take(anew) {
  const turned = (photo) => {
    const now = anew.find((one) => same(one, photo));
    return now ? { ...photo, marks: now.marks, turn: now.turn, thumbnail: now.thumbnail, picture: now.picture } : photo;
  };
  told = told.map(turned);
  if (aside) aside = turned(aside);
  visit.ask()({ id: visit.now().id, photos: visit.now().photos.map(turned) });
  look();
}

const same = (one, other) => findingOf(one) === findingOf(other) && one.sha256 === other.sha256;

function decideSelected(decision) {
  const chosen = photos.filter((photo) => selected.has(findingOf(photo)));
  if (decision === "rejected") askReason(chosen);
  else decide(chosen, decision);
}

function askReason(about) {
  if (!decides || !about.some(isOpen)) return;
  rejecting = about;
  the(document, "#single").hidden = false;
  the(document, "#reason-form").hidden = false;
  the(document, "#buttons").hidden = true;
  the(document, "#reason").focus();
}

function closeReason() {
  rejecting = [];
  the(document, "#reason-form").hidden = true;
  the(document, "#buttons").hidden = false;
  the(document, "#reason").value = "";
  // Hidden, it would keep the focus until the next frame, and a quick key would be lost in it.
  the(document, "#reason").blur();
}

/* Others */

async function present() {
  if (!decides || document.hidden || !photos.length) return;
  const take = others.ask();
  try {
    take((await sayPresent(findingOf(shown()))).others);
    showOthers();
  } catch {
    // Who else is there is a courtesy; decisions are checked by the server.
  }
}

function showOthers() {
  const here = others.now()[findingOf(shown())] ?? [];
  const line = the(document, "#others");
  line.hidden = !here.length;
  line.textContent = here.length ? `${here.join("、")} 也在看这一项` : "";
}

/* Filters */

async function saveFilter() {
  const form = /** @type {HTMLFormElement} */ (the(document, "#filters"));
  const name = prompt("给这组筛选起个名称：")?.trim();
  if (!name) return;
  const chosen = [...new FormData(form)].filter(([key, value]) => value && key !== "week");
  await keepAndReload(name, new URLSearchParams(/** @type {[string, string][]} */ (chosen)).toString() || "decision=open");
}

const forgetFilter = (button) => keepAndReload(button.getAttribute("data-forget"), "");

async function keepAndReload(name, query) {
  try {
    await keepFilter(name, query);
    location.reload();
  } catch (error) {
    tell(error instanceof Error ? error.message : String(error));
  }
}

/* Keyboard */

/** @type {Record<string, () => unknown>} */
const KEYS = {
  j: () => go(at + 1),
  arrowright: () => go(at + 1),
  k: () => go(at - 1),
  arrowleft: () => go(at - 1),
  c: () => (grid ? decideSelected("confirmed") : decide([shown()], "confirmed")),
  x: () => (grid ? decideSelected("rejected") : askReason([shown()])),
  r: () => grid || turn(1),
  u: takeBack,
  g: toggleGrid,
  z: () => the(document, "#stage").classList.toggle("zoomed"),
  a: () => grid && selectAll(),
  "?": () => openDialog(the(document, "#help")),
};

/** @param {KeyboardEvent} event */
function pressed(event) {
  const target = /** @type {HTMLElement} */ (event.target);
  if (event.ctrlKey || event.metaKey || event.altKey || the(document, "#help").open) return;
  if (target.matches("input:not([type=checkbox]), select, textarea")) {
    if (event.key === "Escape") closeReason();
    return;
  }
  const act = event.shiftKey && event.key === "R" ? () => grid || turn(-1) : KEYS[event.key.toLowerCase()];
  if (!act || !photos.length) return;
  event.preventDefault();
  act();
}

/** @param {string} selector @param {() => void} act */
const on = (selector, act) => the(document, selector).addEventListener("click", act);

begin();
