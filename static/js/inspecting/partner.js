// Who goes along today (同行人): chosen on the list, kept on the phone for the day, and filled in on every form that is
// begun that day.

import { PARTNER } from "./words.js";
import { remember, remembered } from "../place/sites/remembered.js";

const today = () => new Date().toDateString();

/** @typedef {{owner: string, day: string, name: string, title: string}} Choice */

/** @param {string} owner who is signed in @returns {Choice|null} the choice of today */
function chosen(owner) {
  try {
    const kept = JSON.parse(remembered(localStorage, PARTNER) ?? "null");
    return kept?.owner === owner && kept.day === today() && kept.name ? kept : null;
  } catch {
    return null;
  }
}

/** On the list. @param {HTMLSelectElement|null} field */
export function beginPartner(field) {
  if (!field) return;
  const owner = field.dataset.owner ?? "";
  field.value = chosen(owner)?.name ?? "";
  // Nobody by that name may go along any more.
  if (field.selectedIndex < 0) field.value = "";
  field.addEventListener("change", () => {
    const { value: name, selectedOptions } = field;
    remember(localStorage, PARTNER, JSON.stringify({ owner, day: today(), name, title: selectedOptions[0].dataset.title }));
  });
}

/** On a form that is begun. @param {HTMLSelectElement|null} field @param {string} owner */
export function fillPartner(field, owner) {
  const choice = chosen(owner);
  if (field && !field.value && choice) put(field, choice.name, choice.title);
}

/**
 * A form may have been kept before there was such an account: it is an option all the same.
 * @param {HTMLSelectElement} field @param {string} name @param {string} [title]
 */
export function put(field, name, title = name) {
  if (name && ![...field.options].some(({ value }) => value === name)) field.add(new Option(title, name));
  field.value = name;
}
