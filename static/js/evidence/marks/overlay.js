// Marks laid over a picture as SVG; the picture itself stays as it is.

import { stylesheet } from "../../stylesheet.js";
import { corners, headOf } from "./geometry.js";

/** @typedef {import("./geometry.js").Mark} Mark */

const SVG = "http://www.w3.org/2000/svg";
const HEAD_SHARE = 0.045;
const FITS = { cover: "xMidYMid slice", contain: "xMidYMid meet" };
/** @type {WeakMap<HTMLImageElement, {svg: SVGSVGElement, marks: Mark[], bare: HTMLImageElement|null}>} */
const laid = new WeakMap();
const watching = new ResizeObserver((entries) => entries.forEach(({ target }) => place(/** @type {HTMLImageElement} */ (target))));

/**
 * Lay marks over a picture, in place of those that lay there.
 * @param {HTMLImageElement} picture on the page
 * @param {Mark[]} [marks] none takes them away
 * @param {number} [chosen] which of them is chosen
 * @param {HTMLImageElement|null} [bare] the same of any size without the caption, where the picture has one below it
 */
export function lay(picture, marks = [], chosen = -1, bare = null) {
  let layer = laid.get(picture);
  if (!layer && !marks.length) return;
  if (!layer) {
    void stylesheet("evidence/marks.css");
    layer = { svg: /** @type {SVGSVGElement} */ (made("svg", { class: "marks", role: "img" })), marks, bare };
    laid.set(picture, layer);
    picture.parentElement?.classList.add("marked");
    picture.after(layer.svg);
    picture.addEventListener("load", () => place(picture));
    watching.observe(picture);
    beginSwitch();
  }
  layer.marks = marks;
  layer.bare = bare;
  bare?.addEventListener("load", () => place(picture));
  layer.svg.setAttribute("aria-label", `照片上有 ${marks.length} 处标记`);
  layer.svg.dataset.chosen = String(chosen);
  place(picture);
}

/** @param {HTMLImageElement} picture whose size is known by now, or has changed */
function place(picture) {
  const layer = laid.get(picture);
  const { naturalWidth: width, naturalHeight: height } = picture;
  if (!layer || !width) return;
  const { svg, bare } = layer;
  // What is above the caption is known once the bare picture is there.
  const marks = bare && !bare.naturalWidth ? [] : layer.marks;
  const above = bare?.naturalWidth ? (width * bare.naturalHeight) / bare.naturalWidth : height;
  for (const [side, value] of Object.entries({ left: picture.offsetLeft, top: picture.offsetTop, width: picture.offsetWidth, height: picture.offsetHeight })) {
    svg.style.setProperty(side, `${value}px`);
  }
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.setAttribute("preserveAspectRatio", FITS[getComputedStyle(picture).objectFit] ?? "none");
  svg.replaceChildren(...marks.map((mark, number) => shape(mark, width, above, String(number) === svg.dataset.chosen)));
}

/** @param {Mark} mark @param {number} width @param {number} height of what was photographed, in the picture's own pixels @param {boolean} chosen */
function shape(mark, width, height, chosen) {
  const group = made("g", { class: `mark mark-${mark.kind}${chosen ? " mark-chosen" : ""}` });
  // A white edge below, so that it is seen on any ground.
  for (const layer of mark.kind === "blur" ? ["mark-cover"] : ["mark-edge", "mark-line"]) group.append(drawn(mark, width, height, layer));
  return group;
}

/** @param {Mark} mark @param {number} width @param {number} height @param {string} layer */
function drawn(mark, width, height, layer) {
  const x = (value) => (value * width) / 1000;
  const y = (value) => (value * height) / 1000;
  if (mark.kind === "arrow") {
    const [[fromX, fromY], [toX, toY]] = mark.points;
    const tip = /** @type {[number, number]} */ ([x(toX), y(toY)]);
    const ends = headOf([x(fromX), y(fromY)], tip, Math.max(width, height) * HEAD_SHARE);
    const lines = [[x(fromX), y(fromY)], ...ends].map(([endX, endY]) => `M${endX} ${endY}L${tip[0]} ${tip[1]}`);
    return made("path", { class: layer, d: lines.join("") });
  }
  const [left, top, right, bottom] = corners(mark);
  if (mark.kind === "circle") {
    return made("ellipse", { class: layer, cx: x((left + right) / 2), cy: y((top + bottom) / 2), rx: x((right - left) / 2), ry: y((bottom - top) / 2) });
  }
  return made("rect", { class: layer, x: x(left), y: y(top), width: x(right - left), height: y(bottom - top) });
}

/** @param {string} name @param {Record<string, string|number>} attributes @returns {SVGElement} */
function made(name, attributes) {
  const element = document.createElementNS(SVG, name);
  for (const [attribute, value] of Object.entries(attributes)) element.setAttribute(attribute, String(value));
  return element;
}

/** Have the marks of a page shown or not by the button that it has for that, once there are any. */
function beginSwitch() {
  const place = document.querySelector("#marks-switch[hidden]");
  const button = place?.querySelector("button");
  if (!place || !button) return;
  place.removeAttribute("hidden");
  button.addEventListener("click", () => {
    const off = document.documentElement.classList.toggle("marks-off");
    button.textContent = off ? "显示标记" : "隐藏标记";
  });
}
