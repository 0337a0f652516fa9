// Marking a photo by finger or by keys: arrow, circle and blur over the picture. Loaded when the first photo is marked.

import { closeDialog, openDialog } from "../../dialog.js";
import { made, say, tap } from "../../fields.js";
import { stylesheet } from "../../stylesheet.js";
import { MOST, markOf, middle, moved, permille, stretched, touched } from "./geometry.js";
import { lay } from "./overlay.js";

/** @typedef {import("./geometry.js").Mark} Mark */

/** @type {[Mark["kind"], string][]} */
const KINDS = [["arrow", "箭头"], ["circle", "圈"], ["blur", "模糊"]];
const HINT = "在照片上拖动来画；点一下画好的再点「删除」可去掉它。「模糊」的地方，外发的照片里看不到。";

const STEP = 10;
/** @type {Record<string, [number, number]>} in thousandths, to the right and down */
const WAYS = { ArrowRight: [STEP, 0], ArrowDown: [0, STEP], ArrowLeft: [-STEP, 0], ArrowUp: [0, -STEP] };

/**
 * Show a photo to be marked.
 * @param {string} url @param {Mark[]} before
 * @returns {Promise<Mark[]|null>} as they are to be kept; null where nothing is to be changed
 */
export async function markPhoto(url, before) {
  await stylesheet("evidence/marks.css");
  const dialog = /** @type {HTMLDialogElement} */ (made("dialog", "marking"));
  dialog.setAttribute("aria-label", "在照片上标记");
  const picture = document.createElement("img");
  picture.src = url;
  picture.alt = "要标记的照片";
  picture.draggable = false;
  const stage = made("div", "marking-stage");
  stage.tabIndex = 0;
  stage.setAttribute("role", "application");
  stage.setAttribute("aria-label", "照片：回车画一处标记；方向键逐个选中，选中后回车可移动、改大小，删除键去掉");
  stage.append(picture);
  const said = made("p", "marking-hint", HINT);
  said.setAttribute("role", "status");
  let marks = [...before];
  let chosen = -1;
  /** Whether the arrow keys move the chosen one. */
  let moving = false;
  let kind = KINDS[0][0];
  let trouble = "";

  const kinds = KINDS.map(([name, title]) => button(title, () => {
    kind = name;
    show();
  }));
  const undo = button("撤销", () => edit(marks.slice(0, -1)));
  const remove = button("删除", () => {
    edit(marks.filter((_, number) => number !== chosen));
    // The button has gone out, and the keys would have nowhere to go.
    stage.focus();
  });
  const cancel = button("取消", () => closeDialog(dialog, "no"));
  const done = button("完成", () => closeDialog(dialog, "yes"), "button-primary");
  const tools = made("div", "marking-tools");
  tools.append(...kinds, undo, remove, cancel, done);
  dialog.append(stage, said, tools);

  function show(drawing = marks) {
    lay(picture, drawing, chosen);
    kinds.forEach((one, number) => one.setAttribute("aria-pressed", String(KINDS[number][0] === kind)));
    undo.disabled = !marks.length;
    remove.disabled = chosen < 0;
    say(said, trouble || sentenceOf(marks, chosen, moving));
  }

  /** @param {Mark[]} changed */
  function edit(changed) {
    marks = changed;
    choose(-1);
  }

  /** @param {number} number of a mark; -1 for none @param {boolean} [move] whether the arrow keys are to move it */
  function choose(number, move = false) {
    [chosen, moving] = [number, move];
    show();
  }

  /** @param {PointerEvent} event */
  function begin(event) {
    event.preventDefault();
    stage.setPointerCapture(event.pointerId);
    const from = at(event);
    /** @type {Mark|null} */
    let mark = null;
    const move = (next) => {
      if (next.pointerId !== event.pointerId || marks.length >= MOST) return;
      mark = markOf(kind, from, at(next));
      show(mark ? [...marks, mark] : marks);
    };
    const end = (next) => {
      if (next.pointerId !== event.pointerId) return;
      for (const name of ["pointermove", "pointerup", "pointercancel"]) stage.removeEventListener(name, name === "pointermove" ? move : end);
      if (next.type === "pointercancel") return show();
      if (mark) {
        tap();
        return edit([...marks, mark]);
      }
      choose(touched(marks, from));
    };
    stage.addEventListener("pointermove", move);
    stage.addEventListener("pointerup", end);
    stage.addEventListener("pointercancel", end);
  }

  /** @param {KeyboardEvent} event */
  function key(event) {
    const way = WAYS[event.key];
    if (event.key === "Enter" && !trouble) enter();
    else if (way && moving) change((event.shiftKey ? stretched : moved)(marks[chosen], way));
    else if (way && marks.length) step(Math.sign(way[0] + way[1]));
    else if ((event.key === "Delete" || event.key === "Backspace") && chosen >= 0) remove.click();
    else return;
    event.preventDefault();
  }

  /** A new one, or the chosen one, is moved until it is put down. */
  function enter() {
    if (moving) return choose(-1);
    if (chosen >= 0) return choose(chosen, true);
    if (marks.length >= MOST) return;
    marks = [...marks, middle(kind)];
    choose(marks.length - 1, true);
  }

  /** @param {Mark} mark in place of the chosen one */
  function change(mark) {
    marks = marks.map((one, number) => (number === chosen ? mark : one));
    show();
  }

  /** @param {number} by */
  function step(by) {
    choose(chosen < 0 && by < 0 ? marks.length - 1 : (chosen + by + marks.length) % marks.length);
  }

  /** @param {PointerEvent} event */
  const at = (event) => permille({ x: event.clientX, y: event.clientY }, picture.getBoundingClientRect());

  document.body.append(dialog);
  openDialog(dialog);
  stage.addEventListener("keydown", key);
  try {
    await picture.decode();
    stage.addEventListener("pointerdown", begin);
  } catch {
    trouble = "手机无法显示这张照片，不能标记。";
  }
  show();
  await new Promise((resolve) => dialog.addEventListener("close", resolve, { once: true }));
  dialog.remove();
  return dialog.returnValue === "yes" ? marks : null;
}

/** @param {Mark[]} marks @param {number} chosen @param {boolean} moving */
function sentenceOf(marks, chosen, moving) {
  const title = new Map(KINDS).get(marks[chosen]?.kind);
  if (title && moving) return `正在放第 ${chosen + 1} 处：${title}。方向键移动，按住 Shift 改大小，回车放下。`;
  if (title) return `选中第 ${chosen + 1} 处，共 ${marks.length} 处：${title}。点「删除」可去掉它。`;
  return marks.length >= MOST ? `最多 ${MOST} 处标记。` : HINT;
}

/** @param {string} title @param {() => void} act @param {string} [look] */
function button(title, act, look = "") {
  const element = /** @type {HTMLButtonElement} */ (made("button", `button ${look}`, title));
  element.type = "button";
  element.addEventListener("click", act);
  return element;
}
