// What stands under a remark: phrases that one tap writes, and speech to text. Loaded when a remark is first opened.

import { made, tap } from "../../fields.js";
import { stylesheet } from "../../stylesheet.js";
import { ownPhrases } from "./own.js";
import { canHear, hear } from "./speech.js";
import { holds, withPhrase, withoutPhrase } from "./text.js";

/** @typedef {import("../remarks.js").Remarks} Remarks */

/** @param {HTMLFormElement} form @param {Remarks} remarks */
export function beginTools(form, { owner, checklist, itemOf }) {
  void stylesheet("inspecting/remarks.css");
  const own = ownPhrases(owner);
  /** @type {Map<HTMLTextAreaElement, () => void>} */
  const shown = new Map();
  /** @param {HTMLTextAreaElement} remark */
  const about = (remark) => {
    const item = checklist.items.find(({ id }) => id === itemOf(remark));
    return { key: `${checklist.id}/${item?.id ?? ""}`, known: item?.phrases ?? [] };
  };
  form.addEventListener("submit", () => {
    for (const remark of shown.keys()) {
      const { key, known } = about(remark);
      if (remark.value.trim()) own.remember(key, remark.value, known);
    }
  });
  // Another kind of report has other phrases, and what is typed marks those that stand there already.
  form.addEventListener("input", () => shown.forEach((show) => show()));

  /** @param {HTMLTextAreaElement} remark */
  return function open(remark) {
    if (shown.has(remark)) return shown.get(remark)?.();
    const chips = made("ul", "phrases");
    chips.setAttribute("aria-label", "常用语");
    let last = "";
    const show = () => {
      const { key, known } = about(remark);
      const mine = own.of(key).filter((phrase) => !known.includes(phrase));
      const state = JSON.stringify([key, mine, [...known, ...mine].map((phrase) => holds(remark.value, phrase))]);
      if (state === last) return;
      last = state;
      const focused = document.activeElement?.closest(".phrase")?.textContent;
      chips.hidden = !known.length && !mine.length;
      const forget = (phrase) => {
        own.forget(key, phrase);
        show();
      };
      chips.replaceChildren(...known.map((phrase) => chip(remark, phrase)), ...mine.map((phrase) => chip(remark, phrase, forget)));
      /** @type {HTMLElement|undefined} */ ([...chips.querySelectorAll(".phrase")].find(({ textContent }) => textContent === focused))?.focus();
    };
    shown.set(remark, show);
    remark.after(chips);
    if (canHear()) chips.after(hearing(remark, owner));
    show();
  };
}

/** @param {HTMLTextAreaElement} remark @param {string} text */
function write(remark, text) {
  remark.value = text;
  remark.dispatchEvent(new Event("input", { bubbles: true }));
}

/** @param {HTMLTextAreaElement} remark @param {string} phrase @param {(phrase: string) => void} [forget] of one's own */
function chip(remark, phrase, forget) {
  const line = made("li", "");
  const there = holds(remark.value, phrase);
  const button = made("button", "phrase", phrase);
  button.setAttribute("type", "button");
  button.setAttribute("aria-pressed", String(there));
  button.addEventListener("click", () => {
    write(remark, there ? withoutPhrase(remark.value, phrase) : withPhrase(remark.value, phrase, remark.maxLength));
    tap();
  });
  line.append(button);
  if (!forget) return line;
  const cross = made("button", "phrase-forget", "×");
  cross.setAttribute("type", "button");
  cross.setAttribute("aria-label", `不再列出「${phrase}」`);
  cross.addEventListener("click", () => forget(phrase));
  line.append(cross);
  return line;
}

/** @param {HTMLTextAreaElement} remark @param {string} owner */
function hearing(remark, owner) {
  const line = made("p", "hearing");
  const button = made("button", "button button-small", "说话转文字");
  button.setAttribute("type", "button");
  button.setAttribute("aria-pressed", "false");
  const said = made("span", "hint");
  said.setAttribute("role", "status");
  button.addEventListener("click", () => hear({ remark, owner, button, said, write }));
  line.append(button, said);
  return line;
}
