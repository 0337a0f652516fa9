// Whether the browser hears for a remark, apart from what makes it hear: handing a form over waits for the last words.

import { within } from "../../within.js";

/** A browser that has not said its last words by then keeps them. */
const LAST_WORDS_MS = 1_500;

/** @type {{stop: () => void, ended: Promise<void>}|null} */
let heard = null;

/** @param {{stop: () => void, ended: Promise<void>}} next what is heard from now on */
export const hears = (next) => void (heard = next);

/** End to hear. @returns {Promise<void>} once the last words are in their remark, or do not come */
export async function stopHearing() {
  const last = heard;
  heard = null;
  last?.stop();
  await within(LAST_WORDS_MS, last?.ended ?? Promise.resolve()).catch(() => undefined);
}
