// What a page says where work without a network is not safe: one line, the whole of it on a tap, and a button that does
// what the line asks for, as far as this browser lets a page do it.

import { made } from "../fields.js";

/** @typedef {import("./offline.js").Safety} Safety */

const APPLE = /iPhone|iPad|Macintosh/.test(navigator.userAgent);
const BY_HAND = APPLE
  ? "点浏览器的「分享」，选「添加到主屏幕」，再从主屏幕打开。"
  : "点浏览器的菜单（⋮ 或 ≡），选「添加到主屏幕」或「安装应用」，再从主屏幕打开。";

/** What Chromium gives a page to offer its installation at a time of its own choosing. @type {any} */
let installation = null;

/**
 * @param {HTMLElement} notice @param {Safety} safety
 * @param {() => Promise<boolean>} mend asks the browser to keep what is there; whether all is safe then
 */
export function showUnsafe(notice, { line, why, mendable }, mend) {
  if (notice.dataset.said === line) return;
  notice.dataset.said = line;
  const details = /** @type {HTMLDetailsElement} */ (made("details", ""));
  details.append(made("summary", "", line), made("p", "", why));
  notice.replaceChildren(details);
  if (!mendable) return;
  const button = made("button", "button button-small", "添加到主屏幕");
  button.setAttribute("type", "button");
  button.addEventListener("click", async () => {
    await install();
    if (await mend()) return;
    if (!details.querySelector(".by-hand-way")) details.append(made("p", "by-hand-way", BY_HAND));
    details.open = true;
  });
  notice.append(button);
}

/** A browser's offer can be taken up once; where there is none, the way is told. */
async function install() {
  const offered = installation;
  installation = null;
  await offered?.prompt();
  await offered?.userChoice;
}

addEventListener("beforeinstallprompt", (event) => {
  event.preventDefault();
  installation = event;
});
