// SHA-256 and ids.

import { arriving } from "./arriving.js";

/**
 * @param {Blob} blob
 * @returns {Promise<string>} 64 lower-case hexadecimal digits
 */
export async function sha256(blob) {
  const content = await blob.arrayBuffer();
  // Browsers withhold WebCrypto outside secure contexts (HTTPS, or localhost).
  const digest = globalThis.crypto?.subtle
    ? new Uint8Array(await crypto.subtle.digest("SHA-256", content))
    : (await arriving(() => import("./sha256.js"))).digest(content);
  return hexadecimal(digest);
}

/** @param {string} text */
export const sha256OfText = (text) => sha256(new Blob([text]));

/**
 * A new UUID (version 4). `crypto.randomUUID` is missing outside secure contexts; `getRandomValues` is not.
 * @returns {string}
 */
export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  return hexadecimal(bytes).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** @param {Uint8Array} bytes */
function hexadecimal(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
