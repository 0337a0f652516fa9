// Photos as they come back from the camera or the gallery.

import { stamp } from "../clock.js";
import { FRESH_MS, fixState, nextFix } from "../place/fix.js";
import { newId, sha256 } from "../hash.js";

/** @typedef {"live"|"camera"|"gallery"} Source */
/**
 * @typedef {object} Photo a photo on the page
 * @property {import("../inspecting/storage/drafts.js").Media} media what is kept and sent of it
 * @property {Element} place where the page shows it: the item or one of its premises
 * @property {string} url of the preview
 * @property {boolean} old picked from the gallery and taken before: its place is not known
 * @property {"saving"|"kept"|"memory"} state kept: on this phone, durably; memory: it could not be kept
 * @property {string} problem why it could not be kept, or was refused
 * @property {Promise<void>} kept when it was written, or could not be
 * @property {Promise<void>} ready when it is as it will be sent, with its hash and its position
 */

/**
 * What is kept of a photo at the moment it arrives.
 * @param {Blob & {name?: string, lastModified?: number}} file
 * @param {{owner: string, item: string, row: string, order: number}} belongs
 * @param {Source} source
 * @param {number} [takenMs] by the phone's clock, where it is known
 * @returns {{media: import("../inspecting/storage/drafts.js").Media, old: boolean}}
 */
export function mediaOf(file, belongs, source, takenMs) {
  const modified = file.lastModified ?? Date.now();
  const now = source !== "gallery" || Date.now() - modified < FRESH_MS;
  const at = takenMs ?? (now ? Date.now() : modified);
  const when = stamp(at);
  const { at: captured_at, error_ms } = when;
  const { fix, why } = fixState();
  const evidence = {
    captured_at,
    // An older photo out of the gallery was taken elsewhere, at a time that its file tells as it likes.
    clock_error_ms: now ? error_ms : null,
    ...(now && error_ms !== null && { clock_offset_ms: Math.round(at - Date.parse(captured_at)) }),
    fix: now ? fix : null,
    ...(now && !fix && { no_fix: why }),
    source,
  };
  const media = { key: newId(), ...belongs, media: /** @type {const} */ ("photo"), blob: file, sha256: "", name: file.name ?? "", evidence, ...(now && error_ms === null && { when }) };
  return { media, old: !now };
}

/**
 * Complete what takes a moment: the hash, and the fix nearest to the moment of the photo.
 * @param {Photo} photo changed in place
 * @returns {Promise<void>}
 * @throws where the phone cannot read the photo
 */
export async function complete(photo) {
  const [hash, fix] = await Promise.all([sha256(photo.media.blob), photo.old ? null : nextFix()]);
  photo.media.sha256 = hash;
  const { evidence } = photo.media;
  // A photo that is completed by a later page was not taken where the phone is now.
  if (!fix || evidence.fix?.source === "manual" || Math.abs(Date.parse(fix.at) - Date.parse(evidence.captured_at)) > FRESH_MS) return;
  evidence.fix = fix;
  delete evidence.no_fix;
}
