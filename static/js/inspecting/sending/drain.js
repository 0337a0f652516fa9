// Sending what is in the outbox: each photo by itself, then the record; one item after the other, in order. An item
// that fails is put aside with the reason and does not hold up the others.

import { rooted } from "../../root.js";
import { kindOf } from "../kinds.js";
import { announce, isSame, outboxItems } from "../storage/outbox.js";
import { inPage, storage } from "../storage/database.js";
import { alone } from "./lock.js";
import { receiptIn, unlisted } from "./receipt.js";
import { PASSING, request, Unreachable } from "./request.js";
import { askSession } from "./session.js";

/** @typedef {import("../storage/outbox.js").OutboxItem} OutboxItem */
/** @typedef {import("../storage/outbox.js").Part} Part */
/** @typedef {import("./session.js").Session} Session */
/**
 * @typedef {"done"|"busy"|"offline"|"trouble"|"signin"|"later"} Ended done: nothing is left to send; busy: somebody
 *   else sends; offline: the server cannot be reached; trouble: it has a passing trouble; later: items wait for a try
 */

const PATHS = { photo: rooted("/api/v1/photos/"), audio: rooted("/api/v1/audio/") };
const FIRST_WAIT_MS = 4_000;
const LONGEST_WAIT_MS = 300_000;
/** How often one item is tried again at once when the line broke though the server is there. */
const QUICK_TRIES = 3;
/** How often a photo that only another page has is waited for, before that page is taken to be closed. */
const PAGE_TRIES = 6;

/** The item cannot be sent as it is; the inspector has to do something. */
class Refused extends Error {
  /** @param {number} status @param {any} body @param {string} [otherwise] */
  constructor(status, body, otherwise = `服务器没有接收（HTTP ${status}）`) {
    super(body?.error || otherwise);
    this.status = status;
    this.problems = body?.problems ?? [];
    /** The office has it all the same. */
    this.held = body?.held === true;
  }
}

/** Worth another try later. */
class Later extends Error {
  /** @param {number|null} status @param {string} text */
  constructor(status, text) {
    super(text);
    this.status = status;
  }
}

class SignedOut extends Error {}

/**
 * Send all that can be sent.
 * @returns {Promise<Ended>}
 */
export async function drain() {
  // A page with nothing to send is in nobody's way.
  return (await isAnyOpen()) ? ((await alone(drainAll)) ?? "busy") : "done";
}

/** @param {() => Promise<void>} alive @returns {Promise<Ended>} */
async function drainAll(alive) {
  try {
    // Somebody else may have sent it all meanwhile.
    if (!(await isAnyOpen())) return "done";
    let session = await signedIn();
    await tell("sending");
    // On a full phone an item cannot even be marked as put off: nothing is tried twice in one round.
    /** @type {Set<string>} */
    const tried = new Set();
    for (let ids = await due(session.user, tried); ids.length; ids = await due(session.user, tried)) {
      for (const id of ids) {
        tried.add(id);
        await alive();
        session = await sendItem(id, session);
      }
    }
    const ended = (await openItems(session.user)).length ? "later" : "done";
    await tell(ended);
    return ended;
  } catch (error) {
    const ended = error instanceof SignedOut ? "signin" : error instanceof Unreachable ? (error.status ? "trouble" : "offline") : null;
    if (!ended) throw error;
    await tell(ended);
    return ended;
  }
}

const OPEN_STATES = ["waiting", "sending"];

/** @param {OutboxItem} item */
export const isOpen = ({ state }) => OPEN_STATES.includes(state);

/** Only by their keys: a phone may have hundreds of records, and asks at each page. */
async function isAnyOpen() {
  const db = await storage();
  const found = await Promise.all(OPEN_STATES.map((state) => db.keys("outbox", "state", state)));
  return found.some(({ length }) => length);
}

/** @param {string} user @returns {Promise<OutboxItem[]>} what is to be sent for an inspector, in order */
export const openItems = async (user) => (await outboxItems()).filter((item) => isOpen(item) && item.inspector === user);

/** The items of an inspector that may be tried now. Only their ids: hundreds of records need not be in memory at once. */
async function due(user, tried) {
  const items = (await openItems(user)).filter(({ id, not_before }) => not_before <= Date.now() && !tried.has(id));
  return items.map(({ id }) => id);
}

/** @returns {Promise<Session>} */
async function signedIn() {
  const session = await askSession();
  if (!session) throw new SignedOut();
  return session;
}

/**
 * @param {string} id
 * @param {Session} session
 * @returns {Promise<Session>} which may have been renewed
 */
