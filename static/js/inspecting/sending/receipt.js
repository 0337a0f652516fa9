// Whether an answer acknowledges what was sent: a receipt, signed by the server, about this very content.

import { sha256OfText } from "../../hash.js";

/** @typedef {{id: string, photos: string[], audio: string[], content: string, received_at: string}} Receipt */

/**
 * @param {any} answer body of the answer to a PUT of an inspection
 * @param {{id: string, body: string}} sent
 * @param {import("./session.js").Session} session with the server's key
 * @returns {Promise<Receipt|null>} null where it is no acknowledgement
 */
export async function receiptIn(answer, sent, session) {
  const { text, signature, key } = answer?.receipt ?? {};
  if (typeof text !== "string" || typeof signature !== "string" || key !== session.receipt_key.id) return null;
  if (!(await isSigned(text, signature, session.receipt_key.jwk))) return null;
  const receipt = parsed(text);
  const right = receipt?.id === sent.id && receipt.inspector === session.user && receipt.content === (await sha256OfText(sent.body));
  return right && Array.isArray(receipt.photos) && Array.isArray(receipt.audio) ? receipt : null;
}

/**
 * @param {Receipt} receipt
 * @param {import("../storage/outbox.js").Part[]} parts
 * @returns {import("../storage/outbox.js").Part[]} those it does not list
 */
export function unlisted(receipt, parts) {
  const listed = { photo: new Set(receipt.photos), audio: new Set(receipt.audio) };
  return parts.filter(({ media, sha256 }) => !listed[media].has(sha256));
}

/** @param {string} text @param {string} signature @param {JsonWebKey} jwk */
async function isSigned(text, signature, jwk) {
  // Outside secure contexts browsers withhold WebCrypto. There anybody on the way could change this very script, so
  // that nothing would be gained; a portal or a proxy that errs is still told by what the receipt says.
  if (!globalThis.crypto?.subtle) return true;
  try {
    const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
    const key = await crypto.subtle.importKey("jwk", jwk, algorithm, false, ["verify"]);
    return await crypto.subtle.verify(algorithm, key, bytes(signature), new TextEncoder().encode(text));
  } catch {
    return false;
  }
}

const bytes = (base64url) => Uint8Array.from(atob(base64url.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
