// Marking a photo by finger: arrow, circle and blur over the picture. Loaded when the first photo is marked.

import { closeDialog, openDialog } from "../../dialog.js";
import { made, say, tap } from "../../fields.js";
import { stylesheet } from "../../stylesheet.js";
import { MOST, markOf, permille, touched } from "./geometry.js";
import { lay } from "./overlay.js";

/** @typedef {import("./geometry.js").Mark} Mark */

/** @type {[Mark["kind"], string][]} */
const KINDS = [["arrow", "箭头"], ["circle", "圈"], ["blur", "模糊"]];
const HINT = "在照片上拖动来画；点一下画好的再点「删除」可去掉它。「模糊」的地方，外发的照片里看不到。";

const STEPS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

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
  stage.setAttribute("aria-label", "照片：方向键逐个选中标记，删除键去掉");
  stage.append(picture);
  const said = made("p", "marking-hint", HINT);
  said.setAttribute("role", "status");
  let marks = [...before];
  let chosen = -1;
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
    say(said, trouble || sentenceOf(marks, chosen));
  }

  /** @param {Mark[]} changed */
  function edit(changed) {
    marks = changed;
    chosen = -1;
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
      chosen = touched(marks, from);
      show();
    };
    stage.addEventListener("pointermove", move);
    stage.addEventListener("pointerup", end);
    stage.addEventListener("pointercancel", end);
  }

  /** @param {KeyboardEvent} event */
  function key(event) {
    const step = STEPS[event.key];
    if (step && marks.length) {
      chosen = chosen < 0 && step < 0 ? marks.length - 1 : (chosen + step + marks.length) % marks.length;
      show();
    } else if ((event.key === "Delete" || event.key === "Backspace") && chosen >= 0) remove.click();
    else return;
    event.preventDefault();
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

/** @param {Mark[]} marks @param {number} chosen */
function sentenceOf(marks, chosen) {
  const title = new Map(KINDS).get(marks[chosen]?.kind);
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
