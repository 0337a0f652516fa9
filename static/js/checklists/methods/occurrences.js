// Occurrences seen, each of which takes points off.

import { tap, the } from "../../fields.js";
import { number } from "../typed.js";

/** @type {import("../methods.js").Method} */
export const method = {
  read: (read) => number(read("value")),
  problem: (value) => (Number.isInteger(value) && value >= 0 ? "" : "请填写不小于0的整数"),
  failed: (value) => value > 0,
  fine(element) {
    the(element, ".step-value input").value = "0";
  },
  begin: beginStepper,
};

/**
 * Less, more, none, not applicable.
 * @param {HTMLElement} element the item's
 * @param {import("../methods.js").Item} _item
 * @param {import("../methods.js").Page} page
 */
function beginStepper(element, _item, { changed }) {
  const input = /** @type {HTMLInputElement} */ (the(element, ".step-value input"));
  const notApplicable = /** @type {HTMLInputElement} */ (the(element, ".choice-na input"));
  const none = /** @type {HTMLElement} */ (the(element, ".none-found"));
  const set = (count) => {
    input.value = String(Math.max(0, count));
    notApplicable.checked = false;
    tap();
    changed();
  };
  const count = () => Number.parseInt(input.value, 10) || 0;
  the(element, ".step-less").addEventListener("click", () => set(count() - 1));
  the(element, ".step-more").addEventListener("click", () => set(count() + 1));
  none.addEventListener("click", () => set(0));
  input.addEventListener("input", () => {
    notApplicable.checked = false;
  });
  return {
    show: () => none.setAttribute("aria-pressed", String(!notApplicable.checked && /^0+$/.test(input.value.trim()))),
  };
}
