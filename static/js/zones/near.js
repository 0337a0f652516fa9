// Whether a photo was taken in a school's zone, said at the moment of the photo and without the network.

import { distance } from "../place/distance.js";
import { keptToday } from "../inspecting/today.js";
import { interval, judged } from "./measured.js";

/** Metres; a school whose registered position is farther away is not looked at. */
const FAR_M = 3000;

/**
 * The nearest school in whose zone a position is, or may be.
 * @param {import("../place/distance.js").Located} here
 * @returns {Promise<string>} like 距实验小学边界 143±8米，在200米内; "" where there is none
 */
export async function schoolNear(here) {
  const today = await keptToday();
  const zone = today?.school_zone;
  if (!today || !zone) return "";
  const rule = { radius_m: zone.radius_m, categories: [] };
  const near = Object.values(today.sites)
    .filter(({ type, place }) => type === zone.type && place && distance(place, here) < FAR_M)
    .map(({ name, place }) => ({ name, place, found: judged(/** @type {any} */ (place), here, rule, "") }))
    .filter(({ found }) => found.within !== "outside")
    .sort((a, b) => a.found.lowM + a.found.highM - b.found.lowM - b.found.highM);
  if (!near.length) return "";
  const [{ name, place, found }] = near;
  const from = place?.outline ? "边界" : "登记点";
  const answer = found.within === "inside" ? `在${zone.radius_m}米内` : `疑似在${zone.radius_m}米内`;
  return `距${name}${from} ${interval(found)}，${answer}`;
}
