// Whether premises are near a site, measured from its boundary, from its gate or on foot: three answers, as
// domain/zones/judging.py has them. The server measures again and its answer counts.

import { distance } from "../place/distance.js";
import { outlineDistance, outlineReach } from "./outline.js";

/** @typedef {import("../place/distance.js").Located} Located */
/** @typedef {"boundary"|"gate"|"walk"} Measure */
/** @typedef {{metres: number, by: "wheel"|"track", ends_m?: number}} Walk */
/** @typedef {{id: string, label: string, banned: boolean, radius_m?: number, measure?: Measure}} Category */
/** @typedef {{radius_m: number, point_reach_m?: number, categories: Category[]}} Rule an item's */
/**
 * @typedef {object} Judged
 * @property {"inside"|"outside"|"uncertain"} within
 * @property {number} lowM
 * @property {number} highM
 * @property {number} radiusM
 * @property {boolean} bound the way by this measure may be longer
 * @property {Measure} measure
 */

const WALK_ERROR = { wheel: 0.01, track: 0.05 };

/**
 * Whether premises lie inside the radius that an item has for their category.
 * @param {Located} site
 * @param {Located} premises
 * @param {Rule} rule
 * @param {string} category
 * @param {Walk|null} [walk]
 * @returns {Judged}
 */
export function judged(site, premises, rule, category, walk = null) {
  const own = rule.categories.find(({ id }) => id === category);
  const radiusM = own?.radius_m ?? rule.radius_m;
  const measure = own?.measure ?? "boundary";
  const reachM = rule.point_reach_m ?? 0;
  if (measure !== "walk") {
    const [lowM, highM] = straight(site, premises, measure, reachM);
    return { within: answer(lowM, highM, radiusM), lowM, highM, radiusM, bound: false, measure };
  }
  const [lowM, highM] = straight(site, premises, site.gates?.length ? "gate" : "boundary", reachM);
  if (!walk) return { within: lowM > radiusM ? "outside" : "uncertain", lowM, highM, radiusM, bound: true, measure };
  const [low, high] = around(walk.metres, walk.metres * WALK_ERROR[walk.by] + (walk.ends_m ?? 0));
  // No way is shorter than the straight line: such a reading settles nothing.
  const within = high < lowM ? "uncertain" : answer(low, high, radiusM);
  return { within, lowM: low, highM: high, radiusM, bound: false, measure };
}

/** @param {Judged} found @returns {string} like 143±8米 */
export function interval({ lowM, highM, bound }) {
  return `${bound ? "至少" : ""}${((lowM + highM) / 2).toFixed(0)}±${((highM - lowM) / 2).toFixed(0)}米`;
}

/**
 * The least and the greatest that the straight line may be, in metres.
 * @param {Located} site
 * @param {Located} premises
 * @param {Measure} measure
 * @param {number} reachM
 * @returns {[number, number]}
 */
function straight(site, premises, measure, reachM) {
  const unsure = site.accuracy_m + premises.accuracy_m;
  const toGate = site.gates?.length ? Math.min(...site.gates.map((gate) => distance(gate, premises))) : null;
  if (measure === "gate" && toGate !== null) return around(toGate, unsure);
  if (site.outline) {
    const [low, high] = around(outlineDistance(site.outline, premises), unsure);
    // A gate is somewhere on the boundary: between its nearest and its farthest point.
    return [low, measure === "gate" ? outlineReach(site.outline, premises) + unsure : high];
  }
  const [low, high] = around(toGate ?? distance(site, premises), unsure);
  return [Math.max(0, low - reachM), high + (measure === "gate" ? reachM : 0)];
}

/** @param {number} metres @param {number} unsure @returns {[number, number]} */
const around = (metres, unsure) => [Math.max(0, metres - unsure), metres + unsure];

/** @param {number} low @param {number} high @param {number} radiusM @returns {Judged["within"]} */
const answer = (low, high, radiusM) => (high <= radiusM ? "inside" : low > radiusM ? "outside" : "uncertain");
