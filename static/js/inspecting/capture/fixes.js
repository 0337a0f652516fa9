// Where the phone was while a page was filled in: some of the fixes that came anyway, spread over the time.

/** @typedef {import("../../place/fix.js").Fix} Fix */

const EVERY_MS = 30_000;
const MOST = 40;

export function beginFixes() {
  /** @type {Fix[]} */
  let fixes = [];
  let lastMs = 0;
  return {
    /** @param {import("../../place/fix.js").Taken} [taken] as it was measured */
    note(taken) {
      if (!taken || taken.takenMs - lastMs < EVERY_MS) return;
      lastMs = taken.takenMs;
      fixes.push(taken.fix);
      if (fixes.length > MOST) fixes = fixes.filter((_, number) => number % 2 === 0);
    },
    all: () => fixes,
    /** @param {Fix[]} [kept] by an earlier page */
    resume(kept = []) {
      fixes = [...kept, ...fixes];
    },
  };
}
