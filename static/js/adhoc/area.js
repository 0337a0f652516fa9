// The area of a report: proposed from the nearest known site, never against what the inspector chose.

import { distance } from "../distance.js";
import { made } from "../form/fields.js";

const NEAR_M = 1500;
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

/**
 * @param {HTMLSelectElement} select
 * @param {HTMLElement} hint
 * @param {() => void} changed
 */
export function beginArea(select, hint, changed) {
  let own = Boolean(select.value);
  select.addEventListener("change", () => {
    own = true;
    hint.replaceChildren();
    remember(select.value);
  });
  return {
    /** The inspector chose it before. */
    resume: () => (own = Boolean(select.value)),
    /** @param {ReturnType<typeof nearestArea>} near */
    propose(near) {
      if (own) return;
      const code = near?.code ?? remembered();
      if (!code || select.value === code || ![...select.options].some(({ value }) => value === code)) return;
      select.value = code;
      const why = near ? `按最近的点位「${near.site}」（${Math.round(near.metres)}米）推断，请核对` : "与上次相同，请核对";
      hint.replaceChildren(made("span", "", why));
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
