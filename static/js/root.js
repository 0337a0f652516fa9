// Where on its host this site stands: at its root, or behind a proxy under a path.

const { pathname } = new URL(import.meta.url);

/** What comes before every path of ours, as `/inspect`; mostly nothing. This very file tells. */
export const ROOT = pathname.slice(0, pathname.lastIndexOf("/static/"));

/** @param {string} path of this application, from its slash on @returns {string} the path on the host */
export const rooted = (path) => ROOT + path;
