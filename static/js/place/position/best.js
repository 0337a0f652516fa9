// Which of several fixes to use for a moment. Pure rules.
//
// The newest fix is not always the best one: between two of 8 m a phone may well give one of 60 m. An earlier fix is
// used in place of the one nearest to the moment where
//   1. it is at most STILL_MS away from that one,
//   2. it lies inside that one's circle, so nothing says that the phone has moved, and
//   3. even if the phone has been carried away at walking speed (or at the speed it reports), it is the surer one:
//      accuracy + speed × time is smaller.
// So 8 m beats a newer 60 m for 15 seconds, and 20 m beats 25 m for three.

import { distance } from "../distance.js";

/** @typedef {{lat: number, lon: number, accuracy_m: number, source: "browser"|"manual", at: string}} Fix WGS-84 */
/** @typedef {{fix: Fix, takenMs: number, when?: import("../../clock.js").Stamp, speed?: number}} Taken a fix, its time by the phone's clock, metres per second */
/** @typedef {Taken & {how: "best"|"average"|"pin"|"site", keep: boolean}} Chosen what the inspector asked for by hand */

export const STILL_MS = 15_000;
export const WALK_M_S = 1.5;
/** A measured position older than this says nothing about a photo taken now. */
export const FRESH_MS = 120_000;
/** A position set by hand is for the visit under way. */
export const MANUAL_MS = 30 * 60_000;

/**
 * The fix to use for a moment.
 * @param {Taken[]} fixes in any order
 * @param {number} atMs by the phone's clock
 * @returns {Taken|null} one of the fixes; null where there is none
 */
export function bestAt(fixes, atMs) {
  const away = ({ takenMs }) => Math.abs(atMs - takenMs);
  const nearest = least(fixes, away);
  if (!nearest) return null;
  const speed = Math.max(WALK_M_S, nearest.speed ?? 0);
  const able = fixes.filter(
    (one) =>
      one === nearest ||
      (Math.abs(one.takenMs - nearest.takenMs) <= STILL_MS && distance(one.fix, nearest.fix) <= nearest.fix.accuracy_m),
  );
  return least(able, (one) => one.fix.accuracy_m + (Math.max(speed, one.speed ?? 0) * away(one)) / 1000);
}

/**
 * The surest of the fixes of a short wait on the spot: the most accurate one from which the last one does not say that
 * the phone has moved on.
 * @param {Taken[]} fixes
 * @returns {Taken|null}
 */
export function surest(fixes) {
  const last = least(fixes, ({ takenMs }) => -takenMs);
  if (!last) return null;
  const here = fixes.filter(({ fix }) => distance(fix, last.fix) <= fix.accuracy_m + last.fix.accuracy_m);
  return least(here, ({ fix }) => fix.accuracy_m);
}

/**
 * Whether what the inspector chose stands when a new fix arrives. What was set by hand gives way, unless it is to be
 * kept. What was measured stands until it is old, the phone has moved, or (a single fix) a surer one is there.
 * @param {Chosen} chosen
 * @param {Taken} fresh
 */
export function stands(chosen, fresh) {
  if (isManual(chosen)) return chosen.keep;
  if (fresh.takenMs - chosen.takenMs > FRESH_MS) return false;
  if (distance(chosen.fix, fresh.fix) > chosen.fix.accuracy_m + fresh.fix.accuracy_m) return false;
  return chosen.how === "average" || fresh.fix.accuracy_m > chosen.fix.accuracy_m;
}

/** @param {Chosen} chosen */
export const isManual = ({ how }) => how === "pin" || how === "site";

/** @param {Chosen} chosen @param {number} nowMs */
export const isCurrent = (chosen, nowMs) => nowMs - chosen.takenMs < (isManual(chosen) ? MANUAL_MS : FRESH_MS);

/**
 * @template T
 * @param {T[]} list
 * @param {(one: T) => number} size
 * @returns {T|null} the first of those with the least size
 */
function least(list, size) {
  let found = /** @type {T|null} */ (null);
  let smallest = Infinity;
  for (const one of list) {
    if (size(one) < smallest) [found, smallest] = [one, size(one)];
  }
  return found;
}
