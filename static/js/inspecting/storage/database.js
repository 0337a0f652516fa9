// What the phone keeps: IndexedDB, or memory where there is none. Reads give values; writes are lists of changes that
// take effect together or not at all, and count as done only when the browser says that they are.

import { ROOT } from "../../root.js";
import { within } from "../../within.js";

/** @typedef {"drafts"|"media"|"outbox"|"kept"} StoreName */
/** @typedef {{put: StoreName, value: any} | {remove: StoreName, key: string}} Change */
/**
 * @typedef {object} Storage
 * @property {boolean} durable false: nothing survives closing the page
 * @property {(store: StoreName, key: string) => Promise<any>} get
 * @property {(store: StoreName, index?: string, value?: string) => Promise<any[]>} list
 * @property {(store: StoreName, index?: string, value?: string) => Promise<string[]>} keys
 * @property {(changes: Change[]) => Promise<void>} write throws StorageFull, StorageFailed
 * @property {(store: StoreName, key: string, change: (old: any) => any, more?: Change[]) => Promise<any>} update read and
 *   write in one transaction; `change` returns the new value, null to remove it, or undefined to leave all as it is;
 *   `more` goes with it
 * @property {(asks: Ask[], decide: (answers: any[]) => Change[]) => Promise<void>} decide read drafts, photos and outbox, and write
 *   what comes of it, in one transaction; blobs are neither among the answers nor among the changes
 */
/** @typedef {{of: StoreName, key: string} | {of: StoreName, index: string, value: string, keys?: boolean}} Ask for one value, or for
 *   all with an index value, or for their keys */

/** The phone has no room left. */
export class StorageFull extends Error {
  constructor() {
    super("手机存储空间不足，没有存下。请先清理手机空间，或到「待发」页把已有内容发送、导出");
  }
}

/** The browser did not keep it, for another reason. */
export class StorageFailed extends Error {
  /** @param {unknown} cause */
  constructor(cause) {
    super("手机没有存下这次改动。请不要关闭本页，尽快联网提交", { cause });
  }
}

/** One database for each place that the application is served at: they may share an origin. */
export const NAME = `inspect${ROOT}`;
const VERSION = 1;
/** @type {Record<StoreName, {keyPath: string, index?: string}>} */
const STORES = {
  drafts: { keyPath: "id", index: "place" },
  media: { keyPath: "key", index: "owner" },
  outbox: { keyPath: "id", index: "state" },
  kept: { keyPath: "name" },
};

/**
 * Photos and recordings that the phone would not keep, by key: this page has them for as long as it is open.
 * @type {Map<string, import("./drafts.js").Media>}
 */
export const inPage = new Map();

/** @type {Promise<Storage>|undefined} */
let opened;

/**
 * The phone's storage, opened once.
 * @returns {Promise<Storage>}
 */
export function storage() {
  opened ??= open().catch(() => inMemory());
  return opened;
}

/** @returns {Promise<Storage>} */
async function open() {
  let database = await connect();
  const again = async () => (database = await connect());
  /**
   * A browser may close the connection behind our back (clearing, pressure on its storage); one more try is then right.
   * @template T
   * @param {(database: IDBDatabase) => Promise<T>} work
   */
  const withDatabase = async (work) => {
    try {
      return await work(database);
    } catch (error) {
      if (!(error instanceof DOMException && error.name === "InvalidStateError")) throw error;
      return work(await again());
    }
  };
  /** Asked when there is a Blob to be kept, and not before. @type {Promise<boolean>|undefined} */
  let blobs;
  /**
   * Blobs as they are where this browser keeps them, else as bytes; as bytes as well where one could not be kept.
   * @template T
   * @param {Change[]} changes
   * @param {(changes: Change[]) => Promise<T>} act
   */
  const withBlobs = async (changes, act) => {
    if (!changes.some(putsBlob)) return act(changes);
    if (!(await (blobs ??= keepsBlobs(database)))) return act(await asBytes(changes));
    try {
      return await act(changes);
    } catch (error) {
      const bytes = await asBytes(changes).catch(() => Promise.reject(error));
      return act(bytes);
    }
  };
  return {
    durable: true,
    get: (store, key) => withDatabase((db) => asked(reader(db, store).get(key))).then(withBlob),
    list: (store, index, value) => withDatabase((db) => asked(source(reader(db, store), index).getAll(value))).then((all) => all.map(withBlob)),
    keys: (store, index, value) => withDatabase((db) => asked(source(reader(db, store), index).getAllKeys(value))),
    write: (changes) => withBlobs(changes, (changes) => withDatabase((db) => write(db, changes))),
    update: (store, key, change, more = []) => withBlobs(more, (more) => withDatabase((db) => update(db, store, key, change, more))),
    decide: (asks, decide) => withDatabase((db) => decided(db, asks, decide)),
  };
}

