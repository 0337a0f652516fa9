// The form's fields as plain values, and back.

/** @typedef {import("./checklists/answers.js").Fields} Fields */

/** @param {any} element */
const isAnswer = (element) => (element.name?.startsWith("answers.") || element.name === "note") && element.type !== "file";

/** @param {HTMLInputElement} input */
export const isOn = (input) => (input.type !== "radio" && input.type !== "checkbox") || input.checked;

/**
 * The answers as they stand in the form.
 * @param {HTMLFormElement} form
 * @returns {Fields}
 */
export const readFields = (form) => taken({}, form.elements);

/**
 * The same, where nothing was changed since but in one part of the form: of the others nothing is asked. A long form has
 * two thousand fields, and this is done at each tap.
 * @param {Fields} known as they were
 * @param {Element} part with the `data-item` that the names of its fields begin with
 * @returns {Fields}
 */
export function readPart(known, part) {
  const elements = part.querySelectorAll("[name]");
  const names = new Set(Array.from(elements, (element) => element.getAttribute("name")));
  // A row that was removed has left its names.
  const gone = `answers.${part.getAttribute("data-item")}.`;
  const others = Object.entries(known).filter(([name]) => !names.has(name) && !name.startsWith(gone));
  return taken(Object.fromEntries(others), elements);
}

/** @param {Fields} fields added to @param {Iterable<Element>} elements @returns {Fields} */
function taken(fields, elements) {
  // A FormData of a long form takes a slow phone 60 ms; an element is asked for no more than it must be.
  for (const element of elements) {
    const input = /** @type {HTMLInputElement} */ (element);
    if (isAnswer(input) && isOn(input) && !input.disabled) fields[input.name] = input.value;
  }
  return fields;
}

/**
 * What somebody has entered already, before the page's script was ready for it.
 * @param {HTMLFormElement} form as it came, but for that
 * @returns {Element[]}
 */
export const entered = (form) => [...form.elements].filter((element) => isAnswer(element) && isEntered(element));

/** Tell the page's script of what was entered before. @param {Element[]} elements */
export const enterAgain = (elements) => elements.forEach((element) => element.dispatchEvent(new Event("input", { bubbles: true })));

/** @param {any} element */
function isEntered({ type, value, defaultValue, checked, defaultChecked, options }) {
  if (type === "radio" || type === "checkbox") return checked !== defaultChecked;
  return value !== (options ? ([...options].find((option) => option.defaultSelected) ?? options[0])?.value : defaultValue);
}

/**
 * Set every answer in the form to what the fields say, but for what somebody has entered meanwhile.
 * @param {HTMLFormElement} form
 * @param {Fields} fields
 */
export function fillFields(form, fields) {
  const newer = new Set(entered(form).map((element) => element.getAttribute("name")));
  for (const element of form.elements) {
    const input = /** @type {HTMLInputElement} */ (element);
    if (!isAnswer(input) || newer.has(input.name)) continue;
    if (input.type === "radio" || input.type === "checkbox") input.checked = fields[input.name] === input.value;
    else input.value = fields[input.name] ?? "";
  }
}

/**
 * Set what was changed elsewhere, but for what was changed here as well.
 * @param {HTMLFormElement} form
 * @param {Fields} was as the form had it
 * @param {Fields} theirs as it is elsewhere
 */
export function fillChanged(form, was, theirs) {
  const here = readFields(form);
  for (const element of form.elements) {
    const input = /** @type {HTMLInputElement} */ (element);
    const { name, type, value } = input;
    // A row that was added for it is there, and empty.
    if (!isAnswer(input) || was[name] === theirs[name] || (here[name] ?? "") !== (was[name] ?? "")) continue;
    if (type === "radio" || type === "checkbox") input.checked = theirs[name] === value;
    else input.value = theirs[name] ?? "";
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
 * Have an element say a text. Where it does already, nothing of the page is laid out anew.
 * @param {Element} element
 * @param {string} text
 */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
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
