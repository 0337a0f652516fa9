// Photos made smaller, off the main thread. Whatever goes wrong, the photo is there: then its bytes are left as they are.

import { arriving } from "../../arriving.js";
import { fileAt } from "../../root.js";

/** @typedef {import("./exif.js").Original} Original */
/** @typedef {{blob: Blob, original: Original}} Reduced the blob is the one given where it was not made smaller */

/** What is sent where the administrator has not said otherwise. */
export const LONGEST_PX = 2560;
const PATIENCE_MS = 60_000;
const MAX_FAILURES = 2;

/** @type {Worker|null} */
let worker = null;
/** A worker that keeps failing is not asked again by this page. */
let failures = ["Worker", "OffscreenCanvas", "createImageBitmap"].every((name) => name in globalThis) ? 0 : MAX_FAILURES;
let asked = 0;
/** @type {Map<number, (answer: Partial<Reduced>|null) => void>} */
const waiting = new Map();

/**
 * @param {Blob} blob a photo; a `File` comes back as one, with its name and its date
 * @param {number} [longestPx] of the longer side; 0 leaves every photo as it is
 * @returns {Promise<Reduced>} never rejects
 */
export async function reduce(blob, longestPx = LONGEST_PX) {
  const answer = longestPx > 0 && failures < MAX_FAILURES ? await ask(blob, longestPx) : null;
  const original = answer?.original ?? (await read(blob));
  const smaller = answer?.blob;
  return { blob: smaller && smaller.size > 0 && smaller.size < blob.size ? named(smaller, blob) : blob, original };
}

/** @returns {Promise<Partial<Reduced>|null>} null where nothing came back */
function ask(blob, longestPx) {
  const id = ++asked;
  return new Promise((resolve) => {
    const done = (answer) => {
      clearTimeout(timer);
      waiting.delete(id);
      resolve(answer);
    };
    // One at a time in the worker: those before this one have their time as well.
    const timer = setTimeout(giveUp, PATIENCE_MS * (waiting.size + 1));
    waiting.set(id, done);
    try {
      started().postMessage({ id, blob, longestPx });
    } catch {
      giveUp();
    }
  });
}

function started() {
  if (worker) return worker;
  worker = new Worker(fileAt("js/evidence/camera/reduce-worker.js"), { type: "module" });
  worker.addEventListener("message", ({ data }) => waiting.get(data.id)?.(data));
  worker.addEventListener("error", giveUp);
  worker.addEventListener("messageerror", giveUp);
  return worker;
}

/** The worker does not start here, or hangs, or ran out of memory. */
function giveUp() {
  failures++;
  worker?.terminate();
  worker = null;
  for (const done of [...waiting.values()]) done(null);
}

/** @returns {Promise<Original>} */
async function read(blob) {
  try {
    return await (await arriving(() => import("./exif.js"))).readExif(blob);
  } catch {
    return { bytes: blob.size };
  }
}

function named(smaller, before) {
  if (!(before instanceof File)) return smaller;
  const name = before.name.replace(/\.[^.]*$/, "") || "photo";
  return new File([smaller], `${name}.jpg`, { type: smaller.type, lastModified: before.lastModified });
}
