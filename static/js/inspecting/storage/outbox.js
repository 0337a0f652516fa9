// Finished inspections on their way to the server. One leaves only when a receipt says that the server has all of it.

import { ROOT } from "../../root.js";
import { inPage, storage } from "./database.js";

/** @typedef {import("./drafts.js").Draft} Draft */
/** @typedef {import("./drafts.js").Media} Media */
/** @typedef {{key: string, sha256: string, media: "photo"|"audio", bytes: number, sent: boolean, lost?: boolean, unkept?: boolean}} Part lost: the
 *   server had it and has it no more; unkept: the phone would not keep it, and only the page that made it has it */
/**
 * @typedef {object} OutboxItem
 * @property {string} id of the inspection
 * @property {string} inspector
 * @property {number} order
 * @property {number} queued_at milliseconds by the phone's clock
 * @property {string} title
 * @property {import("../kinds.js").Name} kind
 * @property {string} site
 * @property {string} body the JSON text that is PUT
 * @property {Draft|null} draft to mend it; null once it is confirmed
 * @property {Part[]} media
 * @property {"waiting"|"sending"|"refused"|"confirmed"} state
 * @property {number|null} status of the last answer
 * @property {string} problem what the last answer said, for people
 * @property {{code?: string, where: string, what: string}[]} problems
 * @property {boolean} [held] it was refused, and the office has it all the same
 * @property {number} tries since anything moved on
 * @property {number} not_before milliseconds by the phone's clock
 * @property {string} page address of the result
 * @property {object|null} receipt
 * @property {number|null} confirmed_at milliseconds by the phone's clock
 */

const KEPT_MS = 7 * 86_400_000;
const channel = "BroadcastChannel" in globalThis ? new BroadcastChannel(`inspect${ROOT}`) : null;
/** @type {Set<(type: "outbox"|"queued") => void>} */
const listeners = new Set();

/**
 * Tell every page of this application that the outbox has changed.
 * @param {"outbox"|"queued"} type queued: there is something new to send
 */
export function announce(type = "outbox") {
  channel?.postMessage({ type });
  for (const listener of listeners) listener(type);
}

/** @param {(type: "outbox"|"queued") => void} listener told of each change, here, in another page or in the worker */
export function onOutboxChange(listener) {
  listeners.add(listener);
  channel?.addEventListener("message", ({ data }) => ["outbox", "queued"].includes(data?.type) && listener(data.type));
}

/**
 * Move a draft to the outbox, in one go.
 * @param {Draft} draft
 * @param {object} record the inspection as the server takes it
 * @param {Media[]} media
 * @returns {Promise<OutboxItem>}
 */
export async function queue(draft, record, media) {
  const db = await storage();
  const now = Date.now();
  const others = await db.list("outbox");
  const acknowledged = new Set(draft.acknowledged ?? []);
  /** @type {OutboxItem} */
  const item = {
    id: draft.id,
    inspector: draft.inspector,
    order: Math.max(now, ...others.map((one) => one.order + 1)),
    queued_at: now,
    title: draft.title,
    kind: draft.kind,
    site: draft.site,
    body: JSON.stringify(record),
    draft,
    media: media.map(({ key, sha256, media: kind, blob }) => ({ key, sha256, media: kind, bytes: blob.size, sent: acknowledged.has(sha256), ...(inPage.has(key) && { unkept: true }) })),
    state: "waiting",
    status: null,
    problem: "",
    problems: [],
    tries: 0,
    not_before: 0,
    page: "",
    receipt: null,
    confirmed_at: null,
  };
  const queued = await db.update("outbox", item.id, (other) => (other ? undefined : item), [{ remove: "drafts", key: draft.id }]);
  if (!queued) throw new Error("这一份已在另一个页面交出，见「待发」");
  announce("queued");
  return item;
}

/** @param {Part[]} media @returns {string} what they are, for people */
export function mediaWord(media) {
  const kinds = new Set(media.map((part) => part.media));
  return kinds.size > 1 ? "照片和录音" : kinds.has("audio") ? "录音" : "照片";
}

/** @returns {Promise<OutboxItem[]>} in the order they were finished */
export async function outboxItems() {
  const db = await storage();
  return (await db.list("outbox")).sort((a, b) => a.order - b.order);
}

/**
 * Take an item out again to be changed. Photos that the server has are sent again if they have to be. What another page
 * has entered since stays.
 * @param {string} id
 * @param {string} [newId] where the server holds something else under the old id
 * @returns {Promise<Draft|null>} null where it is no longer there to be changed
 */
export async function mend(id, newId = id) {
  const db = await storage();
  /** @type {OutboxItem|undefined} */
  const item = await db.get("outbox", id);
  if (!item?.draft) return null;
  const acknowledged = item.media.filter(({ sent }) => sent).map(({ sha256 }) => sha256);
  const draft = { ...item.draft, ...(await db.get("drafts", newId)), id: newId, acknowledged, updated_at: Date.now() };
  const moved = newId === id ? [] : await db.list("media", "owner", id);
  const taken = await db.update("outbox", id, (now) => (isSame(now, item) && now.draft ? null : undefined), [
    { put: "drafts", value: draft },
    ...moved.map((one) => ({ put: /** @type {const} */ ("media"), value: { ...one, owner: newId } })),
  ]);
  announce();
  return taken === null ? draft : null;
}

/**
 * Whether an item is still the one of before: it may have been taken back, changed and finished again meanwhile.
 * @param {OutboxItem|undefined} now
 * @param {OutboxItem} before
 */
export const isSame = (now, before) => Boolean(now) && now?.body === before.body;

/**
 * Have an item sent as soon as possible, whatever the last answer was.
 * @param {string} id
 */
export async function retry(id) {
  const db = await storage();
  await db.update("outbox", id, (item) =>
    item && item.state !== "confirmed" ? { ...item, state: "waiting", not_before: 0, tries: 0 } : undefined,
  );
  announce("queued");
}

/** Forget all waiting times: the network is back, or somebody asks. */
export async function retryAll() {
  const db = await storage();
  for (const { id, not_before } of await outboxItems()) {
    if (not_before) await db.update("outbox", id, (item) => (item ? { ...item, not_before: 0 } : undefined));
  }
}

/**
 * Delete an item that was refused, and all that belongs to it, unless it has been sent or taken back meanwhile. What the
 * server has not confirmed is lost.
 * @param {string} id
 */
export async function discard(id) {
  const db = await storage();
  const keys = await db.keys("media", "owner", id);
  await db.update("outbox", id, (now) => (now?.state === "refused" ? null : undefined), keys.map((key) => ({ remove: /** @type {const} */ ("media"), key })));
  announce();
}

/** Confirmed items are kept for a week, so that the inspector can look back; they hold no photos. */
export async function prune() {
  const db = await storage();
  const old = (await outboxItems()).filter(
    ({ state, confirmed_at }) => state === "confirmed" && Date.now() - (confirmed_at ?? 0) > KEPT_MS,
  );
  await db.write(old.map(({ id }) => ({ remove: /** @type {const} */ ("outbox"), key: id })));
}
