// Sending an inspection: each photo, then the record. It counts as sent when the receipt lists every photo, not before.

import { call, callPatiently, Unreachable } from "./api.js";

/** @typedef {import("./camera.js").Photo} Photo */
/** @typedef {{where: string, what: string}} Problem */
/**
 * @typedef {{kind: "kept", page: string}
 *   | {kind: "signin"}
 *   | {kind: "unreachable"}
 *   | {kind: "conflict", error: string, page: string|null}
 *   | {kind: "photo", photo: Photo, error: string}
 *   | {kind: "refused", error: string, problems: Problem[]}} Result
 */
/** @typedef {{photo: (number: number, of: number) => void, record: () => void, wait: (seconds: number) => void}} Progress */

const TAKEN = new Set([200, 201]);

/**
 * @param {string} id
 * @param {object} record the inspection as the server takes it
 * @param {Photo[]} photos
 * @param {Progress} progress
 * @returns {Promise<Result>}
 */
export async function send(id, record, photos, progress) {
  try {
    const refused = await sendPhotos(photos, progress);
    if (refused) return refused;
    const result = await sendRecord(id, record, photos, progress);
    return result ?? (await sendPhotos(photos, progress)) ?? (await sendRecord(id, record, photos, progress)) ?? { kind: "unreachable" };
  } catch (error) {
    if (error instanceof Unreachable) return { kind: "unreachable" };
    throw error;
  }
}

/**
 * Where an inspection that was sent before can be seen.
 * @param {string} id
 * @returns {Promise<string|null>} null where the server has none, or cannot be asked
 */
export async function pageOf(id) {
  try {
    const { status, body } = await call("GET", `/api/v1/inspections/${id}`);
    return status === 200 && body?.id === id ? body.page : null;
  } catch {
    return null;
  }
}

/** @returns {Promise<Result|null>} null when all are with the server */
async function sendPhotos(photos, progress) {
  for (const [index, photo] of photos.entries()) {
    if (photo.sent) continue;
    progress.photo(index + 1, photos.length);
    const hash = await photo.hash;
    const { status, body } = await callPatiently("PUT", `/api/v1/photos/${hash}`, photo.file, progress.wait);
    if (status === 401) return { kind: "signin" };
    if (!TAKEN.has(status)) return { kind: "photo", photo, error: body?.error ?? `HTTP ${status}` };
    if (body?.sha256 !== hash) throw new Unreachable("no acknowledgement of this photo");
    photo.sent = true;
  }
  return null;
}

/** @returns {Promise<Result|null>} null when photos were missing, which are then marked as not sent */
async function sendRecord(id, record, photos, progress) {
  progress.record();
  const { status, body } = await callPatiently("PUT", `/api/v1/inspections/${id}`, JSON.stringify(record), progress.wait);
  if (status === 401) return { kind: "signin" };
  if (status === 409) return { kind: "conflict", error: body?.error ?? "", page: await pageOf(id) };
  const lacking = TAKEN.has(status) ? await unlisted(photos, body, id) : await missing(photos, body);
  if (lacking.length) {
    for (const photo of lacking) photo.sent = false;
    return null;
  }
  if (TAKEN.has(status)) return { kind: "kept", page: body.page };
  return { kind: "refused", error: body?.error ?? `HTTP ${status}`, problems: body?.problems ?? [] };
}

/** The photos that a receipt does not list. Throws where it is no receipt for this inspection. */
async function unlisted(photos, receipt, id) {
  if (receipt?.id !== id || !Array.isArray(receipt.photos) || typeof receipt.page !== "string") {
    throw new Unreachable("no receipt");
  }
  const hashes = await Promise.all(photos.map((photo) => photo.hash));
  return photos.filter((_, index) => !receipt.photos.includes(hashes[index]));
}

async function missing(photos, body) {
  const hashes = await Promise.all(photos.map((photo) => photo.hash));
  return photos.filter((_, index) => (body?.missing ?? []).includes(hashes[index]));
}
