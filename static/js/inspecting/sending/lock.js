// One sender at a time among all pages and the service worker of this phone.

import { newId } from "../../hash.js";
import { ROOT } from "../../root.js";
import { storage } from "../storage/database.js";

const NAME = `inspect-outbox${ROOT}`;
const LEASE_MS = 60_000;
/** A page that the system has frozen may keep its lock for ever; one that works shows a sign of life more often. */
const DEAD_MS = 10 * 60_000;

/**
 * @template T
 * @param {(alive: () => Promise<void>) => Promise<T>} work calls `alive` now and then
 * @returns {Promise<T|null>} null where somebody else is at it
 */
export async function alone(work) {
  return navigator.locks ? byLock(work) : byLease(work);
}

async function byLock(work) {
  const db = await storage();
  const sign = () => db.write([{ put: "kept", value: { name: "lease", value: { at: Date.now() } } }]).catch(() => undefined);
  const held = (lock) => (lock ? sign().then(() => work(sign)) : null);
  const done = await navigator.locks.request(NAME, { ifAvailable: true }, held);
  if (done !== null) return done;
  const last = (await db.get("kept", "lease"))?.value.at ?? 0;
  if (Math.abs(Date.now() - last) < DEAD_MS) return null;
  return navigator.locks.request(NAME, { steal: true }, held);
}

/**
 * Without Web Locks (no secure context, old browsers): a lease in the database, whose transactions exclude each other. A page
 * that is left while it works cannot wait for a transaction any more: its lease is free because it said that it has gone.
 */
async function byLease(work) {
  const db = await storage();
  const me = newId();
  const take = (old) => (isFree(old?.value, me) ? { name: "lease", value: { owner: me, at: Date.now() } } : undefined);
  const giveBack = (old) => (old?.value.owner === me ? null : undefined);
  const sign = async () => void (await db.update("kept", "lease", take).catch(() => undefined));
  // Before the lease is taken: it may be written when nobody is there any more to hear of it.
  const stopWatching = watchLeaving(me);
  const timer = setInterval(sign, LEASE_MS / 4);
  try {
    // A full phone can note nothing and must send all the same.
    const taken = await db.update("kept", "lease", take).catch(() => true);
    return taken ? await work(sign) : null;
  } finally {
    clearInterval(timer);
    stopWatching();
    await db.update("kept", "lease", giveBack).catch(() => undefined);
  }
}

/** @param {{owner?: string, at: number}|undefined} lease as it is kept @param {string} me */
const isFree = (lease, me) => !lease?.owner || lease.owner === me || lease.owner === gone() || Math.abs(Date.now() - lease.at) > LEASE_MS;

/** The sender that has gone in the middle of its work. In `localStorage`, because that is written at once. */
const GONE = "inspect.sender.gone";

/**
 * Note when this page is left, and that it is back where the browser shows the very same page again.
 * @param {string} me
 * @returns {() => void} ends it
 */
function watchLeaving(me) {
  const watching = new AbortController();
  const { signal } = watching;
  addEventListener("pagehide", () => noteGone(me), { signal });
  addEventListener("pageshow", (event) => /** @type {any} */ (event).persisted && noteGone(""), { signal });
  return () => watching.abort();
}

/** Workers have none, and a browser may refuse it: a lease ends with time as well. */
const local = () => /** @type {any} */ (globalThis).localStorage;

/** @param {string} owner */
function noteGone(owner) {
  try {
    local().setItem(GONE, owner);
  } catch {
    // Nobody is told, then.
  }
}

/** @returns {string|null} */
function gone() {
  try {
    return local().getItem(GONE);
  } catch {
    return null;
  }
}
