// Boxes over a photo: moved, resized, added and removed with pointer or keyboard. Shares of the picture, not pixels.

import { made, the } from "../../fields.js";

/** @typedef {{x: number, y: number, width: number, height: number, kind: string, suggested?: boolean}} Box */

const LEAST = 0.01;
const STEP = 0.005;
const TITLES = { face: "人脸", plate: "车牌", other: "其他" };

let state = JSON.parse(the(document, "#page-data").textContent);
/** @type {Box[]} */
let boxes = state.boxes.map((box) => ({ ...box, suggested: !state.finished }));
let chosen = -1;
let changed = !state.finished;

const canvas = /** @type {HTMLElement} */ (the(document, "#canvas"));

function begin() {
  canvas.addEventListener("pointerdown", dragStarts);
  document.addEventListener("keydown", pressed);
  the(document, "#add").addEventListener("click", () => add({ x: 0.4, y: 0.4, width: 0.2, height: 0.2 }));
  the(document, "#remove").addEventListener("click", remove);
  the(document, "#finish").addEventListener("click", () => send({ boxes: boxes.map(({ suggested, ...box }) => box) }, "已完成打码。"));
  the(document, "#publish").addEventListener("click", () => send({ public: !state.public }, state.public ? "已撤回。" : "已公开。"));
  addEventListener("beforeunload", (event) => changed && state.finished && event.preventDefault());
  document.documentElement.classList.add("scripted");
  show();
}

function show() {
  const elements = boxes.map((box, index) => {
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
  showState();
}

function showState(text = "") {
  the(document, "#remove").disabled = chosen < 0;
  the(document, "#publish").disabled = !state.finished || changed;
  the(document, "#publish").textContent = state.public ? "撤回公开" : "公开";
  const now = changed ? (state.finished ? "有改动，还没有保存。" : "还没有核对。") : state.public ? "已完成，已公开。" : "已完成，未公开。";
  the(document, "#state").textContent = `${text}${now}共 ${boxes.length} 处。`;
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
  boxes.push({ ...place, kind });
  chosen = boxes.length - 1;
  changed = true;
  show();
  the(document, `.redaction-box[data-index="${chosen}"]`).focus();
}

function remove() {
  if (chosen < 0) return;
  boxes.splice(chosen, 1);
  chosen = -1;
  changed = true;
  show();
}

/** @param {PointerEvent} event */
function dragStarts(event) {
  const element = /** @type {HTMLElement} */ (event.target).closest(".redaction-box");
  const start = at(event);
  if (!element) {
    add({ x: Math.min(start.x, 1 - LEAST), y: Math.min(start.y, 1 - LEAST), width: LEAST, height: LEAST });
    return drag(event, start, { ...boxes[chosen], width: 0, height: 0 }, true);
  }
  choose(Number(/** @type {HTMLElement} */ (element).dataset.index));
  const resizes = /** @type {HTMLElement} */ (event.target).matches(".handle");
  return drag(event, start, { ...boxes[chosen] }, resizes);
}

/** @param {PointerEvent} event @param {{x: number, y: number}} start @param {Box} before the chosen box @param {boolean} resizes */
function drag(event, start, before, resizes) {
  event.preventDefault();
  const box = boxes[chosen];
  const move = (next) => {
    const now = at(next);
    change(box, before, now.x - start.x, now.y - start.y, resizes);
    show();
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

/** @param {Box} box @param {Box} before @param {number} dx @param {number} dy @param {boolean} resizes */
function change(box, before, dx, dy, resizes) {
  const within = (value, most) => Math.min(most, Math.max(0, value));
  if (resizes) {
    box.width = Math.max(LEAST, within(before.width + dx, 1 - before.x));
    box.height = Math.max(LEAST, within(before.height + dy, 1 - before.y));
  } else {
    box.x = within(before.x + dx, 1 - before.width);
    box.y = within(before.y + dy, 1 - before.height);
  }
  box.suggested = false;
  changed = true;
}

/** @param {KeyboardEvent} event */
function pressed(event) {
  if (chosen < 0 || /** @type {HTMLElement} */ (event.target).matches("input")) return;
  const steps = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP] };
  const step = steps[event.key];
  if (step) change(boxes[chosen], { ...boxes[chosen] }, step[0], step[1], event.shiftKey);
  else if (event.key === "Delete" || event.key === "Backspace") return remove();
  else return;
  event.preventDefault();
  const index = chosen;
  show();
  the(document, `.redaction-box[data-index="${index}"]`).focus();
}

/** @param {PointerEvent} event @returns {{x: number, y: number}} shares of the picture */
function at(event) {
  const { left, top, width, height } = the(document, "#photo").getBoundingClientRect();
  return { x: (event.clientX - left) / width, y: (event.clientY - top) / height };
}

async function send(what, done) {
  const token = document.querySelector('meta[name="csrf-token"]')?.getAttribute("content") ?? "";
  const headers = { "Content-Type": "application/json", "X-CSRFToken": token };
  const body = JSON.stringify({ revision: state.revision, ...what });
  const response = await fetch(location.pathname, { method: "POST", headers, body, credentials: "same-origin" }).catch(() => null);
  const answer = await response?.json().catch(() => null);
  if (!response?.ok || !answer) return showState(`${answer?.error ?? (response ? `没有保存：服务器答复 ${response.status}，请刷新后再试` : "网络不通，没有保存")}。`);
  state = answer;
  boxes = state.boxes;
  changed = false;
  chosen = -1;
  show();
  showState(done);
}

begin();
