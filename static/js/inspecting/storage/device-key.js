// The key with which this browser signs what it exports. It is made here and cannot be taken out again, not even by
// our own pages; the server knows its public half. Browsers have it in secure contexts only: elsewhere nothing is signed.

import { sha256 } from "../../hash.js";
import { askSession } from "../sending/session.js";
import { rooted } from "../../root.js";
import { request } from "../sending/request.js";
import { storage } from "./database.js";

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256" };
const AGAIN_MS = 24 * 3600_000;

/**
 * Tell the server the public half, once a day for whoever is signed in: a session that is new has a new device.
 * @param {string} inspector
 */
export async function register(inspector) {
  const kept = await keptKey();
  if (!kept || (kept.registered?.inspector === inspector && Date.now() - kept.registered.at < AGAIN_MS)) return;
  const session = await askSession();
  if (session?.user !== inspector) return;
  const { status } = await request("PUT", rooted("/field/device-key"), { body: JSON.stringify(await publicHalf(kept.pair)), csrf: session.csrf });
  if (status === 200) await keep({ ...kept, registered: { inspector, at: Date.now() } });
}

/**
 * What a manifest says of its files, signed; nothing where this browser cannot sign.
 * @param {{inspector: string, exported_at: string}} about
 * @param {{name: string, content: Blob}[]} files
 * @returns {Promise<{signed?: string, signature?: string}>}
 */
export async function signedList(about, files) {
  const kept = await keptKey();
  if (!kept) return {};
  /** @type {Record<string, string>} */
  const hashes = {};
  for (const { name, content } of files) hashes[name] = await sha256(content);
  const signed = JSON.stringify({ format: "inspect-phone-export-files", ...about, key: await publicHalf(kept.pair), files: hashes });
  const signature = await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, kept.pair.privateKey, new TextEncoder().encode(signed));
  return { signed, signature: btoa(String.fromCharCode(...new Uint8Array(signature))) };
}

async function publicHalf(pair) {
  const { x, y } = await crypto.subtle.exportKey("jwk", pair.publicKey);
  return { x, y };
}

/** @returns {Promise<{pair: CryptoKeyPair, registered?: {inspector: string, at: number}}|null>} made where there is none */
async function keptKey() {
  if (!globalThis.crypto?.subtle) return null;
  const db = await storage();
  const kept = (await db.get("kept", "device_key"))?.value;
  if (kept) return kept;
  const made = { pair: await crypto.subtle.generateKey(ALGORITHM, false, ["sign", "verify"]) };
  await keep(made);
  return (await db.get("kept", "device_key"))?.value ?? made;
}

async function keep(value) {
  const db = await storage();
  await db.write([{ put: "kept", value: { name: "device_key", value } }]);
}
