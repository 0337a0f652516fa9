// Waiting no longer than it makes sense.

/**
 * What a promise gives, where it gives it in time; else the reason is thrown. What comes later is left alone.
 * @template T
 * @param {number} ms
 * @param {Promise<T>} promise
 * @param {unknown} [reason]
 * @returns {Promise<T>}
 */
export async function within(ms, promise, reason = new Error("no answer in time")) {
  /** @type {ReturnType<typeof setTimeout>|undefined} */
  let timer;
  const late = new Promise((_, reject) => (timer = setTimeout(reject, ms, reason)));
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
