// The reference photos of an item, under it as long as somebody wants to look at them.

import { made } from "../../fields.js";
import { stylesheet } from "../../stylesheet.js";
import { PAGES } from "../caching.js";

/** @typedef {{grade: string, caption: string, picture: string}} Reference */

/**
 * @param {Element} link that was tapped
 * @param {Reference[]} references of its item
 */
export async function toggleReferences(link, references) {
  const line = /** @type {Element} */ (link.parentElement);
  const shown = line.nextElementSibling;
  if (shown?.classList.contains("references")) return close(link, shown);
  const list = made("ul", "references");
  link.setAttribute("aria-expanded", "true");
  line.after(list);
  await stylesheet("inspecting/references.css");
  list.append(...(await Promise.all(references.map(figure))));
}

/** @param {Element} link @param {Element} shown */
function close(link, shown) {
  for (const picture of shown.querySelectorAll("img")) URL.revokeObjectURL(picture.src);
  shown.remove();
  link.setAttribute("aria-expanded", "false");
}

/** @param {Reference} reference */
async function figure({ grade, caption, picture }) {
  const shown = made("li", "");
  const image = /** @type {HTMLImageElement} */ (made("img", ""));
  image.alt = `${grade}：${caption}`;
  image.addEventListener("error", () => image.replaceWith(made("p", "hint", "没有网络，手机上也没有存下这张照片。")));
  shown.append(image, made("p", "", ""));
  /** @type {Element} */ (shown.lastChild).append(made("strong", "", grade), ` ${caption}`);
  image.src = (await kept(picture)) ?? picture;
  return shown;
}

/** @param {string} address @returns {Promise<string|null>} */
async function kept(address) {
  const cache = await globalThis.caches?.open(PAGES).catch(() => null);
  const found = await cache?.match(address, { ignoreVary: true });
  return found ? URL.createObjectURL(await found.blob()) : null;
}