const PROBE = "probe";

/**
 * Whether this browser writes a Blob. WebKit does not in private windows, whatever else it keeps.
 * @param {IDBDatabase} db
 * @returns {Promise<boolean>}
 */
function keepsBlobs(db) {
  const probe = [{ put: /** @type {const} */ ("media"), value: { key: PROBE, blob: new Blob([PROBE]) } }, { remove: /** @type {const} */ ("media"), key: PROBE }];
  const tried = new Promise((resolve) => resolve(write(db, probe)));
  return within(PROBE_WAIT_MS, tried).then(() => true, () => false);
}

/** @param {Change} change */
const putsBlob = (change) => "put" in change && change.value.blob instanceof Blob;

/** @param {Change[]} changes @returns {Promise<Change[]>} with the bytes of each Blob in its place */
const asBytes = (changes) => Promise.all(changes.map(async (change) => ("put" in change && putsBlob(change) ? { ...change, value: await packed(change.value) } : change)));

const packed = async ({ blob, ...rest }) => ({ ...rest, bytes: await blob.arrayBuffer(), type: blob.type });

/** @param {any} value as it is kept @returns {any} with its Blob, however that is kept */
function withBlob(value) {
  if (!value?.bytes) return value;
  const { bytes, type, ...rest } = value;
  return { ...rest, blob: new Blob([bytes], { type }) };
}

/** Some browsers never answer: Safari after an update, some in-app browsers. */
const PATIENCE_MS = 10_000;
/** A few bytes are written in less, or the browser does not answer. */
const PROBE_WAIT_MS = 3_000;

/** @returns {Promise<IDBDatabase>} */
function connect() {
  // What a newer version of the application has made is used as it is: this page is older, or the server was set back.
  const newer = (error) => (error?.name === "VersionError" ? opening() : Promise.reject(error));
  return within(PATIENCE_MS, opening(VERSION).catch(newer));
}

/** @param {number} [version] the one on the phone, where none is named @returns {Promise<IDBDatabase>} */
function opening(version) {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, version);
    request.onupgradeneeded = () => {
      for (const [name, { keyPath, index }] of Object.entries(STORES)) {
        if (request.result.objectStoreNames.contains(name)) continue;
        const store = request.result.createObjectStore(name, { keyPath });
        if (index) store.createIndex(index, index);
      }
    };
    request.onsuccess = () => {
      // A newer version of the application in another tab must not wait for this one.
      request.result.onversionchange = () => request.result.close();
      resolve(request.result);
    };
    request.onerror = () => reject(request.error);
  });
}

const reader = (db, store) => db.transaction(store, "readonly").objectStore(store);
const source = (store, index) => (index ? store.index(index) : store);

/**
 * @param {IDBRequest} request
 * @returns {Promise<any>}
 */
