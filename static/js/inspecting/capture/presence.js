// What an inspection says of where the phone was: its fixes, and the tickets that the server gave this account beforehand
// (docs/develop/presence.md). It asks nothing of the inspector, and is less where the phone knows less.

import { newId } from "../../hash.js";
import { lastMeasured } from "../../place/fix.js";
import { keptSession } from "../sending/session.js";
import { storage } from "../storage/database.js";
import { noted } from "./fixes.js";
import { fixesSent } from "./sent.js";

/** @typedef {import("../storage/drafts.js").Draft} Draft */
/** @typedef {import("../sending/session.js").Session} Session */

const DAY_MS = 86_400_000;

/**
 * @param {Draft} draft
 * @returns {Promise<{tickets: string[], fixes: import("../../place/fix.js").Fix[], phone: string}>}
 */
export async function presenceOf(draft) {
  const fixes = [...(draft.fixes ?? [])];
  const last = lastMeasured();
  if (last && last.fix.at !== fixes[fixes.length - 1]?.at) fixes.push(noted(last));
  return { tickets: await ticketsOf(draft), fixes: fixesSent(fixes), phone: await phone() };
}

/**
 * Those of its day and the days beside it; the day is the city's, and the phone may be in another zone. All of them where
 * nobody knows how wrong the phone's clock is: the server may find another day. A page asks for them when it opens and when
 * the network is back: whoever hands a form over does not wait for them.
 * @param {Draft} draft
 */
async function ticketsOf({ inspector, started_at, began }) {
  const days = [-1, 0, 1].map((days) => new Date(Date.parse(started_at) + days * DAY_MS).toISOString().slice(0, 10));
  const fits = (/** @type {string} */ ticket) => began?.error_ms === null || days.includes(ticket.slice(0, 10));
  const of = (/** @type {Session|null} */ session) =>
    session?.user === inspector ? (session.presence?.tickets ?? []).filter(fits) : [];
  return of(await keptSession());
}

/** What this browser calls itself, whoever is signed in. */
async function phone() {
  const db = await storage();
  const found = (await db.get("kept", "phone"))?.value;
  if (found) return found;
  const made = newId();
  await db.write([{ put: "kept", value: { name: "phone", value: made } }]).catch(() => undefined);
  return made;
}
