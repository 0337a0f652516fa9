// Photos as the page shows them: picture, time, position, what went wrong, and a button to remove each.

import { arriving } from "../../arriving.js";
import { made, the } from "../../fields.js";

/** @typedef {import("../../evidence/camera.js").Photo} Photo */

/** @type {WeakMap<Photo, HTMLElement>} */
const shown = new WeakMap();

/**
 * Show a photo at its place, or show what has changed about it.
 * @param {Photo} photo
 * @param {() => void} remove
 * @param {() => void} mark
 */
export function showPhoto(photo, remove, mark) {
  const line = shown.get(photo) ?? begin(photo, remove, mark);
  const image = the(line, "img");
  if (image.src !== photo.url) image.src = photo.url;
  const facts = the(line, ".preview-facts");
  const [kind, text] = fact(photo);
  facts.className = `preview-facts number ${kind}`;
  facts.textContent = text;
  void showMarks(line, photo.media);
  sayNear(line, photo.media.evidence.fix);
}

/** @param {HTMLElement} line @param {Photo["media"]} media */
async function showMarks(line, { name, evidence: { marks = [] } }) {
  const button = the(line, ".preview-mark");
  button.textContent = marks.length ? `标记 ${marks.length}` : "标记";
  button.setAttribute("aria-label", `${button.textContent}：照片 ${name}`);
  if (!marks.length && !line.querySelector("svg")) return;
  const { lay } = await arriving(() => import("../../evidence/marks/overlay.js"));
  lay(the(line, "img"), marks);
}

/** A school whose zone the photo was taken in. @param {HTMLElement} line @param {import("../../place/fix.js").Fix|null} fix */
async function sayNear(line, fix) {
  const text = the(line, ".preview-near");
  const place = fix ? `${fix.lat} ${fix.lon} ${fix.accuracy_m}` : "";
  if (text.dataset.place === place) return;
  text.dataset.place = place;
  text.textContent = "";
  if (!fix) return;
  const { schoolNear } = await arriving(() => import("../../zones/near.js"));
  const near = await schoolNear(fix);
  if (text.dataset.place !== place) return;
  text.textContent = near;
  text.hidden = !near;
}

/** To its place, where it is shown elsewhere. @param {Photo} photo */
export function movePhoto(photo) {
  const line = shown.get(photo);
  if (line) photosOf(photo.place).append(line);
}

/** @param {Element} place */
const photosOf = (place) => the(place, ":scope > .previews, :scope > .photos > .previews");

/** @param {Photo} photo */
export function hidePhoto(photo) {
  shown.get(photo)?.remove();
}

/** @param {Photo} photo */
export const previewOf = (photo) => shown.get(photo) ?? null;

function begin(photo, remove, mark) {
  const line = made("li", "preview");
  const image = document.createElement("img");
  image.alt = `照片 ${photo.media.name}`;
  image.addEventListener("error", () => {
    image.alt = "手机无法预览这张照片";
  });
  image.src = photo.url;
  const button = made("button", "preview-remove", "×");
  button.setAttribute("type", "button");
  button.setAttribute("aria-label", `移除照片 ${photo.media.name}`);
  button.addEventListener("click", remove);
  const marking = made("button", "preview-mark", "标记");
  marking.setAttribute("type", "button");
  marking.addEventListener("click", mark);
  line.append(image, button, marking, made("p", "preview-facts"), made("p", "preview-near number"));
  photosOf(photo.place).append(line);
  shown.set(photo, line);
  return line;
}

/** @param {Photo} photo @returns {[string, string]} class and text */
function fact(photo) {
  if (photo.problem) return ["preview-problem", photo.problem];
  const { captured_at, fix } = photo.media.evidence;
  const time = new Date(captured_at).toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit" });
  const place = fix ? `${fix.source === "manual" ? "手工" : "定位"} ±${fix.accuracy_m.toFixed(0)}米` : photo.old ? "旧照片，不附定位" : "无定位";
  const kept = { saving: "保存中…", kept: "已存入手机", memory: "只在本页" }[photo.state];
  return [photo.state === "kept" ? "preview-kept" : "", `${time} · ${place} · ${kept}`];
}
