// Inspections that are being filled in: answers, and the photos and recordings that belong to them.

import { merged } from "../../edits.js";
import { storage } from "./database.js";

/** @typedef {import("../../place/position/best.js").Fix & {when?: import("../../clock.js").Stamp}} Noted a fix; when: where its instant is to be
 * settled */
/**
 * @typedef {object} Draft
 * @property {string} id of the inspection
 * @property {import("../kinds.js").Name} kind
 * @property {string} place inspector and site, by which it is found
 * @property {string} inspector
 * @property {string} site code; "" of an ad-hoc report; of a correction the inspection's id
 * @property {number} [base] of a correction: how many corrections there were when it was begun
 * @property {string} [area] code of the area of its site, as it was when it was begun
 * @property {string} [partner] account of who goes along; "" of nobody
 * @property {string} title for people, for example the site's name
 * @property {string} version of the checklist
 * @property {string} started_at ISO instant
 * @property {Record<string, string>} fields form field to value
 * @property {Record<string, number>} watches item to milliseconds watched
 * @property {import("../../clock.js").Stamp} [began] the same by the clocks of the page that began it; not in older drafts
 * @property {Record<string, number>} [tapped] item to the milliseconds from the beginning to its first answer
 * @property {Record<string, number>} [taps] the same in older drafts, as instants (ms by the phone's clock)
 * @property {Noted[]} [fixes] where the phone was while it was filled in
 * @property {string[]} [acknowledged] SHA-256 of photos that the server has from an earlier try
 * @property {number} updated_at milliseconds by the phone's clock
 */
/**
 * @typedef {object} Media one photo or recording
 * @property {string} key
 * @property {string} owner id of the inspection
 * @property {string} item
 * @property {string} row name of the row of premises it shows; "" where it shows the item
 * @property {number} order
 * @property {"photo"|"audio"} media
 * @property {Blob} blob
 * @property {string} sha256 "" until it has been computed
 * @property {string} name
 * @property {string} [picked] what tells one file picked from the next; the blob may have been made smaller since
 * @property {Record<string, any>} evidence what is sent with it: captured_at, fix, source …
 * @property {import("../../clock.js").Stamp} [when] where its instants are to be settled, as there was no contact yet
 */

/** Each draft as this page has last read or written it. @type {Map<string, Draft>} */
const seen = new Map();

/** Those that another page has handed over or dropped. @type {Set<string>} */
const ended = new Set();

/** @param {string} id of a draft @returns {boolean} whether the phone has it, as far as this page knows */
export const isKept = (id) => seen.has(id) && !ended.has(id);

/** The page shows what another one had changed: `draft` is as it was written then. @param {Draft} draft */
export const tookIn = (draft) => void seen.set(draft.id, draft);

/**
 * What both pages have once this one shows what the other had changed: theirs where it shows it, so that what is changed or
 * removed here from then on is newer; else its own as it was written.
 * @param {Draft} draft as this page wrote it
 * @param {Draft} kept
 * @param {Draft} shown as the page has it now
 * @returns {Draft}
 */
export function asShown(draft, kept, shown) {
  /** @param {Record<string, string>} own @param {Record<string, string>} theirs @param {Record<string, string>} now */
  const both = (own, theirs, now) => ({ ...own, ...Object.fromEntries(Object.entries(theirs).filter(([name, value]) => now[name] === value)) });
  const along = both(partnerOf(draft), partnerOf(kept), partnerOf(shown));
  return { ...draft, ...along, fields: both(draft.fields, kept.fields, shown.fields) };
}

/**
 * What is to be written where another page has changed the same draft meanwhile: its changes stay.
 * @param {Draft} draft as this page has it
 * @returns {(kept: Draft|undefined) => Draft}
 */
const beside = (draft) => (kept) => {
  const base = seen.get(draft.id);
  if (!kept || !base) return draft;
  const both = (name) => merged(base[name] ?? {}, draft[name] ?? {}, kept[name] ?? {});
  const along = merged(partnerOf(base), partnerOf(draft), partnerOf(kept));
  return { ...draft, ...along, fields: both("fields"), watches: both("watches"), tapped: both("tapped"), ...bothFixes({ base, draft, kept }) };
};

