// What was found at the site the last time, fetched when its fold is opened; where there is no network, as it was
// seen or kept ahead today.

import { made, the } from "../../fields.js";
import { stylesheet } from "../../stylesheet.js";
import { forgetOtherDays, lastVisitOf, PAGES } from "../caching.js";

/** @param {string} code of the site */
export async function showLast(code) {
  await stylesheet("inspecting/last-visit.css");
  const shown = the(document, "#last-visit-shown");
  shown.replaceChildren(made("p", "hint", "正在读取…"));
  const text = await lastOf(lastVisitOf(code));
  // The page is our own server's, which has escaped what people wrote.
  if (text === null) shown.replaceChildren(made("p", "hint", "没有网络，手机上也没有存下，联网后再打开这一栏。"));
  else shown.innerHTML = text;
  for (const image of shown.querySelectorAll("img")) image.addEventListener("error", () => void keptAhead(image), { once: true });
  return text !== null;
}

/** Where there is no network, a photo as it was kept ahead today. @param {HTMLImageElement} image */
async function keptAhead(image) {
  const cache = await globalThis.caches?.open(PAGES).catch(() => null);
  const answer = await cache?.match(image.getAttribute("src") ?? "", { ignoreVary: true });
  if (answer) image.src = URL.createObjectURL(await answer.blob());
}

/** @param {string} address @returns {Promise<string|null>} */
async function lastOf(address) {
  const cache = await globalThis.caches?.open(PAGES).catch(() => null);
  const answer = await fetch(address, { credentials: "same-origin", redirect: "manual" }).catch(() => null);
  if (answer?.ok && answer.type === "basic") {
    await cache?.put(address, answer.clone()).catch(() => undefined);
    return answer.text();
  }
  await forgetOtherDays();
  return (await cache?.match(address, { ignoreVary: true }))?.text() ?? null;
}
