// What forms need to know of each site, kept on the phone so that they open without the network.

import { edited } from "../edits.js";
import { storage } from "./storage/database.js";

/** @typedef {{name: string, type: string, area: string, area_code?: string, place: import("../place/distance.js").Located|null}} TodaySite */
/** @typedef {{app: string, inspector: string, week: string, sites: Record<string, TodaySite>, forms: Record<string, string>, school_zone?: {type: string, radius_m: number}}} Today */

const known = edited(/** @type {Today|null} */ (null));

/**
 * Ask the server, and keep the answer.
 * @returns {Promise<Today|null>} null where the server cannot be asked, or nobody is signed in
 */
export async function fetchToday() {
  const take = known.ask();
  try {
    const response = await fetch("/field/today.json", { credentials: "same-origin", redirect: "manual", cache: "no-store" });
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

/** Somebody signs out: their list is not for the next person. */
export async function forgetToday() {
  known.edit(null);
  const db = await storage();
  await db.write([{ remove: "kept", key: "today" }]);
}

/** The code in the address of a site's form; "" elsewhere. @param {string} path */
export function codeIn(path) {
  const found = /^\/field\/sites\/([^/]+)$/.exec(path);
  return found ? decodeURIComponent(found[1]) : "";
}
