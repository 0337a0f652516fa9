// One request to our server. What is no JSON answer of ours (a login page, a captive portal, a redirect) is no answer.

import { anchorTo } from "../../clock.js";

/** @typedef {{status: number, body: any}} Answer */

/** The server could not be reached, or what answered was not the server. Trying again may help. */
export class Unreachable extends Error {
  /**
   * @param {string} text
   * @param {number|null} [status] of the server's answer, where it did answer
   * @param {number|null} [foreign] status of the answer of something before it
   */
  constructor(text, status = null, foreign = null) {
    super(text);
    this.status = status;
    this.foreign = foreign;
  }
}

/** Passing troubles of the server or of something before it, whatever the answer's content. */
export const PASSING = new Set([408, 425, 429, 500, 502, 503, 504, 507]);
/** Statuses that mean what they say even when a proxy before the server gives them. */
const PLAIN = new Set([...PASSING, 413]);
const PATIENCE_MS = 45_000;
const SLOWEST_BYTES_PER_MS = 8;

/**
 * @param {"GET"|"PUT"} method
 * @param {string} path
 * @param {{body?: Blob|string, csrf?: string, patienceMs?: number, incomplete?: boolean}} [more]
 * @returns {Promise<Answer>}
 * @throws {Unreachable}
 */
export async function request(method, path, { body, csrf = "", patienceMs = PATIENCE_MS, incomplete = false } = {}) {
  const size = typeof body === "string" ? body.length * 3 : (body?.size ?? 0);
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(), patienceMs + size / SLOWEST_BYTES_PER_MS);
  /** @type {Record<string, string>} */
  const headers = { Accept: "application/json" };
  if (method === "PUT") headers["X-CSRFToken"] = csrf;
  // What the phone holds is all there is: a photo that the camera wrote in part only is evidence still.
  if (body instanceof Blob) headers["X-Only-Copy"] = "1";
  if (typeof body === "string") headers["Content-Type"] = "application/json";
  // A record that was finished without any contact says its times by a clock of which nobody knows how wrong it is.
  if (typeof body === "string") headers["X-Phone-Time"] = new Date().toISOString();
  if (incomplete) headers["X-Incomplete"] = "1";
  const sent = performance.now();
  try {
    const response = await fetch(path, {
      method,
      body,
      headers,
      credentials: "same-origin",
      redirect: "manual",
      cache: "no-store",
      signal: timeout.signal,
    });
    const said = Date.parse(response.headers.get("X-Server-Time") ?? "");
    if (response.type === "basic") anchorTo(said, sent, performance.now());
    return { status: response.status, body: await json(response) };
  } catch (error) {
    throw error instanceof Unreachable ? error : new Unreachable(String(error));
  } finally {
    clearTimeout(timer);
  }
}

/** @param {Response} response */
async function json(response) {
  const ours = response.type === "basic" && response.headers.get("Content-Type")?.startsWith("application/json");
  const plain = response.type === "basic" && PLAIN.has(response.status);
  if (!ours && !plain) throw new Unreachable("not our server", null, response.status || null);
  try {
    return await response.json();
  } catch {
    if (plain) return null;
    throw new Unreachable("half an answer");
  }
}
