// The scoring methods as the phone knows them: each is a module of methods/, named as in the checklist, and loaded where
// an item of the page has it. Its twin on the server is in domain/checklists/methods/.

/** @typedef {import("./answers.js").Item} Item */
/** @typedef {import("./answers.js").Fields} Fields */
/** @typedef {import("./answers.js").Located} Located */
/**
 * @typedef {object} Method what a module exports as `method`; values are as the server takes them
 * @property {(read: (...name: string[]) => string, item: Item, fields: Fields) => any} read the value; undefined where there is none yet
 * @property {(value: any) => string} [problem] what is wrong with a value; empty where nothing is
 * @property {(value: any, rule: any, site: Located|null) => boolean} failed whether points are lost, or may be
 * @property {(value: any, photoOfRow: (row: string) => string|undefined) => any} [written] the value with the photos of its rows
 * @property {(element: HTMLElement, item: Item) => void} [fine] fill in what 「其余都合格」 means; without it an item is left open
 * @property {(element: HTMLElement, item: Item, page: Page) => Control} [begin] bring its fields to life
 */
/**
 * @typedef {object} Page what an item's fields know of their page
 * @property {Located|null} site
 * @property {(removed?: Element) => void} changed told when a field of the item was changed by script, and which row was removed, if one was
 */
/**
 * @typedef {object} Control what the page asks of an item's fields
 * @property {() => void} [show] show what the fields say
 * @property {() => void} [tick] show the running time
 * @property {() => number} [watched] milliseconds watched
 * @property {(elapsedMs: number) => void} [resume] with the time that a draft has
 * @property {(fields: Fields) => void} [makeRows] room for the rows of a draft
 * @property {(fields: Fields, was: Fields, hasPhotos: (row: Element) => boolean) => void} [matchRows] likewise for those that another page has
 *   added to it, and none for those that it has removed; `was` are the fields as this page had them: what is to count as entered here
 *   leaves them. `hasPhotos` tells whether a row has photos that stay
 */

/** @type {Map<string, Method>} */
const loaded = new Map();

/** @param {Item[]} items whose methods will be asked for */
export async function loadMethods(items) {
  const names = [...new Set(items.map(({ method }) => method))];
  await Promise.all(names.map(async (name) => loaded.set(name, (await import(`./methods/${name}.js`)).method)));
}

/**
 * @param {Item} item
 * @returns {Method} which was loaded
 */
export function methodOf(item) {
  const method = loaded.get(item.method);
  if (!method) throw new Error(`the method ${item.method} was not loaded`);
  return method;
}
