// Small choices that outlive the page. A browser may refuse to keep anything; then they are for this page only.

/** @param {Storage} storage @param {string} name @param {string} value */
export function remember(storage, name, value) {
  try {
    storage.setItem(name, value);
  } catch {
    // Not remembered, then.
  }
}

/** @param {Storage} storage @param {string} name @returns {string|null} */
export function remembered(storage, name) {
  try {
    return storage.getItem(name);
  } catch {
    return null;
  }
}
