// Boxes over a photo: moved, resized, added and removed with pointer or keyboard. Shares of the picture, not pixels.

import { edited } from "../../edits.js";
import { made, the } from "../../fields.js";
import { takeFingers } from "../../fingers.js";

/** @typedef {{x: number, y: number, width: number, height: number, kind: string, suggested?: boolean}} Box */

const LEAST = 0.01;
const STEP = 0.005;
const TITLES = { face: "人脸", plate: "车牌", other: "其他" };

/** As the server has it; boxes lie on the picture as it was turned when the page was drawn up. */
let state = JSON.parse(the(document, "#page-data").textContent);
/** @type {import("../../edits.js").Edited<Box[]>} */
const boxes = edited(state.boxes.map((box) => ({ ...box, suggested: !state.finished })));
let chosen = -1;
/** What is sent goes one after the other: each names the revision that the answer before it gave. */
let sending = Promise.resolve();

const canvas = /** @type {HTMLElement} */ (the(document, "#canvas"));
const unsaved = () => !state.finished || boxes.unsaved();

async function begin() {
  // A box is a share of the picture: before the picture is there, nothing can be drawn.
  if (!(await isThere(the(document, "#photo")))) return (the(document, "#state").textContent = "照片没有读到，不能打码，请刷新后再试。");
  takeFingers(canvas);
  canvas.addEventListener("pointerdown", dragStarts);
  document.addEventListener("keydown", pressed);
  the(document, "#add").addEventListener("click", () => {
    add({ x: 0.4, y: 0.4, width: 0.2, height: 0.2 });
    the(document, `[data-index="${chosen}"]`).scrollIntoView({ block: "nearest" });
  });
  the(document, "#remove").addEventListener("click", remove);
  the(document, "#finish").addEventListener("click", () => send({ boxes: boxes.now().map(({ suggested, ...box }) => box) }, "已完成打码。"));
  the(document, "#publish").addEventListener("click", () => send({ public: !state.public }, state.public ? "已撤回。" : "已公开。"));
  addEventListener("beforeunload", (event) => unsaved() && state.finished && event.preventDefault());
  document.documentElement.classList.add("scripted");
  show();
  if (!state.finished && state.search.state === "waiting") awaitSearch();
}

/** Ask for what the search has found until it is there; nothing else waits for it. */
async function awaitSearch() {
  for (let wait_ms = 1000; ; wait_ms = Math.min(wait_ms * 1.5, 10_000)) {
    await new Promise((resolve) => setTimeout(resolve, wait_ms));
    const response = await fetch(`${location.pathname}/search.json?quarters=${state.quarters}`, { credentials: "same-origin" }).catch(() => null);
    const search = response?.ok ? await response.json().catch(() => null) : null;
    if (search && search.state !== "waiting") return foundLate(search);
    if (response && response.status < 500 && !response.ok) return (the(document, "#search").textContent = "没有问到查找的结果，请刷新。");
  }
}

/** What was found is added to what was drawn meanwhile, and takes nothing of it away. @param {{text: string, boxes: Box[], state: string}} search */
function foundLate(search) {
  const added = search.boxes.filter((box) => !boxes.now().some((other) => covers(other, box)));
  if (added.length) {
    boxes.edit([...boxes.now(), ...added.map((box) => ({ ...box, suggested: true }))]);
    show();
  }
  the(document, "#search").textContent = search.text || "没有查找，请自己看一遍。";
  the(document, "#search").dataset.state = search.state;
}

/** Whether one box hides nine tenths of another. @param {Box} outer @param {Box} inner */
function covers(outer, inner) {
  const across = Math.min(outer.x + outer.width, inner.x + inner.width) - Math.max(outer.x, inner.x);
  const down = Math.min(outer.y + outer.height, inner.y + inner.height) - Math.max(outer.y, inner.y);
  return across > 0 && down > 0 && across * down > 0.9 * inner.width * inner.height;
}

/** @param {HTMLImageElement} picture @returns {Promise<boolean>} */
const isThere = (picture) => picture.decode().then(() => true, () => false);

function show() {
  const focused = document.activeElement?.closest(".redaction-box");
  const elements = boxes.now().map((box, index) => {
    const element = made("button", `redaction-box ${box.suggested ? "is-suggested" : ""}`);
    element.setAttribute("type", "button");
    element.setAttribute("aria-pressed", String(index === chosen));
    element.setAttribute("aria-label", `${TITLES[box.kind]}，第 ${index + 1} 处`);
    element.dataset.index = String(index);
    for (const [side, value] of Object.entries({ left: box.x, top: box.y, width: box.width, height: box.height })) {
      element.style.setProperty(side, `${value * 100}%`);
    }
    element.append(made("span", "", TITLES[box.kind]), made("i", "handle"));
    element.addEventListener("focus", () => choose(index));
    return element;
  });
  the(document, "#boxes").replaceChildren(...elements);
  if (focused) focusChosen();
  showState();
}

/** Nothing moves away under a finger. */
const focusChosen = () => /** @type {HTMLElement|null} */ (document.querySelector(`[data-index="${chosen}"]`))?.focus({ preventScroll: true });

