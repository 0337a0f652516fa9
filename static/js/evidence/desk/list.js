// The photos on the desk, and what follows from a decision. Pure: takes and gives values.

/**
 * @typedef {object} DeskPhoto
 * @property {string} inspection
 * @property {string} sha256
 * @property {string} item
 * @property {string} text
 * @property {boolean} failed
 * @property {{decision: string, reason: string, by: string, at: string, sending?: boolean}|null} review
 * @property {string} rate
 * @property {number} corrections how often the visit was corrected when this was read
 * @property {string[]} recordings addresses of what the inspector said about the item
 * @property {any[]} signals
 */

/** The finding that a photo shows. @param {{inspection: string, item: string}} photo */
export const findingOf = ({ inspection, item }) => `${inspection}/${item}`;

/** @param {DeskPhoto} photo */
export const isOpen = ({ failed, review }) => failed && !review;

/** @param {DeskPhoto[]} photos @returns {number} findings that are not decided */
export const openFindings = (photos) => new Set(photos.filter(isOpen).map(findingOf)).size;

/**
 * The next photo whose finding is open, after a place and then from the beginning.
 * @param {DeskPhoto[]} photos
 * @param {number} from
 * @returns {number} its place; -1 where none is open
 */
export function nextOpen(photos, from) {
  for (let step = 1; step <= photos.length; step++) {
    const at = (from + step) % photos.length;
    if (isOpen(photos[at])) return at;
  }
  return -1;
}

/**
 * Where to go on: at the photo that was looked at last; where the list has it no more, at the first open one that took
 * its place or comes behind it; where nothing was looked at, at the first open one.
 * @param {DeskPhoto[]} photos
 * @param {{finding: string, sha256: string, at: number}} [left]
 * @returns {number}
 */
export function whereLeft(photos, left) {
  if (left) {
    const there = photos.findIndex((photo) => findingOf(photo) === left.finding && photo.sha256 === left.sha256);
    return there >= 0 ? there : Math.max(0, nextOpen(photos, left.at - 1));
  }
  return Math.max(0, photos.findIndex(isOpen));
}

/**
 * What the server said of findings, put to all photos that show them.
 * @param {DeskPhoto[]} photos
 * @param {import("./server.js").Result[]} results
 * @returns {DeskPhoto[]}
 */
export function withResults(photos, results) {
  const found = new Map(results.filter(({ status }) => status !== 422).map((one) => [findingOf(one), one]));
  const rates = new Map([...found.values()].map((one) => [one.inspection, one.rate]));
  return photos.map((photo) => {
    const rate = rates.get(photo.inspection) ?? photo.rate;
    const one = found.get(findingOf(photo));
    return one ? { ...photo, review: one.review, rate } : rate === photo.rate ? photo : { ...photo, rate };
  });
}

/**
 * The decisions to send for photos: one for each finding that is open.
 * @param {DeskPhoto[]} photos
 * @param {string} decision
 * @param {string} reason
 * @returns {import("./server.js").Decision[]}
 */
export function decisionsFor(photos, decision, reason) {
  const wanted = new Map();
  for (const photo of photos.filter(isOpen)) {
    wanted.set(findingOf(photo), { inspection: photo.inspection, item: photo.item, decision, reason, seen: null, corrections: photo.corrections });
  }
  return [...wanted.values()];
}

/**
 * Photos as they will be once decisions on their way are taken; marked, until the server says so.
 * @param {DeskPhoto[]} photos
 * @param {import("./server.js").Decision[]} wanted
 * @param {string} by
 * @returns {DeskPhoto[]}
 */
export function withWanted(photos, wanted, by) {
  const found = new Map(wanted.map((one) => [findingOf(one), one]));
  return photos.map((photo) => {
    const one = found.get(findingOf(photo));
    if (!one) return photo;
    const review = one.decision === "reopened" ? null : { decision: one.decision, reason: one.reason, by, at: "", sending: true };
    return { ...photo, review };
  });
}

/**
 * The decisions that take back what was just decided.
 * @param {import("./server.js").Result[]} results
 * @returns {import("./server.js").Decision[]}
 */
export const undoing = (results) =>
  results
    .filter(({ status, review }) => status === 200 && review)
    .map(({ inspection, item, review, corrections }) => ({ inspection, item, decision: "reopened", reason: "", seen: review.at, corrections }));
