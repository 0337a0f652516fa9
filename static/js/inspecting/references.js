// The pictures of reference photos, kept ahead for work without a network once all else is.

import { rooted } from "../root.js";
import { PAGES } from "./caching.js";

const PICTURES = rooted("/field/references/pictures/");

/**
 * Keep these and no others; what a line does not bring the next visit tries again.
 * @param {string[]} addresses each with one picture for good
 */
export async function keepReferences(addresses) {
  if (/** @type {any} */ (navigator).connection?.saveData) return;
  const cache = await caches.open(PAGES);
  const have = (await cache.keys()).map(({ url }) => url.slice(location.origin.length)).filter((one) => one.startsWith(PICTURES));
  await Promise.all(have.filter((one) => !addresses.includes(one)).map((one) => cache.delete(one)));
  for (const address of addresses.filter((one) => !have.includes(one))) {
    const answer = await fetch(address, { credentials: "same-origin", redirect: "manual" }).catch(() => null);
    if (!answer?.ok || answer.type !== "basic") return;
    await cache.put(address, answer).catch(() => undefined);
  }
}
