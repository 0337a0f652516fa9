// Phrases that somebody has used on this phone. They never leave it.

import { PHRASES } from "../words.js";
import { forgotten, ownOf, remembered } from "./text.js";

/** @typedef {import("./text.js").Own} Own */

/**
 * @param {string} owner who is signed in: others on this phone do not see them
 */
export function ownPhrases(owner) {
  const name = PHRASES + owner;
  /** @returns {Own} */
  const read = () => {
    try {
      const kept = JSON.parse(localStorage.getItem(name) ?? "[]");
      return Array.isArray(kept) ? kept.filter((one) => Array.isArray(one) && one.length === 2 && one.every((text) => typeof text === "string")) : [];
    } catch {
      return [];
    }
  };
  /** @param {Own} own */
  const write = (own) => {
    try {
      localStorage.setItem(name, JSON.stringify(own));
    } catch {
      // No room, or a private window: then they are typed again.
    }
  };
  return {
    /** @param {string} key */
    of: (key) => ownOf(read(), key),
    /** @param {string} key @param {string} text @param {string[]} known */
    remember: (key, text, known) => write(remembered(read(), key, text, known)),
    /** @param {string} key @param {string} phrase */
    forget: (key, phrase) => write(forgotten(read(), key, phrase)),
  };
}
