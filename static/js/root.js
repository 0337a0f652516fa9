// Where on its host this site stands: at its root, or behind a proxy under a path.

const { href, pathname } = new URL(import.meta.url);
const STATIC = "/static/";

/** What comes before every path of ours, as `/inspect`; mostly nothing. This very file tells. */
export const ROOT = pathname.slice(0, pathname.lastIndexOf(STATIC));

/** @param {string} path of this application, from its slash on @returns {string} the path on the host */
export const rooted = (path) => ROOT + path;

/** Addresses of files begin with the version that this script is of. */
const FILES = href.slice(0, href.indexOf("/", href.lastIndexOf(STATIC) + STATIC.length) + 1);

/**
 * A file that no import names; scripts may come in one file with others, so that they do not know where they stand.
 * @param {string} path in static/
 * @returns {string} its address
 */
export const fileAt = (path) => FILES + path;