function asked(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/**
 * @param {IDBDatabase} db
 * @param {Change[]} changes
 * @returns {Promise<void>}
 */
function write(db, changes) {
  if (!changes.length) return Promise.resolve();
  return finished(writing(db, changes), (transaction) => apply(transaction, changes));
}

/** @param {IDBDatabase} db @param {Change[]} changes @param {StoreName[]} more */
function writing(db, changes, more = []) {
  const names = new Set([...more, ...changes.map((change) => ("put" in change ? change.put : change.remove))]);
  return db.transaction([...names], "readwrite", { durability: "strict" });
}

/** @param {IDBTransaction} transaction @param {Change[]} changes */
function apply(transaction, changes) {
  for (const change of changes) {
    if ("put" in change) transaction.objectStore(change.put).put(change.value);
    else transaction.objectStore(change.remove).delete(change.key);
  }
}

/** @param {StoreName} store @param {string} key @param {any} value @returns {Change} */
const as = (store, key, value) => (value === null ? { remove: store, key } : { put: store, value });

/** @returns {Promise<any>} */
async function update(db, store, key, change, more) {
  let value;
  await finished(writing(db, more, [store]), (transaction, attempt) => {
    const request = transaction.objectStore(store).get(key);
    request.onsuccess = () =>
      attempt(() => {
        value = change(request.result);
        if (value !== undefined) apply(transaction, [as(store, key, value), ...more]);
      });
  });
  return value;
}

/** What a decision may read and write. @type {StoreName[]} */
const WORK = ["drafts", "media", "outbox"];

/** @param {IDBDatabase} db @param {Ask[]} asks @param {(answers: any[]) => Change[]} decide @returns {Promise<void>} */
function decided(db, asks, decide) {
  /** @type {any[]} */
  const answers = [];
  let open = asks.length;
  return finished(db.transaction(WORK, "readwrite", { durability: "strict" }), (transaction, attempt) => {
    asks.forEach((ask, number) => {
      const request = requested(transaction.objectStore(ask.of), ask);
      request.onsuccess = () => {
        answers[number] = request.result;
        open -= 1;
        if (!open) attempt(() => apply(transaction, decide(answers)));
      };
    });
  });
}

/** @param {IDBObjectStore} store @param {Ask} ask @returns {IDBRequest} */
function requested(store, ask) {
  if ("key" in ask) return store.get(ask.key);
  const index = store.index(ask.index);
  return ask.keys ? index.getAllKeys(ask.value) : index.getAll(ask.value);
}

/**
 * @param {IDBTransaction} transaction
 * @param {(transaction: IDBTransaction, attempt: (act: () => void) => void) => void} work what it does later, when a
 *   request of its has been answered, it does by `attempt`: an error there would end the transaction and say nothing
 * @returns {Promise<void>} resolved on `complete`, not before
 */
function finished(transaction, work) {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve(undefined);
    transaction.onabort = () => reject(failure(transaction.error));
    const attempt = (act) => {
      try {
        act();
      } catch (error) {
        reject(failure(error));
        try {
          transaction.abort();
        } catch {
          // Already aborted.
        }
      }
    };
    attempt(() => work(transaction, attempt));
  });
}

const failure = (error) => (error?.name === "QuotaExceededError" ? new StorageFull() : new StorageFailed(error));

/** @returns {Storage} the same in memory */
function inMemory() {
  /** @type {Record<string, Map<string, any>>} */
  const stores = Object.fromEntries(Object.keys(STORES).map((name) => [name, new Map()]));
  const found = (store, index, value) =>
    [...stores[store]].filter(([, kept]) => !index || value === undefined || kept[index] === value);
  /** @param {Change[]} changes */
  const write = (changes) => {
    for (const change of changes) {
      if ("put" in change) stores[change.put].set(change.value[STORES[change.put].keyPath], change.value);
      else stores[change.remove].delete(change.key);
    }
  };
  /** @param {Ask} ask */
  const answer = (ask) => {
    if ("key" in ask) return stores[ask.of].get(ask.key);
    return found(ask.of, ask.index, ask.value).map(([key, kept]) => (ask.keys ? key : kept));
  };
  return {
    durable: false,
    decide: async (asks, decide) => write(decide(asks.map(answer))),
    get: async (store, key) => stores[store].get(key),
    list: async (store, index, value) => found(store, index, value).map(([, kept]) => kept),
    keys: async (store, index, value) => found(store, index, value).map(([key]) => key),
    write: async (changes) => write(changes),
    update: async (store, key, change, more = []) => {
      const value = change(stores[store].get(key));
      if (value !== undefined) write([as(store, key, value), ...more]);
      return value;
    },
  };
}