function showState(text = "") {
  the(document, "#remove").disabled = chosen < 0;
  the(document, "#publish").disabled = unsaved();
  the(document, "#publish").textContent = state.public ? "撤回公开" : "公开";
  const now = unsaved() ? (state.finished ? "有改动，还没有保存。" : "还没有核对。") : state.public ? "已完成，已公开。" : "已完成，未公开。";
  the(document, "#state").textContent = `${text}${now}共 ${boxes.now().length} 处。`;
}

function choose(index) {
  if (chosen === index) return;
  chosen = index;
  for (const element of document.querySelectorAll(".redaction-box")) {
    element.setAttribute("aria-pressed", String(Number(/** @type {HTMLElement} */ (element).dataset.index) === index));
  }
  showState();
}

/** @param {Omit<Box, "kind">} place */
function add(place) {
  const kind = the(document, "input[name=kind]:checked").value;
  chosen = boxes.now().length;
  boxes.edit([...boxes.now(), { ...place, kind }]);
  show();
  focusChosen();
}

function remove() {
  if (chosen < 0) return;
  boxes.edit(boxes.now().filter((_, index) => index !== chosen));
  chosen = -1;
  show();
}

/** @param {PointerEvent} event */
function dragStarts(event) {
  const element = /** @type {HTMLElement} */ (event.target).closest(".redaction-box");
  const start = at(event);
  if (!element) {
    add({ x: Math.min(start.x, 1 - LEAST), y: Math.min(start.y, 1 - LEAST), width: LEAST, height: LEAST });
    return drag(event, start, { ...boxes.now()[chosen], width: 0, height: 0 }, true);
  }
  choose(Number(/** @type {HTMLElement} */ (element).dataset.index));
  const resizes = /** @type {HTMLElement} */ (event.target).matches(".handle");
  return drag(event, start, boxes.now()[chosen], resizes);
}

/** @param {PointerEvent} event @param {{x: number, y: number}} start @param {Box} before the chosen box @param {boolean} resizes */
function drag(event, start, before, resizes) {
  event.preventDefault();
  const index = chosen;
  const move = (next) => {
    const now = at(next);
    if (index === chosen) change(index, before, now.x - start.x, now.y - start.y, resizes);
  };
  const end = () => {
    removeEventListener("pointermove", move);
    removeEventListener("pointerup", end);
    removeEventListener("pointercancel", end);
  };
  addEventListener("pointermove", move);
  addEventListener("pointerup", end);
  addEventListener("pointercancel", end);
}

/** @param {number} index @param {Box} before @param {number} dx @param {number} dy @param {boolean} resizes */
function change(index, before, dx, dy, resizes) {
  const within = (value, most) => Math.min(most, Math.max(0, value));
  const to = resizes
    ? { width: Math.max(LEAST, within(before.width + dx, 1 - before.x)), height: Math.max(LEAST, within(before.height + dy, 1 - before.y)) }
    : { x: within(before.x + dx, 1 - before.width), y: within(before.y + dy, 1 - before.height) };
  boxes.edit(boxes.now().map((box, number) => (number === index ? { ...box, ...to, suggested: false } : box)));
  show();
}

/** @param {KeyboardEvent} event */
function pressed(event) {
  if (chosen < 0 || /** @type {HTMLElement} */ (event.target).matches("input")) return;
  const steps = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP] };
  const step = steps[event.key];
  if (step) change(chosen, boxes.now()[chosen], step[0], step[1], event.shiftKey);
  else if (event.key === "Delete" || event.key === "Backspace") return remove();
  else return;
  event.preventDefault();
}

/** @param {PointerEvent} event @returns {{x: number, y: number}} shares of the picture */
function at(event) {
  const { left, top, width, height } = the(document, "#photo").getBoundingClientRect();
  return { x: (event.clientX - left) / width, y: (event.clientY - top) / height };
}

/** @param {object} what as it is now, whatever comes before it is answered @param {string} done what is said of it */
function send(what, done) {
  const take = boxes.ask();
  sending = sending.then(async () => {
    const text = await sent(what, take);
    chosen = Math.min(chosen, boxes.now().length - 1);
    show();
    showState(text || done);
  });
}

/** @param {object} what @param {(answer: Box[]) => boolean} take @returns {Promise<string>} why it was not kept; empty where it was */
async function sent(what, take) {
  const token = document.querySelector('meta[name="csrf-token"]')?.getAttribute("content") ?? "";
  const headers = { "Content-Type": "application/json", "X-CSRFToken": token };
  const body = JSON.stringify({ revision: state.revision, quarters: state.quarters, ...what });
  const response = await fetch(location.pathname, { method: "POST", headers, body, credentials: "same-origin" }).catch(() => null);
  const answer = await response?.json().catch(() => null);
  if (!response?.ok || !answer) return `${answer?.error ?? (response ? `没有保存：服务器答复 ${response.status}，请刷新后再试` : "网络不通，没有保存")}。`;
  state = answer;
  take(answer.boxes);
  return "";
}

begin();
