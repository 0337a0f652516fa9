// What the desk asks of the server.

import { rooted } from "../../root.js";

/** @typedef {{inspection: string, item: string, decision: string, reason: string, seen: string|null, corrections?: number}} Decision */
/** @typedef {{inspection: string, item: string, status: number, error?: string, review: any, rate: string, corrections: number}} Result */

/** @param {string} query @returns {Promise<{photos: import("./list.js").DeskPhoto[], total: number, open: number}>} */
export const fetchPhotos = (query) => ask("GET", rooted(`/review/desk/photos.json${query}`));

/** @param {string} id @returns {Promise<{photos: import("./list.js").DeskPhoto[]}>} */
export const fetchVisit = (id) => ask("GET", rooted(`/review/desk/visits/${id}.json`));

/** @param {Decision[]} decisions @returns {Promise<{results: Result[]}>} */
export const sendDecisions = (decisions) => ask("POST", rooted("/review/desk/decisions"), { decisions });

/** @param {{inspection: string, sha256: string, quarters: number, revision: number}} turn @returns {Promise<{photos: import("./list.js").DeskPhoto[]}>} */
export const sendTurn = (turn) => ask("POST", rooted("/review/desk/turns"), turn);

/** @param {string} at @returns {Promise<{others: Record<string, string[]>}>} */
export const sayPresent = (at) => ask("POST", rooted("/review/desk/presence"), { at });

/** @param {string} name @param {string} query @returns {Promise<{saved: Record<string, string>}>} */
export const keepFilter = (name, query) => ask("POST", rooted("/review/desk/filters"), { name, query });

/** The server cannot be asked now; later it may be. */
export class Unreachable extends Error {}

/** @param {"GET"|"POST"} method @param {string} path @param {object} [body] */
async function ask(method, path, body) {
  const token = document.querySelector('meta[name="csrf-token"]')?.getAttribute("content") ?? "";
  const headers = { Accept: "application/json", "Content-Type": "application/json", "X-CSRFToken": token };
  const sent = { method, headers, body: body && JSON.stringify(body), credentials: /** @type {const} */ ("same-origin") };
  const response = await fetch(path, sent).catch(() => null);
  if (!response) throw new Unreachable("网络不通");
  if (response.redirected || response.status === 401) throw new Unreachable("登录已过期，请在新标签页登录，再回到本页");
  if (response.status >= 500) throw new Unreachable(`服务器暂时有问题（HTTP ${response.status}）`);
  const answer = await response.json().catch(() => null);
  if (!response.ok || !answer) throw new Error(answer?.error ?? `服务器没有接受（HTTP ${response.status}），请刷新页面再试`);
  return answer;
}
