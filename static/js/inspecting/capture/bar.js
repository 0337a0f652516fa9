// What the page tells: that a draft was taken up; in each part of the page what is wanting there; in the bar at the bottom
// how far the answers are, the state of the position and what sending is doing.

import { fixState } from "../../place/fix.js";
import { ageText } from "../../place/position/direction.js";
import { made, say, the } from "../../fields.js";

const GOOD_M = 30;

/**
 * @param {number} answered
 * @param {number} of
 * @param {number} photos
 */
export function showProgress(answered, of, photos) {
  the(document, "#progress").value = answered;
  say(the(document, "#answered-text"), `已答 ${answered}/${of}${photos ? ` · 照片 ${photos}` : ""}`);
}

/**
 * @param {string} text of a draft that was taken up
 * @param {string} button what it says
 * @param {() => void} clear drops the draft
 */
export function showDraft(text, button, clear) {
  const notice = the(document, "#draft-notice");
  const element = made("button", "button button-small", button);
  element.setAttribute("type", "button");
  element.addEventListener("click", clear);
  notice.replaceChildren(made("p", "", text), element);
  notice.hidden = false;
}

/** @param {number} count of photos */
export function showPhotoCount(count) {
  the(document, "#photo-count").textContent = count ? `照片 ${count} 张` : "还没有照片";
}

/**
 * @param {HTMLElement} part of the page
 * @param {string} what is wanting there; empty where nothing is
 */
export function showWanting(part, what) {
  const list = the(part, ".item-problems");
  part.classList.toggle("wanting", Boolean(what));
  list.hidden = !what;
  list.replaceChildren(...(what ? [made("p", "", what)] : []));
}

/** Show accuracy and age of the position, or why there is none. */
export function showFix() {
  const state = fixState();
  const button = the(document, "#fix-state");
  const [kind, text] = state.fix ? fixWords(state.fix) : state.kind === "none" ? ["none", "无定位"] : ["", "正在定位…"];
  button.className = `bar-fix number ${kind && `fix-${kind}`}`;
  say(the(button, ".bar-fix-text"), text);
  say(the(button, ".bar-fix-age"), state.fix ? ageText(state.ageMs) : state.kind === "none" ? "点此处理" : "");
  const notice = the(document, "#fix-notice");
  notice.hidden = !state.reason;
  say(notice, `无定位：${state.reason}`);
}

/** @param {import("../../place/fix.js").Fix} fix @returns {[string, string]} kind and text */
function fixWords({ source, accuracy_m }) {
  if (source === "manual") return ["manual", `手工 ±${accuracy_m.toFixed(0)}米`];
  return [accuracy_m <= GOOD_M ? "good" : "poor", `定位 ±${accuracy_m.toFixed(0)}米`];
}

/**
 * Whether what is on the page is kept on the phone.
 * @param {import("./keeping.js").Keeping} keeping
 */
export function showKept({ state, message }) {
  const text = the(document, "#kept-state");
  text.className = `bar-kept kept-${state}`;
  text.textContent = KEPT[state];
  const notice = the(document, "#kept-notice");
  notice.hidden = !message;
  notice.textContent = message;
}

const KEPT = { saving: "保存中…", kept: "已存入手机", memory: "未存入手机", failed: "没有存下" };

/**
 * @param {string} text empty to hide
 * @param {{failed?: boolean, link?: {href: string, text: string, newTab?: boolean}}} [more]
 */
export function showMessage(text, { failed = false, link } = {}) {
  const message = the(document, "#message");
  message.hidden = !text;
  message.classList.toggle("failed", failed);
  message.textContent = text;
  if (!link) return;
  const anchor = /** @type {HTMLAnchorElement} */ (made("a", "", link.text));
  anchor.href = link.href;
  if (link.newTab) anchor.target = "_blank";
  message.append(" ", anchor);
}

/** @param {boolean} sending it is being handed over, which is not done yet */
export function showSending(sending) {
  const button = the(document, "#submit");
  button.disabled = sending;
  button.textContent = sending ? "正在存…" : "提交";
  the(document, "#items").inert = sending;
}

/** It is in the outbox. */
export function showHandedOver() {
  the(document, "#submit").textContent = "已交出";
}
