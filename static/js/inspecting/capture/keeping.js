// Keeping the draft: every change at once, one write after the other, and what is shown of it is what the browser
// has confirmed. The answers go first and alone: no photo that cannot be kept, for whatever reason, takes them with it.

import { within } from "../../within.js";
import { inPage, storage, StorageFailed } from "../storage/database.js";
import { isKept, saveDraft, saveMedia } from "../storage/drafts.js";

/** @typedef {import("../storage/drafts.js").Media} Media */
/**
 * @typedef {object} Keeping
 * @property {"saving"|"kept"|"memory"|"failed"} state
 * @property {string} message
 */

/** A browser that has not written it by then is taken not to write it. */
const WRITE_MS = 30_000;

/**
 * @param {() => import("../storage/drafts.js").Draft} draftNow
 * @param {(keeping: Keeping) => void} show
 * @param {(draft: import("../storage/drafts.js").Draft) => Promise<void>} [write] keeps the answers
 */
export function beginKeeping(draftNow, show, write = saveDraft) {
  let wanted = false;
  /** New or changed. @type {Set<Media>} */
  let media = new Set();
  /** Those that are being written. @type {Media[]} */
  let batch = [];
  /** @type {WeakSet<Media>} */
  const forgotten = new WeakSet();
  /** @type {Promise<void>|null} */
  let running = null;
  let ended = false;
  /** @type {Keeping} */
  let last = { state: "kept", message: "" };

  async function run() {
    while (wanted) {
      batch = [...media];
      wanted = false;
      media = new Set();
      const answers = await reasonAgainst(write(draftNow()));
      // What was removed while the answers were written must not come back.
      const photos = await keepAll(batch.filter((one) => !forgotten.has(one)), answers && !isKept(draftNow().id) ? answers : "");
      batch = [];
      last = await told(answers, photos);
    }
    show(last);
  }

  /**
   * @param {Media[]} batch
   * @param {string} adrift why there is no draft at all: photos without one would not be found again
   * @returns {Promise<string>} why some are not kept; empty where all are
   */
  async function keepAll(batch, adrift) {
    if (adrift) {
      batch.forEach((one) => mark(one, adrift));
      return adrift;
    }
    // What could not be kept is tried again with each change, after the answers.
    const again = [...inPage.values()].filter((one) => !batch.includes(one));
    let reason = batch.length ? await reasonAgainst(saveMedia(batch)) : "";
    // One by one: what goes wrong with one is not the others' loss.
    const alone = reason && batch.length > 1 ? batch : [];
    batch.forEach((one) => mark(one, reason));
    for (const one of [...alone, ...again].filter((one) => !forgotten.has(one))) {
      const why = await reasonAgainst(saveMedia([one]));
      mark(one, why);
      reason = why || (inPage.size ? reason : "");
    }
    return inPage.size ? reason : "";
  }

  /** @param {Media} one @param {string} reason why it is not kept; empty where it is */
  function mark(one, reason) {
    if (reason && !forgotten.has(one)) inPage.set(one.key, one);
    else inPage.delete(one.key);
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
      mark(one, "");
    },
    /** @param {Media} one @returns {boolean} whether the phone would not keep it */
    lacks: (one) => inPage.get(one.key) === one,
    /** @param {Media} one @returns {boolean} whether a change of it is still to be written */
    waits: (one) => media.has(one) || batch.includes(one),
    /** How many photos and recordings only this page has, and has not sent. */
    unkept: () => inPage.size,
    /** Whether a change waits to be written. */
    busy: () => running !== null,
    /** Nothing is written any more: the draft is to go. */
    async end() {
      ended = true;
      wanted = false;
      await running;
      inPage.clear();
    },
    /** @returns {Promise<Keeping>} once nothing waits any more */
    async settled() {
      await running;
      return last;
    },
  };
}

/** @param {Promise<void>} writing @returns {Promise<string>} why it was not written; empty where it was */
async function reasonAgainst(writing) {
  try {
    await within(WRITE_MS, writing, new StorageFailed("no answer"));
    return "";
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** @param {string} answers why they are not kept @param {string} photos likewise of some of them @returns {Promise<Keeping>} */
async function told(answers, photos) {
  if (answers) return { state: "failed", message: answers };
  if (photos) return { state: "failed", message: `作答已存入手机，有照片或录音没有：${photos}` };
  const durable = (await storage()).durable;
  return { state: durable ? "kept" : "memory", message: durable ? "" : "此浏览器离线不安全：内容只在本页，请不要关闭" };
}
