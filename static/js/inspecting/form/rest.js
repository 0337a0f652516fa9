// 「其余都合格」: the open items get their fine answer, after a look at which ones, and not for ever.

import { valueOf } from "../../checklists/answers.js";
import { methodOf } from "../../checklists/methods.js";
import { openDialog } from "../../dialog.js";
import { made, readFields, the } from "../../fields.js";

/** @typedef {import("../../checklists/answers.js").Item} Item */

const UNDO_MS = 10_000;

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
    return items.filter((item) => methodOf(item).fine && item.photo !== "always" && valueOf(item, fields) === undefined);
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
    openDialog(dialog);
  });
  dialog.addEventListener("close", () => {
    if (dialog.returnValue !== "yes") return;
    const wanted = open();
    for (const item of wanted) {
      methodOf(item).fine?.(elementOf(item.id), item);
      bulk(elementOf(item.id)).value = "y";
    }
    filled = wanted.map((item) => ({ item, value: valueNow(item) }));
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

/** @param {HTMLElement} element of an item that was open before */
function clear(element) {
  bulk(element).value = "";
  for (const input of element.querySelectorAll("input[type=radio], .choices input[type=checkbox]")) {
    /** @type {HTMLInputElement} */ (input).checked = false;
  }
  for (const input of element.querySelectorAll('input[name$=".value"]:not([type=radio])')) {
    /** @type {HTMLInputElement} */ (input).value = "";
  }
}