/** @param {Draft} draft @returns {Record<string, string>} */
const partnerOf = ({ partner }) => /** @type {Record<string, string>} */ (partner === undefined ? {} : { partner });

/** A submission with more than the server takes (60) would be refused whole. */
const MOST_FIXES = 40;

/** @param {Noted[]} fixes @returns {Noted[]} some of them, spread over the time, where there are too many */
export function thinned(fixes) {
  while (fixes.length > MOST_FIXES) fixes = fixes.filter((_, number) => number % 2 === 0);
  return fixes;
}

/** @param {Record<"base"|"draft"|"kept", Draft>} of @returns {{fixes?: Noted[]}} those of both pages, the earlier first */
function bothFixes({ base, draft, kept }) {
  if (!draft.fixes && !kept.fixes) return {};
  /** @param {Draft} one */
  const byInstant = ({ fixes = [] }) => Object.fromEntries(fixes.map((fix) => [fix.at, fix]));
  const both = Object.values(merged(byInstant(base), byInstant(draft), byInstant(kept)));
  return { fixes: thinned(both.sort((a, b) => Date.parse(a.at) - Date.parse(b.at))) };
}

/** @param {Draft} draft @param {import("./database.js").Change[]} changes in one go with it */
async function writeDraft(draft, changes) {
  const db = await storage();
  await db.update("drafts", draft.id, beside(draft), changes);
  seen.set(draft.id, draft);
}

/**
 * @typedef {object} Shared what became of a draft that several pages may have open
 * @property {Draft} [kept] as it is on the phone
 * @property {boolean} [changed] by another page, since this one has last read or written it
 * @property {Draft} [other] another page has founded that of the same form meanwhile
 * @property {boolean} [sent] another page has handed it over
 * @property {boolean} [gone] another page has dropped it, with all that belonged to it
 */

/**
 * Keep a draft that other pages may have open as well. Looking for theirs and writing are one transaction: of two pages that
 * begin the same form whichever writes first founds its draft, and the other finds it.
 * @param {Draft} draft
 * @param {boolean} fresh whether no page has written it yet
 * @returns {Promise<Shared>} `kept` where it was written
 */
export const shareDraft = (draft, fresh) => shared(draft, fresh, (value) => [{ put: "drafts", value }]);

/** The same without writing: `kept` is what would be. @param {Draft} draft @param {boolean} fresh @returns {Promise<Shared>} */
export const lookAtDraft = (draft, fresh) => shared(draft, fresh, () => []);

/**
 * @param {Draft} draft
 * @param {boolean} fresh
 * @param {(kept: Draft) => import("./database.js").Change[]} changes made where it is neither sent nor gone nor another's
 * @returns {Promise<Shared>}
 */
async function shared(draft, fresh, changes) {
  const db = await storage();
  /** @type {Shared} */
  let found = {};
  let written = false;
  const asks = [{ of: /** @type {const} */ ("drafts"), index: "place", value: draft.place }, { of: /** @type {const} */ ("outbox"), key: draft.id }];
  await db.decide(asks, ([drafts, queued]) => {
    found = foundOf(draft, fresh, drafts, queued);
    const made = found.kept ? changes(found.kept) : [];
    written = made.length > 0;
    return made;
  });
  if (found.other) seen.set(found.other.id, found.other);
  if (found.sent || found.gone) ended.add(draft.id);
  if (written) {
    ended.delete(draft.id);
    // What another page has changed is still to be shown, or it would be taken for what was taken back here.
    if (!found.changed) tookIn(draft);
    forgetOld(draft);
  }
  return found;
}

/** @param {Draft} draft @param {boolean} fresh @param {Draft[]} drafts of its place @param {object} [queued] @returns {Shared} */
function foundOf(draft, fresh, drafts, queued) {
  const kept = drafts.find(({ id }) => id === draft.id);
  const [other] = fresh && !kept ? newestFirst(drafts.filter((one) => isSameForm(one, draft))) : [];
  if (other) return { other };
  if (queued && !kept) return { sent: true };
  if (!kept && seen.has(draft.id)) return { gone: true };
  return { kept: beside(draft)(kept), changed: Boolean(kept) && kept?.updated_at !== seen.get(draft.id)?.updated_at };
}