async function sendItem(id, session) {
  const db = await storage();
  /** @type {OutboxItem} */
  let item = await db.get("outbox", id);
  const first = item;
  for (let quick = 0; ; quick++) {
    try {
      // What was finished anew meanwhile has its own turn.
      if (first && isSame(item, first) && isOpen(item)) await sendOnce(item, session);
      return session;
    } catch (error) {
      if (error instanceof Refused) {
        await settle(item, { state: "refused", status: error.status, problem: error.message, problems: error.problems, held: error.held });
        return session;
      }
      if (error instanceof SignedOut) {
        await settle(item, { state: "waiting", status: 401, problem: "登录已过期，登录后自动继续发送" });
        throw error;
      }
      if (!(error instanceof Later) && !(error instanceof Unreachable)) {
        await putOff(item, null, `手机上出错：${error instanceof Error ? error.message : error}`);
        return session;
      }
      if (error instanceof Later) {
        await putOff(item, error.status, error.message);
        return signedIn();
      }
      // Is it the network, or only this request? The answer says, and brings a fresh token.
      await settle(item, { state: "waiting", status: null, problem: "网络不通，等待自动重试" });
      session = await signedIn();
      if (quick < QUICK_TRIES) {
        item = await db.get("outbox", id);
        continue;
      }
      await putOff(item, null, brokenOff(error));
      return session;
    }
  }
}

/** One try. @param {OutboxItem} item @param {Session} session */
async function sendOnce(item, session) {
  await settle(item, { state: "sending", status: item.status, problem: "" });
  // Two pictures may be one and the same file.
  const sent = new Set();
  /** What cannot be sent, or is no photo to the server: the rest goes to the office without it. @type {Refused[]} */
  const refused = [];
  for (const part of item.media) {
    if (!part.sent && !sent.has(part.sha256)) await sendPart(item, part, session).catch(putBy(refused));
    sent.add(part.sha256);
  }
  const answer = await put(`${kindOf(item.kind).records}${item.id}`, item.body, session, refused.length > 0);
  if (refused.length && !(await isWhole(answer, item, session))) throw withoutSome(refused, answer);
  if (answer.status === 409) throw new Refused(409, answer.body, "服务器上已有另一份内容不同的测评");
  const lacking = partsNamed(item.media, answer.body?.missing);
  if (answer.status === 422 && lacking.length) {
    await markUnsent(item, lacking);
    throw new Later(422, `服务器还缺 ${lacking.length} 张照片，将重新上传`);
  }
  if (answer.status !== 200 && answer.status !== 201) throw new Refused(answer.status, answer.body);
  const receipt = await receiptIn(answer.body, item, session);
  if (!receipt) throw new Later(answer.status, "服务器的回执无效，内容仍保存在手机上，稍后重发");
  const rest = unlisted(receipt, item.media);
  if (rest.length) {
    await markUnsent(item, rest);
    throw new Later(answer.status, `服务器的回执缺 ${rest.length} 张照片，将重新上传`);
  }
  await confirm(item, answer.body, receipt);
}

/** @param {Unreachable} error again and again, though the server is there */
const brokenOff = ({ foreign }) =>
  foreign
    ? `有设备拦在服务器前面（HTTP ${foreign}，回答的不是本系统），不是信号问题，请告诉管理员；稍后自动重试`
    : "连接多次中断，稍后自动重试";

/** @param {Refused[]} refused is given what was refused; all else is thrown */
const putBy = (refused) => (/** @type {unknown} */ error) => {
  if (!(error instanceof Refused)) throw error;
  refused.push(error);
};

/** Whether the server has it with all its parts, from an earlier try. @returns {Promise<boolean>} */
async function isWhole({ status, body }, item, session) {
  const receipt = status === 200 ? await receiptIn(body, item, session) : null;
  return receipt !== null && !unlisted(receipt, item.media).length;
}

/** @param {Refused[]} refused parts @param {import("./request.js").Answer} answer to the record, sent without them */
function withoutSome(refused, { status, body }) {
  const taken = status === 200 || status === 201;
  const why = taken ? new Refused(status, null, `办公室已收下这份测评，但没有其中 ${refused.length} 张（段）：${refused[0].message}`) : refused[0];
  return Object.assign(why, { held: taken || body?.held === true });
}

