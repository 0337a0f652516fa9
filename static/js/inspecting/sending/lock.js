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

/** Without Web Locks (no secure context, old browsers): a lease in the database, whose transactions exclude each other. */
async function byLease(work) {
  const db = await storage();
  const me = newId();
  const take = (old) => {
    const free = !old?.value.owner || old.value.owner === me || Math.abs(Date.now() - old.value.at) > LEASE_MS;
    return free ? { name: "lease", value: { owner: me, at: Date.now() } } : undefined;
  };
  const sign = async () => void (await db.update("kept", "lease", take).catch(() => undefined));
  if (!(await db.update("kept", "lease", take))) return null;
  const timer = setInterval(sign, LEASE_MS / 4);
  try {
    return await work(sign);
  } finally {
    clearInterval(timer);
    await db.write([{ remove: "kept", key: "lease" }]).catch(() => undefined);
  }
}
