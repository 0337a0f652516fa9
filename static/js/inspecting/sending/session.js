// Who is signed in on this phone, as the server says, or as it last said.

import { clockOffset, useOffset } from "../../clock.js";
import { rooted } from "../../root.js";
import { storage } from "../storage/database.js";
import { forgetLists } from "../today.js";
import { PASSING, request, Unreachable } from "./request.js";

/**
 * @typedef {object} Session
 * @property {string} user
 * @property {string} title
 * @property {string} csrf
 * @property {{id: string, jwk: JsonWebKey}} receipt_key
 * @property {{max_bytes: number, longest_px?: number}} photo
 * @property {{tickets: string[]}} [presence] for this account and the days to come
 * @property {string} app version of the application
 */

/**
 * Ask the server.
 * @returns {Promise<Session|null>} null where nobody is signed in
 * @throws {Unreachable}
 */
export async function askSession() {
  const { status, body } = await request("GET", rooted("/api/v1/session"), { patienceMs: 20_000 });
  if (status === 401) {
    // Signed out, blocked, or a device that was revoked because it is lost.
    await forgetLists().catch(() => undefined);
    return null;
  }
  if (status !== 200 || typeof body?.user !== "string" || !body.receipt_key?.jwk) throw new Unreachable(`HTTP ${status}`, PASSING.has(status) ? status : null);
  const db = await storage();
  const kept = [{ name: "session", value: { ...body, csrf: "" } }, { name: "clock", value: { offset_ms: clockOffset() } }];
  // A full phone must still be able to send.
  await db.write(kept.map((value) => ({ put: /** @type {const} */ ("kept"), value }))).catch(() => undefined);
  return body;
}

/**
 * What an earlier page learnt, without a contact.
 * @returns {Promise<Session|null>}
 */
export async function keptSession() {
  const db = await storage();
  useOffset((await db.get("kept", "clock"))?.value.offset_ms);
  return (await db.get("kept", "session"))?.value ?? null;
}
