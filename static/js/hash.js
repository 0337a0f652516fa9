// SHA-256 of a photo. Browsers offer it in a secure context only (HTTPS, or localhost).

/** Whether this page can hash. */
export const canHash = () => Boolean(globalThis.crypto?.subtle);

/**
 * @param {Blob} blob
 * @returns {Promise<string>} 64 lower-case hexadecimal digits
 */
export async function sha256(blob) {
  const digest = await crypto.subtle.digest("SHA-256", await blob.arrayBuffer());
  return hexadecimal(new Uint8Array(digest));
}

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
