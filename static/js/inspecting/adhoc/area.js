// The area of a report: proposed by the areas' outlines where the server can be asked, else from the nearest known site;
// never against what the inspector chose.

import { distance } from "../../place/distance.js";
import { rooted } from "../../root.js";
import { made } from "../../fields.js";

const NEAR_M = 1500;
const MOVED_M = 15;
const ASK_TIMEOUT_MS = 8_000;
const LAST = "inspect.adhoc.area";

/**
 * @param {import("../today.js").Today|null} today
 * @param {{lat: number, lon: number}|null} fix
 * @returns {{code: string, site: string, metres: number}|null} of the nearest site, where one is near
 */
export function nearestArea(today, fix) {
  if (!today || !fix) return null;
  /** @type {{code: string, site: string, metres: number}|null} */
  let best = null;
  for (const { name, area_code: code, place } of Object.values(today.sites)) {
    if (!place || !code) continue;
    const metres = distance(fix, place);
    if (metres <= NEAR_M && (!best || metres < best.metres)) best = { code, site: name, metres };
  }
  return best;
}

/** @typedef {{code: string, name: string, distance_m: number}} Candidate */
/** @typedef {{level: string, answer: "inside"|"outside"|"uncertain", candidates: Candidate[]}} Level */
/** @typedef {{area: string|null, name: string|null, levels: Level[]}} Found as the server answers */

/**
 * Ask the server in which area a position lies: at the first fix, then when it moved or became much better.
 * @param {(found: Found) => void} tell
 * @returns {(fix: {lat: number, lon: number, accuracy_m: number}|null) => Promise<void>}
 */
export function beginAsking(tell) {
  /** @type {{lat: number, lon: number, accuracy_m: number}|null} */
  let asked = null;
  return async (fix) => {
    if (!fix || (asked && distance(fix, asked) < MOVED_M && fix.accuracy_m > asked.accuracy_m / 2)) return;
    const before = asked;
    asked = fix;
    const query = new URLSearchParams({ lat: String(fix.lat), lon: String(fix.lon), accuracy_m: String(fix.accuracy_m) });
    try {
      const response = await fetch(rooted(`/api/v1/areas/at?${query}`), { signal: AbortSignal.timeout?.(ASK_TIMEOUT_MS) });
      if (response.ok && asked === fix) tell(await response.json());
    } catch {
      if (asked === fix) asked = before; // Asked again at the next fix.
    }
  };
}

/**
 * What an answer proposes, and how that is said; null where outlines say nothing of this place.
 * @param {Found} found
 * @returns {{codes: string[], why: string}|null} the first code is the best
 */
export function proposalOf({ area, name, levels }) {
  if (area) return { codes: [area], why: `按定位在「${name}」内，请核对` };
  const near = levels.find(({ answer }) => answer === "uncertain");
  if (!near) return null;
  const [first, ...others] = near.candidates;
  const also = others.map((one) => `「${one.name}」（${Math.round(one.distance_m)}米）`).join("、");
  const why = also ? `离边界太近，可能在「${first.name}」或${also}，请核对` : `在「${first.name}」边界附近，请核对`;
  return { codes: near.candidates.map(({ code }) => code), why };
}

/**
 * @param {HTMLSelectElement} select
 * @param {HTMLElement} hint
 * @param {() => void} changed
 */
export function beginArea(select, hint, changed) {
  let own = Boolean(select.value);
  let located = false;
  const offered = (code) => [...select.options].some(({ value }) => value === code);
  const say = (why) => hint.replaceChildren(made("span", "", why));
  select.addEventListener("change", () => {
    own = true;
    hint.replaceChildren();
    remember(select.value);
  });
  return {
    /** @param {string} [code] that a draft has: the inspector chose it before */
    resume: (code = "") => (own ||= code !== "" && offered(code)),
    /** @param {ReturnType<typeof nearestArea>} near */
    propose(near) {
      if (own || located) return;
      const code = near?.code ?? remembered();
      if (!code || select.value === code || !offered(code)) return;
      select.value = code;
      say(near ? `按最近的点位「${near.site}」（${Math.round(near.metres)}米）推断，请核对` : "与上次相同，请核对");
      changed();
    },
    /** What the outlines say stands before the nearest site. @param {Found} found */
    locate(found) {
      const proposal = proposalOf(found);
      const codes = proposal?.codes.filter(offered) ?? [];
      located = codes.length > 0;
      if (own || !proposal || !located) return;
      if (!codes.includes(select.value)) select.value = codes[0];
      say(proposal.why);
      changed();
    },
  };
}

function remember(code) {
  try {
    localStorage.setItem(LAST, code);
  } catch {
    // Then it is chosen again next time.
  }
}

function remembered() {
  try {
    return localStorage.getItem(LAST) ?? "";
  } catch {
    return "";
  }
}
