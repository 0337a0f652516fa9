// Occurrences: less, more, none, not applicable.

import { tap, the } from "../../fields.js";

/**
 * @param {HTMLElement} element the item's
 * @param {() => void} changed
 * @returns {() => void} shows what the fields say
 */
export function beginStepper(element, changed) {
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
  return () => none.setAttribute("aria-pressed", String(!notApplicable.checked && /^0+$/.test(input.value.trim())));
}
