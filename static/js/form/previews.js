// Photos as the page shows them: picture, time, position, what went wrong, and a button to remove each.

import { made, the } from "./fields.js";

/** @typedef {import("../camera.js").Photo} Photo */

/** @type {WeakMap<Photo, HTMLElement>} */
const shown = new WeakMap();

/**
 * Show a photo at its place, or show what has changed about it.
 * @param {Photo} photo
 * @param {() => void} remove
 */
export function showPhoto(photo, remove) {
  const line = shown.get(photo) ?? begin(photo, remove);
  const facts = the(line, ".preview-facts");
  const [kind, text] = fact(photo);
  facts.className = `preview-facts number ${kind}`;
  facts.textContent = text;
}

/** @param {Photo} photo */
export function hidePhoto(photo) {
  shown.get(photo)?.remove();
}

/** @param {Photo} photo */
export const previewOf = (photo) => shown.get(photo) ?? null;

function begin(photo, remove) {
  const line = made("li", "preview");
  const image = document.createElement("img");
  image.alt = `照片 ${photo.file.name}`;
  image.addEventListener("error", () => {
    image.alt = "手机无法预览这张照片";
  });
  image.src = photo.url;
  const button = made("button", "preview-remove", "×");
  button.setAttribute("type", "button");
  button.setAttribute("aria-label", `移除照片 ${photo.file.name}`);
  button.addEventListener("click", remove);
  line.append(image, button, made("p", "preview-facts"));
  the(photo.place, ":scope > .previews, :scope > .photos > .previews").append(line);
  shown.set(photo, line);
  return line;
}

/** @returns {[string, string]} class and text */
function fact(photo) {
  if (photo.problem) return ["preview-problem", photo.problem];
  const time = new Date(photo.captured_at).toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit" });
  const place = photo.fix ? `定位 ±${photo.fix.accuracy_m.toFixed(0)}米` : photo.old ? "旧照片，不附定位" : "无定位";
  return photo.sent ? ["preview-sent", `✓ 已上传 · ${place}`] : ["", `${time} · ${place}`];
}