/** @param {OutboxItem} item @param {Part} part @param {Session} session */
async function sendPart(item, part, session) {
  const db = await storage();
  const blob = (inPage.get(part.key) ?? (await db.get("media", part.key)))?.blob;
  if (!blob && part.unkept && item.tries < PAGE_TRIES) throw new Later(null, "有照片没有存进手机，只在填写它的那一页：请不要关闭那一页");
  if (!blob) throw new Refused(0, null, "有照片已不在这部手机上，无法发送");
  const { status, body } = await put(PATHS[part.media] + part.sha256, blob, session);
  if (status !== 200 && status !== 201) throw new Refused(status, body);
  if (body?.sha256 !== part.sha256) throw new Later(status, "服务器没有确认这张照片，稍后重发");
  await mark(item, (one) => one.sha256 === part.sha256, true);
}

/**
 * A PUT, with a fresh token where the old one is not good any more.
 * @param {string} path
 * @param {Blob|string} body
 * @param {Session} session
 * @param {boolean} [incomplete] some of what the record names will not come
 */
async function put(path, body, session, incomplete = false) {
  let answer = await request("PUT", path, { body, csrf: session.csrf, incomplete });
  if (answer.status === 400) {
    session.csrf = (await signedIn()).csrf;
    answer = await request("PUT", path, { body, csrf: session.csrf, incomplete });
  }
  if (answer.status === 401) throw new SignedOut();
  if (PASSING.has(answer.status)) throw new Later(answer.status, `服务器暂时有问题（HTTP ${answer.status}），稍后自动重试`);
  return answer;
}

/**
 * The server has all of it: the photos go, a note stays. Not where the inspector has taken the item back meanwhile.
 * @param {OutboxItem} item
 */
async function confirm(item, { page }, receipt) {
  const db = await storage();
  const confirmed = {
    ...item,
    state: "confirmed",
    status: 200,
    problem: "",
    problems: [],
    body: "",
    draft: null,
    media: item.media.map((part) => ({ ...part, sent: true })),
    page: typeof page === "string" && page.startsWith("/") ? page : "",
    receipt,
    confirmed_at: Date.now(),
  };
  for (const { key } of item.media) inPage.delete(key);
  const same = (now) => isSame(now, item) && isOpen(now);
  const photos = item.media.map(({ key }) => ({ remove: /** @type {const} */ ("media"), key }));
  try {
    await db.update("outbox", item.id, (now) => (same(now) ? confirmed : undefined), photos);
  } catch {
    // No room for the note until the photos are gone.
    if (!same(await db.get("outbox", item.id))) return;
    await db.write([{ remove: "outbox", key: item.id }, ...photos]);
    await db.write([{ put: "outbox", value: confirmed }]).catch(() => undefined);
  }
  announce();
}

/** @param {Part[]} parts @param {unknown} hashes */
const partsNamed = (parts, hashes) => (Array.isArray(hashes) ? parts.filter(({ sha256 }) => hashes.includes(sha256)) : []);

const markUnsent = (item, parts) => mark(item, (one) => parts.some(({ key }) => key === one.key), false);

/** @param {OutboxItem} item @param {(part: Part) => boolean} which @param {boolean} sent */
async function mark(item, which, sent) {
  await change(item, (now) => {
    // A photo that arrives for the first time is progress; one that the server has lost again is none.
    const progress = sent && now.media.some((part) => which(part) && !part.sent && !part.lost);
    for (const part of now.media) if (which(part)) Object.assign(part, sent ? { sent } : { sent, lost: true });
    return progress ? { ...now, tries: 0 } : now;
  });
}

const settle = (item, what) => change(item, (now) => ({ ...now, ...what }));

const putOff = (item, status, problem) =>
  change(item, (now) => ({
    ...now,
    state: "waiting",
    status,
    problem,
    tries: now.tries + 1,
    not_before: Date.now() + waitMs(now.tries),
  }));

/**
 * Note how far an item is. A phone without room can note nothing and must send all the same. What an answer says is said
 * of what was sent, and not of what the inspector may have finished under the same id meanwhile.
 * @param {OutboxItem} item as it was sent
 * @param {(now: OutboxItem) => OutboxItem} how
 */
async function change(item, how) {
  const db = await storage();
  await db.update("outbox", item.id, (now) => (isSame(now, item) && isOpen(now) ? how(now) : undefined)).catch(() => undefined);
  announce();
}

/**
 * How long to wait before the next try: doubled each time, with chance in it so that phones do not all come at once.
 * @param {number} tries so far
 * @returns {number} milliseconds
 */
export const waitMs = (tries) => Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** tries) * (0.75 + Math.random() / 2);

/** What sending is doing, for every page to show. @param {Ended|"sending"} state */
async function tell(state) {
  const db = await storage();
  await db.write([{ put: "kept", value: { name: "sending", value: { state, at: Date.now() } } }]).catch(() => undefined);
  announce();
}
