// 「其余都合格」: the open items get their fine answer, after a look at which ones, and not for ever.

import { valueOf } from "../../checklists/answers.js";
import { made, readFields, the } from "../../fields.js";

/** @typedef {import("../../checklists/answers.js").Item} Item */

const UNDO_MS = 10_000;

/** What fine means, by method. Shares and measurements have to be observed; they are left open. */
const FINE = {
  compliance: (element) => check(element.querySelector('input[type=radio][value="pass"]')),
  occurrences: (element, name) => write(element.querySelector(`input[name="${name}.value"]`), "0"),
  grade: (element, _name, item) => {
    const best = [...item.rule.grades].sort((a, b) => b.score - a.score)[0].key;
    check(element.querySelector(`input[type=radio][value="${CSS.escape(best)}"]`));
  },
  proximity: (element) => check(element.querySelector(".choice-pass input")),
};

/**
 * @param {object} options
 * @param {HTMLFormElement} options.form
 * @param {Item[]} options.items
 * @param {(id: string) => HTMLElement} options.elementOf
 * @param {() => void} options.changed
 */
export function beginRest({ form, items, elementOf, changed }) {
  const button = the(document, "#rest");
  const dialog = the(document, "#rest-dialog");
  const undo = the(document, "#rest-undo");
  /** @type {ReturnType<typeof setTimeout>|undefined} */
  let timer;
  /** @type {{item: Item, value: string}[]} */
  let filled = [];

  const valueNow = (item) => JSON.stringify(valueOf(item, readFields(form)));
  const open = () => {
    const fields = readFields(form);
    return items.filter((item) => FINE[item.method] && item.photo !== "always" && valueOf(item, fields) === undefined);
  };
  const hideUndo = () => {
    clearTimeout(timer);
    undo.hidden = true;
  };
  button.addEventListener("click", () => {
    const wanted = open();
    the(dialog, "#rest-title").textContent = wanted.length ? `其余 ${wanted.length} 项都合格？` : "没有可以一并填写的项目";
    the(dialog, "#rest-items").replaceChildren(...wanted.map((item) => made("li", "", item.text)));
    the(dialog, "[value=yes]").hidden = !wanted.length;
    dialog.returnValue = "no";
    dialog.showModal();
  });
  dialog.addEventListener("close", () => {
    if (dialog.returnValue !== "yes") return;
    const items = open();
    for (const item of items) {
      FINE[item.method](elementOf(item.id), `answers.${item.id}`, item);
      bulk(elementOf(item.id)).value = "y";
    }
    filled = items.map((item) => ({ item, value: valueNow(item) }));
    undo.textContent = `撤销刚填的 ${filled.length} 项`;
    undo.hidden = false;
    timer = setTimeout(hideUndo, UNDO_MS);
    changed();
  });
  undo.addEventListener("click", () => {
    // What was answered otherwise since stays.
    for (const { item, value } of filled) if (valueNow(item) === value) clear(elementOf(item.id));
    hideUndo();
    changed();
  });
  // Whoever answers an item by hand has looked at it.
  form.addEventListener("input", (event) => {
    const element = /** @type {HTMLElement} */ (event.target).closest(".item");
    if (element) bulk(element).value = "";
  });
}

const bulk = (element) => the(element, "[data-bulk]");

function check(input) {
  if (input) input.checked = true;
}

function write(input, value) {
  if (input) input.value = value;
}

/** @param {HTMLElement} element of an item that was open before */
function clear(element) {
  bulk(element).value = "";
  for (const input of element.querySelectorAll("input[type=radio], .choices input[type=checkbox]")) {
    /** @type {HTMLInputElement} */ (input).checked = false;
  }
  write(element.querySelector(".step-value input"), "");
}
