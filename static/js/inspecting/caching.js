// The names of what the service worker keeps, for it and for the pages.

import { ROOT, rooted } from "../root.js";

/** Shows the week's plan, which nobody is to read on a phone that was lost: good on the day it came. */
export const PLAN_PAGE = rooted("/field/");
/** Where the last visits of sites are that were looked at, or are on the inspector's own list: good on the day they came, too. */
export const LAST_VISITS = rooted("/field/last/");
/** @param {string} code of a site */
export const lastVisitOf = (code) => `${LAST_VISITS}${encodeURIComponent(code)}?part=1`;
/** Pages that are kept ahead, each under its own address. */
export const OFFLINE_PAGES = [PLAN_PAGE, ...["/field/outbox", "/field/adhoc"].map(rooted)];

/** The cache of pages that open without the network as they were last seen. */
export const PAGES = `inspect-pages${ROOT}`;
const FILES = `inspect-files${ROOT}-`;

/** @param {string} version of the application */
export const filesOf = (version) => FILES + version;

/** @param {string} name of a cache */
export const isFiles = (name) => name.startsWith(FILES);

/** Where the newest day is noted that this phone's clock has shown: setting it back shows nothing again. */
const NEWEST_DAY = `${LAST_VISITS}newest-day`;

/** Delete what is not of this day of what is good for its day only; at any start of a page or of the worker, on line or not. */
export async function forgetOtherDays() {
  if (!globalThis.caches || !(await caches.has(PAGES))) return;
  const cache = await caches.open(PAGES);
  const requests = (await cache.keys()).filter(({ url }) => isOfADay(new URL(url).pathname));
  const answers = await Promise.all(requests.map((request) => cache.match(request, { ignoreVary: true })));
  const noted = (await cache.match(NEWEST_DAY))?.headers.get("Date");
  // All days at once: the phone's zone may be another after any wait, and days of two zones are never the same.
  const seen = dayOf(noted);
  const newest = Math.max(seen, dayOf(Date.now()));
  const old = requests.filter((_, at) => dayOf(answers[at]?.headers.get("Date")) !== newest);
  await Promise.all(old.map((request) => cache.delete(request, { ignoreVary: true })));
  if (newest !== seen) await cache.put(NEWEST_DAY, new Response("", { headers: { Date: new Date(newest).toUTCString() } }));
}

/** @param {string} path */
const isOfADay = (path) => path === PLAN_PAGE || (path.startsWith(LAST_VISITS) && path !== NEWEST_DAY);

/** @param {string|number|null|undefined} instant @returns {number} the beginning of its day, by the phone's zone */
const dayOf = (instant) => new Date(instant ?? 0).setHours(0, 0, 0, 0);

/** Whether a kept answer came today, by the phone's clock and zone. @param {Response|undefined} response */
export const isOfToday = (response) => new Date(response?.headers.get("Date") ?? 0).toDateString() === new Date().toDateString();

/**
 * Whether every file of a version is kept; they are put there all at once.
 * @param {string} version
 */
export async function holds(version) {
  if (!(await caches.has(filesOf(version)))) return false;
  return (await (await caches.open(filesOf(version))).keys()).length > 0;
}
