// The text of a remark: phrases put into it and taken out again, what was said at the caret, phrases of one's own.

const BETWEEN = "；";
const ENDS = /[；;、，,。.！!？?：:\s]$/;
const PARTS = /[；;。\n]/;
/** So many phrases of one's own are kept of an item, and so many in all; longer ones are sentences, not phrases. */
const MOST_OF_ITEM = 6;
const MOST = 200;
const LONGEST = 30;

/** @param {string} text @returns {string[]} */
const parts = (text) => text.split(PARTS).map((part) => part.trim());

/** @param {string} text @param {string} phrase */
export const holds = (text, phrase) => parts(text).includes(phrase);

/**
 * The text with the phrase behind it; as it was where it would be too long.
 * @param {string} text @param {string} phrase @param {number} most characters
 */
export function withPhrase(text, phrase, most) {
  const before = text.trimEnd();
  const longer = `${before}${before && !ENDS.test(before) ? BETWEEN : ""}${phrase}`;
  return longer.length > most ? text : longer;
}

/** The text without the phrase, its other words untouched. @param {string} text @param {string} phrase */
export function withoutPhrase(text, phrase) {
  const signs = text.split(/([；;。\n])/);
  const at = signs.findIndex((part, number) => number % 2 === 0 && part.trim() === phrase);
  if (at < 0) return text;
  // The sign behind it goes with it; of the last one, the sign before.
  signs.splice(at + 1 < signs.length ? at : Math.max(0, at - 1), 2);
  return signs.join("");
}

/**
 * What was said, put in place of what is selected.
 * @param {string} text @param {number} start @param {number} end @param {string} said @param {number} most
 * @returns {{text: string, caret: number}} cut off where it would be too long
 */
export function withSaid(text, start, end, said, most) {
  const room = Math.max(0, most - text.length + end - start);
  const fits = [...said.trim()].reduce((kept, sign) => (kept.length + sign.length > room ? kept : kept + sign), "");
  return { text: text.slice(0, start) + fits + text.slice(end), caret: start + fits.length };
}

/** @typedef {[key: string, phrase: string][]} Own phrases of one's own, the newest first; `key` says of which item */

/** @param {Own} own @param {string} key @returns {string[]} */
export const ownOf = (own, key) => own.filter(([of]) => of === key).map(([, phrase]) => phrase);

/**
 * The phrases of a remark that was used are one's own, but for those that the checklist has.
 * @param {Own} own @param {string} key @param {string} text @param {string[]} known @returns {Own}
 */
export function remembered(own, key, text, known) {
  const used = [...new Set(parts(text))].filter((part) => part.length > 1 && part.length <= LONGEST && !known.includes(part));
  const older = ownOf(own, key).filter((phrase) => !used.includes(phrase));
  /** @type {Own} */
  const mine = [...used, ...older].slice(0, MOST_OF_ITEM).map((phrase) => [key, phrase]);
  return [...mine, ...own.filter(([of]) => of !== key)].slice(0, MOST);
}

/** @param {Own} own @param {string} key @param {string} phrase @returns {Own} */
export const forgotten = (own, key, phrase) => own.filter(([of, one]) => of !== key || one !== phrase);
