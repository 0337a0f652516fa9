// Making this phone ready to work without a network: the service worker, the pages and forms it keeps.

import { arriving } from "../arriving.js";
import { forgetOtherDays, holds, isOfToday, lastVisitOf, OFFLINE_PAGES, PAGES } from "./caching.js";
import { rooted } from "../root.js";
import { kindOf } from "./kinds.js";
import { showSafety } from "./safety.js";
import { askSession, keptSession } from "./sending/session.js";
import { keepSending, sendNow } from "./sending/schedule.js";
import { storage } from "./storage/database.js";
import { fetchToday, forgetLists, isToday, keptToday } from "./today.js";

export { sendNow };

const FILES_WAIT_MS = 60_000;
/** More sites than anybody sees in a day. */
const MOST_AHEAD = 30;

/** Called by every page that has something to send. */
export async function beginSending() {
  void forgetOtherDays().catch(() => undefined);
  await keptSession();
  const ask = () => void askSession().catch(() => undefined);
  ask();
  addEventListener("online", ask);
  keepSending();
  arriving(() => import("./storage/space.js")).then(({ showSpace }) => showSpace());
}

/**
 * Called by every page of the inspector.
 * @returns {Promise<void>}
 */
export async function beginOffline() {
  await beginSending();
  document.querySelector(".top-account")?.addEventListener("submit", () => void forgetLists());
  showSafety();
  try {
    await navigator.serviceWorker?.register(rooted("/field/sw.js"), { type: "module" });
  } catch (error) {
    console.warn(error);
  }
  showSafety();
}

/** Bring what is kept up to date: sites, forms, pages. Called by the list, where nothing is being filled in. */
export async function refreshOffline() {
  const before = await keptToday();
  const today = await fetchToday();
  if (!today || !("caches" in globalThis) || !navigator.serviceWorker) return;
  if (before && before.inspector !== today.inspector) await caches.delete(PAGES);
  const registration = await navigator.serviceWorker.ready;
  registration.update().catch(() => undefined);
  if (!(await filesArrive(today.app))) return;
  await keepPages([...Object.values(today.forms), today.outlines], await begunPages(today), today.app);
  dispatchEvent(new Event("offline-ready"));
  try {
    await keepSeen(today);
  } finally {
    // Last of all: a request of this page while the old worker ends would start it again, and until that one is idle the
    // new one waits, and every page with it.
    registration.waiting?.postMessage({ type: "take-over" });
  }
}

/** Last visits and their photos, and the reference photos of the forms. @param {import("./today.js").Today} today */
async function keepSeen(today) {
  const lastVisits = await keepLastVisits();
  const { keepReferences } = await arriving(() => import("./references.js"));
  await keepReferences(today.references ?? []);
  const { keepLastPhotos } = await arriving(() => import("./last-photos.js"));
  await keepLastPhotos(lastVisits);
}

/** What was found the last time at the sites that the list has for this inspector and that are still to be seen. */
async function keepLastVisits() {
  const cache = await caches.open(PAGES);
  const rows = /** @type {HTMLElement[]} */ ([...document.querySelectorAll("[data-own]:not([data-done])")]);
  const addresses = rows.slice(0, MOST_AHEAD).map(({ dataset }) => lastVisitOf(dataset.code ?? ""));
  for (const address of addresses) if (!isOfToday(await cache.match(address, { ignoreVary: true }))) await add(cache, address);
  return addresses;
}

/**
 * The pages of what is being filled in and has no form among today's: the office has changed site or checklist since.
 * @param {import("./today.js").Today} today
 */
async function begunPages(today) {
  const db = await storage();
  const drafts = (await db.list("drafts")).filter(({ inspector, site, version }) => inspector === today.inspector && site && version);
  const others = drafts.filter(({ site, version, kind = "inspection" }) => kind === "inspection" && !isToday(today, site, version));
  return others.map(({ site, version }) => kindOf().page(site, version));
}

/**
 * The files that a page names are not kept for longer than some versions: a page of an older one is asked for again.
 * @param {string[]} forms and the ground of the map: addresses that change with their content
 * @param {string[]} begun
 * @param {string} app version of the application
 */
async function keepPages(forms, begun, app) {
  const cache = await caches.open(PAGES);
  const have = (await cache.keys()).map(({ url }) => url.slice(location.origin.length));
  for (const address of forms.filter((one) => !have.includes(one))) await add(cache, address);
  for (const address of [...begun, ...OFFLINE_PAGES]) if (!(await isOf(cache, address, app))) await add(cache, address);
  const isForm = (one) => ["/field/forms/", "/field/sites/", "/field/outlines.json"].some((begin) => one.startsWith(rooted(begin)));
  const stale = have.filter((one) => isForm(one) && !forms.includes(one) && !begun.includes(one));
  await Promise.all(stale.map((one) => cache.delete(one)));
}

/** @param {Cache} cache @param {string} address @param {string} app */
async function isOf(cache, address, app) {
  return (await cache.match(address, { ignoreVary: true }))?.headers.get("X-App-Version") === app;
}

/** A page that cannot be had is left out; the next visit tries again. */
async function add(cache, address) {
  const response = await fetch(address, { credentials: "same-origin", redirect: "manual", cache: "no-store" }).catch(() => null);
  if (response?.ok && response.type === "basic") await cache.put(address, response);
}

async function filesArrive(version) {
  for (const start = Date.now(); Date.now() - start < FILES_WAIT_MS; ) {
    if (await holds(version)) return true;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  return false;
}
