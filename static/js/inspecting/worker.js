// The service worker: opens the inspector's pages without the network, and goes on sending where the browser wakes it.
// It answers GETs only. A POST or PUT is never touched: WebKit loses the bodies of those that a worker passes on.

import { OFFLINE_PAGES, PAGES, PLAN_PAGE, filesOf, forgetOtherDays, holds, isFiles, isOfToday } from "./caching.js";
import { rooted } from "../root.js";
import { within } from "../within.js";
import { drain } from "./sending/drain.js";
import { codeIn, forgetLists, isShutOut, isToday, keptToday, versionIn } from "./today.js";

const KEPT_VERSIONS = 3;
const PATIENCE_MS = 4_000;
/** Files of the program and of libraries: each address has one content for good. */
const FILES = ["/static/", "/libraries/"].map(rooted);
const worker = /** @type {any} */ (globalThis);

/** @param {{version: string, files: string[]}} build */
export function begin({ version, files }) {
  void forgetOtherDays().catch(() => undefined);
  worker.addEventListener("install", (event) => event.waitUntil(install(version, files)));
  worker.addEventListener("activate", (event) => event.waitUntil(activate(version)));
  worker.addEventListener("fetch", answer);
  worker.addEventListener("message", (event) => event.data?.type === "take-over" && event.waitUntil(takeOver()));
  worker.addEventListener("sync", (event) => event.tag === "outbox" && event.waitUntil(sync()));
}

async function install(version, files) {
  const cache = await caches.open(filesOf(version));
  await cache.addAll(files);
}

/** The first worker serves the page that brought it. Files of older versions stay for pages that are still open. */
async function activate(version) {
  const old = (await caches.keys()).filter((name) => isFiles(name) && name !== filesOf(version));
  await Promise.all(old.slice(0, Math.max(0, old.length - KEPT_VERSIONS + 1)).map((name) => caches.delete(name)));
  await worker.clients.claim();
}

/** A new version takes over while nobody is filling in a form. */
async function takeOver() {
  const windows = await worker.clients.matchAll({ type: "window", includeUncontrolled: true });
  const busy = windows.some(({ url }) => ["/field/sites/", "/field/corrections/", "/field/adhoc"].some((path) => new URL(url).pathname.startsWith(rooted(path))));
  if (!busy) await worker.skipWaiting();
}

/** Throwing has the browser try again later. */
async function sync() {
  const ended = await drain();
  if (ended !== "done" && ended !== "busy") throw new Error(ended);
}

function answer(event) {
  const { request } = event;
  const { origin, pathname, search } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin) return;
  if (FILES.some((path) => pathname.startsWith(path))) event.respondWith(kept(request));
  else if (request.mode !== "navigate") return;
  else if (codeIn(pathname) && versionIn(search)) event.respondWith(begun(request, codeIn(pathname), search));
  else if (codeIn(pathname) && !search) event.respondWith(keptToday().then((today) => form(request, codeIn(pathname), today)));
  else event.respondWith(page(request, OFFLINE_PAGES.includes(pathname) ? pathname : ""));
}

/** A file of this or an older version. */
async function kept(request) {
  return (await caches.match(request, { ignoreVary: true })) ?? fetch(request);
}

/** A site's form: the one of its type, which the page's script fills in. */
async function form(request, code, today) {
  const address = today?.forms[today.sites[code]?.type];
  const found = address && (await caches.match(address, { ignoreVary: true }));
  return found || fetch(request).catch(offline);
}

/** A site's form as it was begun: today's where that is the same, else the page of then. */
async function begun(request, code, search) {
  const today = await keptToday();
  return isToday(today, code, versionIn(search)) ? form(request, code, today) : page(request, `${new URL(request.url).pathname}${search}`);
}

/** The page as the server has it now; where that takes too long, as it was last seen. */
async function page(request, path) {
  const network = fetch(request).then(async (response) => {
    if (path && isShutOut(response)) await forgetLists();
    else if (path) await keep(path, response.clone());
    return response;
  });
  const last = path ? await lastSeen(path) : undefined;
  if (!last) return network.catch(offline);
  // An answer that comes too late is kept for the next time.
  return within(PATIENCE_MS, network).catch(() => last);
}

/** A page as it was last seen; the plan's not after its day, by the phone's clock and zone. */
async function lastSeen(path) {
  const found = await caches.match(path, { ignoreVary: true, ignoreSearch: !path.includes("?") });
  if (!found || path !== PLAN_PAGE || isOfToday(found)) return found;
  await (await caches.open(PAGES)).delete(path, { ignoreVary: true, ignoreSearch: true });
  return undefined;
}

/** Keep a page only together with the files that it needs. */
async function keep(path, response) {
  const version = response.headers.get("X-App-Version");
  if (!response.ok || response.redirected || !version || !(await holds(version))) return;
  await (await caches.open(PAGES)).put(path, response).catch(() => undefined);
}

const OFFLINE = `<!doctype html><html lang="zh-CN"><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>没有网络</title><h1>没有网络</h1>
<p>这一页不能离线打开；本周计划只在联网看过的当天可以离线看。手机上的草稿和待发内容都在。</p><ul><li><a href="${rooted("/field/")}">点位列表</a></li><li><a href="${rooted("/field/outbox")}">待发</a></li></ul></html>`;

const offline = () => new Response(OFFLINE, { status: 503, headers: { "Content-Type": "text/html; charset=utf-8" } });
