// One position out of several fixes taken on one spot. Pure rules.

import { distance, eastNorth, pointAt } from "../distance.js";

/** @typedef {import("./best.js").Taken} Taken */

/** Some devices claim to be exact. */
const LEAST_M = 1;
const claim = ({ fix }) => Math.max(fix.accuracy_m, LEAST_M);

/**
 * The mean of fixes, each weighted by 1 / accuracy², with a bound of its error.
 *
 * The errors of a phone's fixes go together (the same satellites, the same walls), so the bound does not shrink with
 * their number. If each fix is as good as it claims, the error of the mean is at most the weighted mean of the claims.
 * Where the fixes lie farther apart than they claim, the bound is widened until it agrees with each of them.
 * @param {Taken[]} fixes
 * @returns {{lat: number, lon: number, accuracy_m: number}|null} null of none
 */
export function average(fixes) {
  if (!fixes.length) return null;
  const origin = fixes[0].fix;
  const weights = fixes.map((one) => claim(one) ** -2);
  const all = sum(weights);
  const mean = (values) => sum(values.map((value, index) => value * weights[index])) / all;
  const ways = fixes.map(({ fix }) => eastNorth(origin, fix));
  const centre = pointAt(origin, { east: mean(ways.map(({ east }) => east)), north: mean(ways.map(({ north }) => north)) });
  const claimed = mean(fixes.map(claim));
  const contradicted = Math.max(...fixes.map((one) => distance(centre, one.fix) - claim(one)));
  return { ...centre, accuracy_m: Math.max(claimed, contradicted) };
}

/**
 * Whether the phone has been carried on while these were taken: two of them cannot both be right about one spot.
 * @param {Taken[]} fixes
 */
export const haveMoved = (fixes) =>
  fixes.some((a, index) => fixes.slice(index + 1).some((b) => distance(a.fix, b.fix) > claim(a) + claim(b)));

const sum = (values) => values.reduce((total, value) => total + value, 0);
