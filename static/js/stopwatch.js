// How long something was watched, over pauses.

/** @typedef {{elapsedMs: number, since: number|null}} Stopwatch `since` is when it was last started; null while paused */

/**
 * @param {number} elapsedMs time already run
 * @returns {Stopwatch}
 */
export const stopped = (elapsedMs = 0) => ({ elapsedMs, since: null });

/**
 * @param {Stopwatch} watch
 * @param {number} now
 * @returns {Stopwatch} running if it was paused, paused if it was running
 */
export function toggled(watch, now) {
  return watch.since === null ? { ...watch, since: now } : stopped(elapsed(watch, now));
}

/**
 * @param {Stopwatch} watch
 * @param {number} now
 * @returns {number} milliseconds run so far
 */
export function elapsed(watch, now) {
  return watch.elapsedMs + (watch.since === null ? 0 : Math.max(0, now - watch.since));
}
