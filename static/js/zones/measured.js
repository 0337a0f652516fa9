// Whether premises are near a site: three answers, as the server has them.

import { distance } from "../distance.js";
import { outlineDistance } from "./outline.js";

/** @typedef {import("../distance.js").Located} Located */

/**
 * Whether premises lie inside the radius of a site, or of its outline, given that both positions are uncertain.
 * @param {Located} site
 * @param {Located} premises
 * @param {number} radiusM
 * @returns {{distanceM: number, uncertaintyM: number, within: "inside"|"outside"|"uncertain"}}
 */
export function measured(site, premises, radiusM) {
  const distanceM = site.outline ? outlineDistance(site.outline, premises) : distance(site, premises);
  const uncertaintyM = site.accuracy_m + premises.accuracy_m;
  const within =
    distanceM + uncertaintyM <= radiusM ? "inside" : distanceM - uncertaintyM > radiusM ? "outside" : "uncertain";
  return { distanceM, uncertaintyM, within };
}
