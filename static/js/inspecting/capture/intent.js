// What the inspector was about to do when the camera opened. On many phones the system ends the page to make room for
// the camera and loads it anew afterwards; the page then comes back to the same item.

const NAME = "inspect.intent";
const VALID_MS = 30 * 60_000;

/** @typedef {{draft: string, item: string, row: string, at: number}} Intent */

/**
 * Kept before the camera opens: writing here is synchronous, and outlives the page's process.
 * @param {Omit<Intent, "at">} intent
 */
export function keepIntent(intent) {
  try {
    localStorage.setItem(NAME, JSON.stringify({ ...intent, at: Date.now() }));
  } catch {
    // The draft is kept all the same; only the place on the page is not.
  }
}

/** The camera has come back, or was closed. */
export function forgetIntent() {
  try {
    localStorage.removeItem(NAME);
  } catch {
    // Then none was kept.
  }
}

/**
 * The intent of a page that was ended while the camera was open. It is given once.
 * @param {string} draft
 * @returns {Intent|null}
 */
export function takeIntent(draft) {
  try {
    const intent = JSON.parse(localStorage.getItem(NAME) ?? "null");
    forgetIntent();
    return intent?.draft === draft && Date.now() - intent.at < VALID_MS ? intent : null;
  } catch {
    return null;
  }
}
