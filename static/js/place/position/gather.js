// Fixes of the next half minute, for waiting and averaging.

import { unwatchFix, watchFix } from "../fix.js";

/** @typedef {import("./best.js").Taken} Taken */

/**
 * @param {object} options
 * @param {number} options.ms how long at most
 * @param {(fixes: Taken[], elapsedMs: number) => void} options.onProgress several times a second
 * @param {(fixes: Taken[]) => boolean} options.enough ends it earlier
 * @returns {{fixes: Promise<Taken[]>, stop: () => void}}
 */
export function gather({ ms, onProgress, enough }) {
  /** @type {Taken[]} */
  const fixes = [];
  const start = performance.now();
  let stop = () => undefined;
  const ended = new Promise((resolve) => {
    /** @param {Taken} [fresh] */
    const take = (fresh) => {
      // Some phones give the same fix several times.
      if (!fresh || fixes.some(({ takenMs }) => takenMs === fresh.takenMs)) return;
      fixes.push(fresh);
      if (enough(fixes)) stop();
    };
    stop = () => {
      clearInterval(timer);
      unwatchFix(take);
      resolve(fixes);
    };
    const tick = () => {
      const elapsed = performance.now() - start;
      if (elapsed >= ms) stop();
      else onProgress(fixes, elapsed);
    };
    const timer = setInterval(tick, 200);
    watchFix(take);
    tick();
  });
  return { fixes: ended, stop: () => stop() };
}
