// What is kept of somebody's words outside the database: who goes along is a name, and phrases may have some.

/** Where the choice of who goes along today is kept. */
export const PARTNER = "inspect.partner";
/** Where the phrases of an account are kept: behind this, its name. */
export const PHRASES = "inspect.phrases.";

/** Nobody is signed in any more. The worker, which has no such storage, leaves it to the page of signing in. */
export function forgetWords() {
  try {
    const { localStorage = {} } = /** @type {any} */ (globalThis);
    const words = Object.keys(localStorage).filter((name) => name === PARTNER || name.startsWith(PHRASES));
    for (const name of words) localStorage.removeItem(name);
  } catch {
    // A browser that closes its storage keeps nothing there.
  }
}