/** Reports about no known place are each of another one. @param {Draft} one @param {Draft} draft */
const isSameForm = (one, draft) => Boolean(draft.site) && kindOf(one) === kindOf(draft) && one.version === draft.version;

/** @param {Draft} draft the oldest do not say it */
const kindOf = ({ kind }) => kind ?? "inspection";

/** @param {Draft[]} drafts */
const newestFirst = (drafts) => drafts.sort((a, b) => b.updated_at - a.updated_at);

/** @param {string} inspector @param {string} site */
export const placeOf = (inspector, site) => `${inspector}/${site}`;

/**
 * The newest draft of a kind and place.
 * @param {string} inspector
 * @param {string} site
 * @param {Draft["kind"]} [kind] that of drafts which do not say it
 * @returns {Promise<Draft|null>}
 */
export async function newestDraft(inspector, site, kind = "inspection") {
  const db = await storage();
  const drafts = (await db.list("drafts", "place", placeOf(inspector, site))).filter((one) => kindOf(one) === kind);
  return newestFirst(drafts)[0] ?? (kind === "inspection" ? adopted(inspector, site) : null);
}

/**
 * The same, taken up: with its photos in the order they were taken.
 * @param {string} inspector
 * @param {string} site
 * @param {Draft["kind"]} [kind]
 * @returns {Promise<{draft: Draft, media: Media[]}|null>}
 */
export async function loadDraft(inspector, site, kind) {
  const draft = await newestDraft(inspector, site, kind);
  if (!draft) return null;
  // One of localStorage is not among the drafts yet.
  if (draft.updated_at !== 0) tookIn(draft);
  return { draft, media: await mediaOf(draft.id) };
}

/**
 * @param {string} owner id of the inspection
 * @returns {Promise<Media[]>} in the order they were taken
 */
export async function mediaOf(owner) {
  const db = await storage();
  return (await db.list("media", "owner", owner)).sort((a, b) => a.order - b.order);
}

/**
 * Keep answers, and new or changed photos with them, in one go.
 * @param {Draft} draft
 * @param {Media[]} media
 */
export async function saveDraft(draft, media = []) {
  await writeDraft(draft, putting(media));
  forgetOld(draft);
}

/**
 * Keep photos and recordings of a draft that is kept already, all of them or none.
 * @param {Media[]} media
 */
export async function saveMedia(media) {
  const db = await storage();
  await db.write(putting(media));
}

/** @param {Media[]} media @returns {import("./database.js").Change[]} */
const putting = (media) => media.map((value) => ({ put: "media", value }));

/**
 * @param {Draft} draft as it is without the photo
 * @param {string} key of the photo
 */
export async function removeMedia(draft, key) {
  await shared(draft, false, (value) => [{ put: "drafts", value }, { remove: "media", key }]);
}

/** @param {string} id of the draft, which goes with all that belongs to it, unless another page has handed it over */
export async function dropDraft(id) {
  const db = await storage();
  const asks = [{ of: /** @type {const} */ ("outbox"), key: id }, { of: /** @type {const} */ ("media"), index: "owner", value: id, keys: true }];
  await db.decide(asks, ([queued, keys]) => [
    { remove: "drafts", key: id },
    ...(queued ? [] : keys).map((key) => ({ remove: /** @type {const} */ ("media"), key })),
  ]);
}

const oldName = (inspector, site) => `inspect.draft.${inspector}.${site}`;

/** A draft of version 0.2 and before, which kept the answers in localStorage and no photos. @returns {Draft|null} */
function adopted(inspector, site) {
  try {
    const old = JSON.parse(localStorage.getItem(oldName(inspector, site)) ?? "null");
    if (typeof old?.id !== "string" || typeof old.fields !== "object") return null;
    const { id, version, startedAt: started_at, fields, watches = {} } = old;
    const place = placeOf(inspector, site);
    return { id, kind: "inspection", place, inspector, site, title: site, version, started_at, fields, watches, updated_at: 0 };
  } catch {
    return null;
  }
}

/** @param {Draft} draft now kept where it belongs */
function forgetOld({ inspector, site }) {
  try {
    localStorage.removeItem(oldName(inspector, site));
  } catch {
    // Without localStorage there is no old draft.
  }
}
