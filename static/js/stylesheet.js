// Styles of what is seldom opened, loaded with it.

import { fileAt } from "./root.js";

/** @type {Map<string, Promise<void>>} */
const loading = new Map();

/**
 * Have a style sheet of static/css on the page. Without it (no network, and not kept) things look plain but work;
 * it is asked for again the next time.
 * @param {string} name for example "place/position.css"
 * @returns {Promise<void>} once it applies, or does not arrive
 */
export function stylesheet(name) {
  const found =
    loading.get(name) ??
    new Promise((resolve) => {
      const link = document.createElement("link");
      link.rel = "stylesheet";
      link.href = fileAt(`css/${name}`);
      link.onload = () => resolve(undefined);
      link.onerror = () => {
        loading.delete(name);
        link.remove();
        resolve(undefined);
      };
      document.head.append(link);
    });
  loading.set(name, found);
  return found;
}
