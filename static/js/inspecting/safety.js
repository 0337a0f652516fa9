// Whether work without a network can be relied on here, and what a page says where it cannot: one line, the whole of it on
// a tap, and a button that does what the line asks for, as far as this browser lets a page do it.

import { made } from "../fields.js";
import { rooted } from "../root.js";
import { within } from "../within.js";
import { storage } from "./storage/database.js";

/** @typedef {{safe: boolean, line: string, why: string, mendable: boolean}} Safety */

/** A browser that does not say by then is not waited for. */
const SAYS_MS = 300;

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
function showUnsafe(notice, { line, why, mendable }, mend) {
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

/**
 * Whether work without a network is safe in this browser: pages open again, and what is kept stays kept.
 * @returns {Promise<Safety>}
 */
async function offlineSafety() {
  if (!(await storage()).durable) return unsafe("关闭就丢失", "它不能保存内容（可能是无痕模式），关闭页面就会丢失未提交的测评");
  if (!globalThis.isSecureContext) return unsafe("断网打不开", "本页不是经 HTTPS 打开的，断网后关闭页面就不能再打开；已填内容仍保存在手机上");
  if (!navigator.serviceWorker || !(await navigator.serviceWorker.getRegistration(rooted("/field/")))) {
    return unsafe("断网打不开", "它不支持离线打开页面，断网后关闭页面就不能再打开；已填内容仍保存在手机上。请改用系统浏览器");
  }
  if (!(await navigator.storage?.persisted?.())) {
    return unsafe("可能被清除", "它没有答应长期保存，手机空间紧张时可能清除未提交的内容。请把本页添加到主屏幕，并尽快联网提交", true);
  }
  return { safe: true, line: "", why: "", mendable: false };
}

/** @param {string} line @param {string} why @param {boolean} [mendable] by the inspector, with a tap @returns {Safety} */
const unsafe = (line, why, mendable = false) => ({ safe: false, line: `离线不安全，${line}`, why: `此浏览器离线不安全：${why}。`, mendable });

/** Say so on the page; the mark turns green only where everything holds. */
export async function showSafety() {
  const safety = await offlineSafety();
  for (const notice of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(".offline-notice"))) {
    if (!safety.safe) showUnsafe(notice, safety, askToPersist);
    notice.hidden = safety.safe;
  }
  document.documentElement.classList.toggle("offline-safe", safety.safe);
  return safety.safe;
}

/** The same before a page is used: a line that came later would push all that is under a finger down. @returns {Promise<void>} */
export async function foretellSafety() {
  await within(SAYS_MS, showSafety()).catch(() => undefined);
}

/**
 * The browser's promise not to clear what is kept; asked for on a tap, as browsers want it. Nothing may wait for this:
 * where the browser asks the user, it ends when the user has answered.
 */
export async function askToPersist() {
  try {
    if (!(await navigator.storage?.persisted?.())) await navigator.storage?.persist?.();
  } catch {
    // No promise, then.
  }
  return showSafety();
}
