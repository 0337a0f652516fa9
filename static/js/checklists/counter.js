// Counting what was seen, by class, with undo.

/** @typedef {{yes: number, of: number}} Count */
/** @typedef {{counts: Record<string, Count>, taps: {id: string, yes: boolean}[]}} Counter */

/**
 * @param {Record<string, Count>} counts by class id; "" where the item has no classes
 * @returns {Counter} with nothing to undo
 */
export const counterOf = (counts) => ({ counts, taps: [] });

/**
 * @param {Counter} counter
 * @param {string} id class
 * @param {boolean} yes
 * @returns {Counter} with one more observed
 */
export function counted(counter, id, yes) {
  return { counts: changed(counter.counts, id, yes, 1), taps: [...counter.taps, { id, yes }] };
}

/**
 * @param {Counter} counter
 * @returns {Counter} without the last tap
 */
export function undone(counter) {
  const last = counter.taps[counter.taps.length - 1];
  if (!last) return counter;
  return { counts: changed(counter.counts, last.id, last.yes, -1), taps: counter.taps.slice(0, -1) };
}

/**
 * @param {Record<string, Count>} counts
 * @returns {Count} over all classes
 */
export function total(counts) {
  const all = Object.values(counts);
  return { yes: all.reduce((sum, count) => sum + count.yes, 0), of: all.reduce((sum, count) => sum + count.of, 0) };
}

/**
 * @param {Count} count
 * @returns {string} for example 70.0%, or — where nothing was observed
 */
export function share({ yes, of }) {
  return of ? `${((100 * yes) / of).toFixed(1)}%` : "—";
}

function changed(counts, id, yes, by) {
  const { yes: k, of } = counts[id] ?? { yes: 0, of: 0 };
  return { ...counts, [id]: { yes: Math.max(0, k + (yes ? by : 0)), of: Math.max(0, of + by) } };
}
