// Where the phone was while a page was filled in: some of the fixes that came anyway, spread over the time.

import { thinned } from "../storage/drafts.js";

/** @typedef {import("../../place/fix.js").Fix} Fix */
/** @typedef {import("../storage/drafts.js").Noted} Noted */

const EVERY_MS = 30_000;

/** @param {import("../../place/fix.js").Taken} taken @returns {Noted} */
export const noted = ({ fix, when }) => (when?.error_ms === null ? { ...fix, when } : fix);

export function beginFixes() {
  /** @type {Noted[]} */
  let fixes = [];
  let lastMs = 0;
  return {
    /** @param {import("../../place/fix.js").Taken} [taken] as it was measured */
    note(taken) {
      if (!taken || taken.takenMs - lastMs < EVERY_MS) return;
      lastMs = taken.takenMs;
      // A list of its own each time: what was saved before is compared with what is there now.
      fixes = thinned([...fixes, noted(taken)]);
    },
    all: () => fixes,
    /** @param {Noted[]} [kept] by an earlier page */
    resume(kept = []) {
      fixes = [...kept, ...fixes];
    },
  };
}
