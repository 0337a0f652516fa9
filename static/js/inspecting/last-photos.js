// The photos of last visits, small ones, kept ahead for the day beside what was found.

import { isOfToday, LAST_VISITS, PAGES } from "./caching.js";

/** Few enough for a phone that has no room and a line that has no time; the sites that the list has first come first. */
const MOST = 60;
const MOST_BYTES = 3_000_000;
const PHOTO = "/photos/";

/**
 * Keep the photos of these and no others; what a line does not bring the next visit tries again.
 * @param {string[]} addresses of last visits that are kept
 */
export async function keepLastPhotos(addresses) {
  if (/** @type {any} */ (navigator).connection?.saveData) return;
  const cache = await caches.open(PAGES);
  const wanted = (await Promise.all(addresses.map((one) => photosOf(cache, one)))).flat().slice(0, MOST);
  const keys = (await cache.keys()).map(({ url }) => url.slice(location.origin.length));
  const others = keys.filter((one) => one.startsWith(LAST_VISITS) && one.includes(PHOTO) && !wanted.includes(one));
  await Promise.all(others.map((one) => cache.delete(one, { ignoreVary: true })));
  let left = MOST_BYTES;
  for (const address of wanted) {
    if (left > 0) left -= await bytesOf(cache, address, left);
    else await cache.delete(address, { ignoreVary: true });
  }
}

/** @param {Cache} cache @param {string} address @returns {Promise<string[]>} addresses */
async function photosOf(cache, address) {
  const page = await cache.match(address, { ignoreVary: true });
  if (!page) return [];
  const images = new DOMParser().parseFromString(await page.text(), "text/html").querySelectorAll("img");
  return [...images].map((image) => image.getAttribute("src") ?? "").filter((one) => one.startsWith(LAST_VISITS) && one.includes(PHOTO));
}

/** @param {Cache} cache @param {string} address @param {number} most @returns {Promise<number>} how many it takes: all, where it is too large */
async function bytesOf(cache, address, most) {
  const kept = await cache.match(address, { ignoreVary: true });
  const answer = isOfToday(kept) ? kept : await fetch(address, { credentials: "same-origin", redirect: "manual", cache: "no-store" }).catch(() => null);
  if (!answer?.ok) return 0;
  const { size } = await answer.clone().blob();
  if (size > most) await cache.delete(address, { ignoreVary: true });
  else if (answer !== kept) await cache.put(address, answer).catch(() => undefined);
  return Math.min(size, most);
}
