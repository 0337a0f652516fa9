// Keeping the draft: every change at once, one write after the other, and what is shown of it is what the browser
// has confirmed.

import { storage, StorageFull } from "../storage/database.js";
import { saveDraft } from "../storage/drafts.js";

/** @typedef {import("../storage/drafts.js").Media} Media */
/** @typedef {{state: "saving"|"kept"|"memory"|"failed", message: string}} Keeping */

/**
 * @param {() => import("../storage/drafts.js").Draft} draftNow
 * @param {(keeping: Keeping) => void} show
 */
export function beginKeeping(draftNow, show) {
  let wanted = false;
  /** @type {Set<Media>} */
  let media = new Set();
  /** @type {WeakSet<Media>} */
  const forgotten = new WeakSet();
  /** @type {Promise<void>|null} */
  let running = null;
  let ended = false;
  /** @type {Keeping} */
  let last = { state: "kept", message: "" };

  async function run() {
    while (wanted) {
      const batch = [...media];
      wanted = false;
      media = new Set();
      last = await tryToKeep(draftNow(), batch);
      // What was not kept is tried again with the next change.
      if (last.state === "failed") batch.forEach((one) => forgotten.has(one) || media.add(one));
    }
    show(last);
  }

  return {
    /** @param {Media[]} more photos that are new or changed @returns {Promise<Keeping>} how the last write ended */
    async save(...more) {
      if (ended) return last;
      more.forEach((one) => media.add(one));
      wanted = true;
      if (!running) {
        show({ state: "saving", message: "" });
        running = run().finally(() => (running = null));
      }
      await running;
      return last;
    },
    /** @param {Media} one that is not to be kept any more */
    forget(one) {
      forgotten.add(one);
      media.delete(one);
    },
    /** Whether a change waits to be written. */
    busy: () => running !== null,
    /** Nothing is written any more: the draft is to go. */
    async end() {
      ended = true;
      wanted = false;
      await running;
    },
    /** @returns {Promise<Keeping>} once nothing waits any more */
    async settled() {
      await running;
      return last;
    },
  };
}

/** @returns {Promise<Keeping>} */
async function tryToKeep(draft, media) {
  const durable = (await storage()).durable;
  try {
    await saveDraft(draft, media);
    return { state: durable ? "kept" : "memory", message: durable ? "" : "此浏览器离线不安全：内容只在本页，请不要关闭" };
  } catch (error) {
    if (error instanceof StorageFull && media.length) {
      // The answers are small: they must not go down with a photo that has no room.
      await saveDraft(draft).catch(() => undefined);
    }
    return { state: "failed", message: error instanceof Error ? error.message : String(error) };
  }
}
