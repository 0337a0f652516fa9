// The form's fields as plain values, and back.

/** @typedef {import("./checklists/answers.js").Fields} Fields */

/**
 * The answers as they stand in the form.
 * @param {HTMLFormElement} form
 * @returns {Fields}
 */
export function readFields(form) {
  /** @type {Fields} */
  const fields = {};
  // A FormData of a long form takes a slow phone 60 ms; this is done at each tap.
  for (const element of form.elements) {
    const { name, type, value, checked, disabled } = /** @type {HTMLInputElement} */ (element);
    if (!name?.startsWith("answers.") || type === "file" || disabled) continue;
    if (checked || (type !== "radio" && type !== "checkbox")) fields[name] = value;
  }
  return fields;
}

/**
 * Set every answer in the form to what the fields say.
 * @param {HTMLFormElement} form
 * @param {Fields} fields
 */
export function fillFields(form, fields) {
  for (const element of form.elements) {
    const input = /** @type {HTMLInputElement} */ (element);
    if (!input.name?.startsWith("answers.") || input.type === "file") continue;
    if (input.type === "radio" || input.type === "checkbox") input.checked = fields[input.name] === input.value;
    else input.value = fields[input.name] ?? "";
  }
}

/**
 * @param {ParentNode} parent
 * @param {string} selector
 * @returns {any} the one element that must be there
 */
export function the(parent, selector) {
  const found = parent.querySelector(selector);
  if (!found) throw new Error(`the page lacks ${selector}`);
  return found;
}

/**
 * A small element.
 * @param {string} tag
 * @param {string} className
 * @param {string} [text]
 */
export function made(tag, className, text = "") {
  const element = document.createElement(tag);
  element.className = className;
  element.textContent = text;
  return element;
}

/**
 * Tick the one box or choice that must be there.
 * @param {ParentNode} parent
 * @param {string} selector
 */
export function check(parent, selector) {
  the(parent, selector).checked = true;
}

/** A short tap in the hand, where the phone can. */
export const tap = () => navigator.vibrate?.(15);
