// Photos as they come back from the camera or the gallery.

import { instant } from "./clock.js";
import { FRESH_MS, fixState, nextFix } from "./fix.js";
import { canHash, sha256 } from "./hash.js";

/**
 * @typedef {object} Photo
 * @property {string} item the item it shows
 * @property {Element} place where the page shows it: the item or one of its premises
 * @property {File} file
 * @property {string} url of the preview
 * @property {string} captured_at ISO instant
 * @property {import("./fix.js").Fix|null} fix
 * @property {Promise<string>|null} hash SHA-256; null where this page cannot hash
 * @property {boolean} sent whether the server has acknowledged it
 * @property {string} problem why the server refused it
 */

/**
 * A photo taken just now. Its position is the freshest one; a better one that arrives within seconds replaces it.
 * @param {File} file
 * @param {string} item
 * @param {Element} place
 * @param {boolean} fromCamera
 * @returns {Photo}
 */
export function photoOf(file, item, place, fromCamera) {
  const taken = fromCamera || Date.now() - file.lastModified < FRESH_MS;
  return {
    item,
    place,
    file,
    url: URL.createObjectURL(file),
    captured_at: instant(taken ? Date.now() : file.lastModified),
    // An older photo out of the gallery was taken elsewhere, for all we know.
    fix: taken ? fixState().fix : null,
    hash: canHash() ? sha256(file) : null,
    sent: false,
    problem: "",
    ...(taken ? {} : { old: true }),
  };
}

/**
 * Wait for the fix nearest to the moment of the photo.
 * @param {Photo & {old?: boolean}} photo changed in place
 */
export async function locate(photo) {
  if (photo.old) return;
  const fix = await nextFix();
  if (fix && !photo.sent) photo.fix = fix;
}

/** @param {Photo} photo */
export function forget(photo) {
  URL.revokeObjectURL(photo.url);
}
