// Talking to the server. What is no JSON answer of ours (a login page, a captive portal, a proxy's error) is no answer.

/** @typedef {{status: number, body: any}} Answer */

/** The server could not be reached, or what answered was not the server. Trying again may help. */
export class Unreachable extends Error {}

const WAITS_MS = [1000, 2000, 4000, 8000, 15000];
const PASSING = new Set([408, 425, 429, 500, 502, 503, 504]);
const TIMEOUT_MS = 120_000;

/**
 * @param {"GET"|"PUT"} method
 * @param {string} path
 * @param {Blob|string} [body]
 * @returns {Promise<Answer>}
 * @throws {Unreachable}
 */
export async function call(method, path, body) {
  const answer = await callOnce(method, path, body);
  // Signing in again on another tab makes a new session, for which this page's token is not good.
  if (answer.status !== 400 || !(await renewToken())) return answer;
  return callOnce(method, path, body);
}

/**
 * The same, again and again with growing pauses while the server cannot be reached or is in trouble.
 * @param {"GET"|"PUT"} method
 * @param {string} path
 * @param {Blob|string} body
 * @param {(seconds: number) => void} onWait told before each pause
 * @returns {Promise<Answer>}
 * @throws {Unreachable} after the last try
 */
export async function callPatiently(method, path, body, onWait) {
  for (const waitMs of [...WAITS_MS, null]) {
    try {
      const answer = await call(method, path, body);
      if (!PASSING.has(answer.status)) return answer;
      if (waitMs === null) throw new Unreachable(answer.body?.error ?? `HTTP ${answer.status}`);
    } catch (error) {
      if (!(error instanceof Unreachable) || waitMs === null) throw error;
    }
    onWait(Math.round(waitMs / 1000));
    await online(waitMs * (0.75 + Math.random() / 2));
  }
  throw new Unreachable("");
}

async function callOnce(method, path, body) {
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(), TIMEOUT_MS);
  const headers = { "X-CSRFToken": token()?.content ?? "", Accept: "application/json" };
  if (typeof body === "string") headers["Content-Type"] = "application/json";
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
    return { status: response.status, body: await json(response) };
  } catch (error) {
    throw error instanceof Unreachable ? error : new Unreachable(String(error));
  } finally {
    clearTimeout(timer);
  }
}

async function json(response) {
  const ours = response.type === "basic" && response.headers.get("Content-Type")?.startsWith("application/json");
  if (!ours && !PASSING.has(response.status)) throw new Unreachable("not our server");
  try {
    return await response.json();
  } catch {
    if (PASSING.has(response.status)) return null;
    throw new Unreachable("half an answer");
  }
}

/** @returns {HTMLMetaElement|null} */
const token = () => document.querySelector('meta[name="csrf-token"]');

/** Take the token of the session in force from a fresh copy of this page; whether it changed. */
async function renewToken() {
  try {
    const response = await fetch(location.pathname, { credentials: "same-origin", redirect: "manual", cache: "no-store" });
    const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
    const content = fresh.querySelector('meta[name="csrf-token"]')?.getAttribute("content");
    const here = token();
    if (!content || !here || content === here.content) return false;
    here.content = content;
    return true;
  } catch {
    return false;
  }
}

/** Wait, but no longer than until the network is back. */
function online(waitMs) {
  return new Promise((resolve) => {
    const done = () => {
      removeEventListener("online", done);
      clearTimeout(timer);
      resolve(undefined);
    };
    const timer = setTimeout(done, waitMs);
    addEventListener("online", done);
  });
}
