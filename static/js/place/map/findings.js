// Findings as marks whose shape says how they stand, so that they can be told apart without colours as well. Several
// at one place are one mark with their number.

import { made } from "../../fields.js";

/**
 * @typedef {object} Finding
 * @property {string} url
 * @property {string} text
 * @property {string} site
 * @property {string} area
 * @property {"open"|"confirmed"|"rejected"} state
 * @property {string} at
 * @property {number} lat
 * @property {number} lon
 * @property {number} accuracy_m
 * @property {string} [picture]
 */

/** The one that stands for several at a place comes first. @type {Finding["state"][]} */
export const STATES = ["open", "confirmed", "rejected"];
const TITLES = { open: "待复核", confirmed: "已确认", rejected: "已驳回" };
/** Decimals of a degree: about a metre. */
const SAME_PLACE = 5;
const MOST_TOLD = 20;

/** @param {Finding[]} findings @returns {Finding[][]} by place, each the most urgent first */
export function byPlace(findings) {
  /** @type {Map<string, Finding[]>} */
  const places = new Map();
  for (const finding of findings) {
    const place = `${finding.lat.toFixed(SAME_PLACE)} ${finding.lon.toFixed(SAME_PLACE)}`;
    const there = places.get(place);
    if (there) there.push(finding);
    else places.set(place, [finding]);
  }
  for (const there of places.values()) there.sort((a, b) => STATES.indexOf(a.state) - STATES.indexOf(b.state));
  return [...places.values()];
}

/** @param {Finding[]} there @returns {string} what a mark is called */
export const nameOf = (there) => `${TITLES[there[0].state]}：${there[0].text}，${there[0].site}${there.length > 1 ? `，另有 ${there.length - 1} 项` : ""}`;

/** @param {string} at an instant, or the day alone for who is not to know who inspected @param {string} timeZone */
const whenOf = (at, timeZone) =>
  at.length === 10 ? at : new Date(at).toLocaleString("zh-CN", { timeZone, month: "numeric", day: "numeric", hour: "2-digit", minute: "2-digit" });

/** @param {Finding[]} there @param {string} timeZone the city's @returns {HTMLElement} what a mark tells when it is opened */
export function told(there, timeZone) {
  const list = made("ul", "told");
  for (const { url, text, site, area, state, at, accuracy_m, picture } of there.slice(0, MOST_TOLD)) {
    const line = made("li", "told-finding");
    if (picture) {
      const image = document.createElement("img");
      image.src = picture;
      image.alt = "";
      image.loading = "lazy";
      line.append(image);
    }
    const words = made("div", "told-words");
    const link = /** @type {HTMLAnchorElement} */ (made("a", "", text));
    link.href = url;
    const title = made("p", "told-title");
    title.append(made("span", `mark mark-${state}`), `${TITLES[state]} `, link);
    const when = whenOf(at, timeZone);
    words.append(title, made("p", "told-facts", `${site} · ${area} · ${when} · ±${accuracy_m.toFixed(0)}米`));
    line.append(words);
    list.append(line);
  }
  if (there.length > MOST_TOLD) list.append(made("li", "told-facts", `另有 ${there.length - MOST_TOLD} 项`));
  return list;
}
