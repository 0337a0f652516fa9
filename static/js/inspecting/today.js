// What forms need to know of each site, kept on the phone so that they open without the network, and forgotten with the
// pages when nobody is signed in any more.

import { ROOT, rooted } from "../root.js";
import { edited } from "../edits.js";
import { PAGES } from "./caching.js";
import { storage } from "./storage/database.js";
import { forgetWords } from "./words.js";

/** @typedef {{name: string, type: string, area: string, area_code?: string, place: import("../place/distance.js").Located|null}} TodaySite */
/** @typedef {{app: string, inspector: string, week: string, sites: Record<string, TodaySite>, forms: Record<string, string>, references?: string[], outlines: string, school_zone?: {type: string, radius_m: number}}} Today */

const known = edited(/** @type {Today|null} */ (null));

/**
 * Ask the server, and keep the answer.
 * @returns {Promise<Today|null>} null where the server cannot be asked, or nobody is signed in
 */
export async function fetchToday() {
  const take = known.ask();
  try {
    const response = await fetch(rooted("/field/today.json"), { credentials: "same-origin", redirect: "manual", cache: "no-store" });
    if (isShutOut(response)) await forgetLists();
    const today = response.type === "basic" && response.ok ? await response.json() : null;
    if (typeof today?.forms !== "object" || !take(today)) return null;
    const db = await storage();
    await db.write([{ put: "kept", value: { name: "today", value: today } }]);
    return today;
  } catch {
    return null;
  }
}

/** @returns {Promise<Today|null>} as last kept */
export async function keptToday() {
  const db = await storage();
  return (await db.get("kept", "today"))?.value ?? null;
}

/**
 * Whether an answer shows that this phone is signed in no more: our pages lead nowhere but to the login.
 * @param {Response} response to a request that follows no redirects
 */
export const isShutOut = ({ type, status }) => type === "opaqueredirect" || status === 401;

/** Nobody is signed in any more: lists and pages are not for whoever holds the phone. Unsent work stays. */
export async function forgetLists() {
  known.edit(null);
  forgetWords();
  const db = await storage();
  const forgotten = ["today", "route"].map((key) => ({ remove: /** @type {const} */ ("kept"), key }));
  await Promise.all([globalThis.caches?.delete(PAGES), db.write(forgotten)]);
}

/** The code in the address of a site's form; "" elsewhere. @param {string} path */
export function codeIn(path) {
  const found = path.startsWith(ROOT) && /^\/field\/sites\/([^/]+)$/.exec(path.slice(ROOT.length));
  return found ? decodeURIComponent(found[1]) : "";
}

/** The version of a checklist in the address of a form that was begun with it; "" elsewhere. @param {string} search */
export const versionIn = (search) => new URLSearchParams(search).get("version") ?? "";

/**
 * Whether the form of a site that is kept is one of this version of its checklist.
 * @param {Today|null} today
 * @param {string} code
 * @param {string} version
 */
export const isToday = (today, code, version) => Boolean(today?.forms[today.sites[code]?.type]?.includes(`v=${version}-`));
