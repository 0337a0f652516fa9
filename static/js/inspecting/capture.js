// A page on which something is captured: filled in, photographed, spoken, kept on the phone and handed over to be sent.
// What a kind of capture says of itself is a `Capture`; all else of such a page is here and in capture/.

import { arriving } from "../arriving.js";
import { fixState, watchFix } from "../place/fix.js";
import { enterAgain, entered, fillChanged, fillFields, readFields, readPart, tap, the } from "../fields.js";
import { settled, since, stamp } from "../clock.js";
import { newId } from "../hash.js";
import { within } from "../within.js";
import { showDraft, showFix, showKept, showMessage, showSending } from "./capture/bar.js";
import { beginFixes } from "./capture/fixes.js";
import { beginKeeping } from "./capture/keeping.js";
import { beginPhotos } from "./capture/photos.js";
import { beginSpeaking } from "./capture/speaking.js";
import { beginTabs } from "./capture/tabs.js";
import { beginTaking, goOn } from "./capture/taking.js";
import { askToPersist, foretellSafety } from "./safety.js";
import { dropDraft, loadDraft, mediaOf, placeOf } from "./storage/drafts.js";

/** @typedef {import("../evidence/camera.js").Photo} Photo */
/** @typedef {import("../checklists/answers.js").Fields} Fields */
/** @typedef {import("./storage/drafts.js").Draft} Draft */
/** @typedef {import("./storage/drafts.js").Media} Media */
/** @typedef {import("./storage/outbox.js").OutboxItem} OutboxItem */
/**
 * @typedef {object} Words what people are told
 * @property {(draft: Draft, photos: number) => string} restored of a draft that was taken up
 * @property {string} clear on the button that drops it
 * @property {string} clearing the question before it is dropped
 * @property {string} again what to do after the camera ended the page
 */
/**
 * @typedef {object} Capture what a kind of capture says of itself
 * @property {Draft["kind"]} kind
 * @property {string} owner who is signed in; drafts and outbox entries are theirs
 * @property {() => string} subject what it is about, by which the draft of its kind is found; "" where it is about nothing
 *   that is known before
 * @property {(fields: Fields) => string} title for people
 * @property {HTMLFormElement} form with hidden fields `id` and `started_at`, and `version` where there is a checklist;
 *   `data-fresh` where the phone's draft is to be taken up, and not what the server has filled in
 * @property {{maxPhotoBytes: number, photoLongestPx?: number}} limits
 * @property {Words} words
 * @property {(item: string, row: string) => Element|null} photosAt the element that shows an item's photos, or those of its row
 * @property {(item: string) => Element|null} [spokenAt] likewise of recordings; where the photos are if it is left out
 * @property {() => any} [place] of its site, for the panel of positions
 * @property {() => Partial<Draft>} [more] what its draft holds besides the fields
 * @property {(draft: Draft) => void} [restore] called before the fields of a draft are filled in
 * @property {(kept: Draft, was: Draft, hasPhotos: (place: Element) => boolean) => void} [merge] called before what another page has changed in its draft is filled in; `was`
 *   is the draft as this page had it
 * @property {(fields: Fields, part?: HTMLElement) => void} show show what fields and photos say; called after each change, with
 *   the part of the page (`data-item`) that it was in, where it was in one alone
 * @property {(fix: import("../place/fix.js").Fix|null) => void} [located] told of the position, at first and at each change
 * @property {() => boolean} complete whether it can be sent; the page says what is wanting. Asked once more when all photos
 *   are ready
 * @property {() => boolean} [plain] whether it is to be sent without this script, as it came
 * @property {() => void} [finishing] called when it is complete, before it is handed over
 * @property {boolean} [attended] whether its record says where the phone was meanwhile
 * @property {(draft: Draft, media: Media[], presence?: object) => object} recordOf as the server takes it
 * @property {(item: OutboxItem, text: string) => void} confirmed with what there is to tell
 * @property {(item: OutboxItem) => void} [refused] the draft is back and can be mended; what is wrong is told if it is left out
 * @property {(photo: Photo, problem: string) => void} [unreadable] likewise of a photo
 * @property {{href: string, text: string}} next where to go while it is on its way
 * @property {string} [outbox] address of the page that lists what waits to be sent
 * @property {boolean} [reopens] whether the page is one of those that open without a network
 */

/** A module that a stopped line does not bring is as good as not there. */
const MODULE_WAIT_MS = 15_000;

/**
 * Put a capture page together. Nothing is on it yet: `start` takes the draft up and brings the page to life.
 * @param {Capture} capture
 */
export function beginCapture(capture) {
  const { kind, owner, subject, form, limits, words, show } = capture;
  const field = (name) => /** @type {HTMLInputElement} */ (form.elements.namedItem(name));
  /** @type {import("./capture/handing.js").Handed} */
  const handed = { over: false, acknowledged: [] };
  const tabs = beginTabs({ draftNow, handed, join, merge, outbox: capture.outbox });
  const keeping = beginKeeping(draftNow, tellKept, tabs.save);
  const shared = { draftNow, keeping, changed, fails };
  const photos = beginPhotos({ ...shared, maxBytes: limits.maxPhotoBytes, longestPx: limits.photoLongestPx, placeOf: capture.photosAt });
  const spoken = beginSpeaking(form, { ...shared, placeOf: capture.spokenAt ?? ((item) => capture.photosAt(item, "")) });
  const fixes = beginFixes();
  /** When it was begun; null of a draft that does not say it by the clocks of its page. @type {import("../clock.js").Stamp|null} */
  let began = null;

  /** As the form was read last. @type {Fields|null} */
  let known = null;
  /** What has been read in this very turn. @type {Fields|null} */
  let fresh = null;

  const read = () => (known = readFields(form));

  /** @param {import("./capture/keeping.js").Keeping} last */
  function tellKept(last) {
    showKept(last);
    if (last.state !== "saving") photos.lookAgain(last);
  }

  /** @returns {Draft} as the page has it now */
  function draftNow() {
    const fields = fresh ?? read();
    if (began) name(field("id").value, (began = settled(began)).at);
    return {
      id: field("id").value,
      kind,
      place: placeOf(owner, subject()),
      inspector: owner,
      site: subject(),
      title: capture.title(fields),
      version: field("version")?.value ?? "",
      started_at: field("started_at").value,
      ...(began && { began }),
      fields,
      watches: {},
      ...capture.more?.(),
      ...(capture.attended && { fixes: fixes.all() }),
      acknowledged: handed.acknowledged,
      updated_at: Date.now(),
    };
  }

  /** @param {HTMLElement|null} [part] of the page, where something was changed in it alone */
  function changed(part) {
    try {
      fresh = known = part && known ? readPart(known, part) : readFields(form);
      show(fresh, part ?? undefined);
      if (!handed.over) keeping.save();
    } finally {
      fresh = null;
    }
  }

  /** @returns {Promise<Element[]>} what was entered before */
  async function takeUp() {
    const fresh = form.hasAttribute("data-fresh");
    const found = fresh ? await loadDraft(owner, subject(), kind) : null;
    if (!found && fresh && cameBack()) form.reset();
    const early = entered(form);
    if (found) resume(found);
    else if (fresh) {
      name(newId(), (began = stamp()).at);
      tabs.found();
    }
    return early;
  }

  /** Go on with what another page has begun meanwhile, and put what was entered here into it. @param {Draft} draft */
  async function join(draft) {
    const theirs = await mediaOf(draft.id);
    const mine = media();
    const early = entered(form);
    resume({ draft, media: theirs });
    for (const one of mine) one.owner = draft.id;
    show(read());
    enterAgain(early);
    if (mine.length) void keeping.save(...mine);
  }

  /** Show what another page has changed. @param {Draft} was as this page had it @param {Draft} kept */
  async function merge(was, kept) {
    const all = await mediaOf(kept.id);
    const keys = new Set(all.map(({ key }) => key));
    capture.merge?.(kept, was, (place) => photos.stayAt(place, keys));
    fillChanged(form, was.fields, kept.fields);
    const here = new Set(media().map(({ key }) => key));
    const more = all.filter(({ key }) => !here.has(key));
    photos.takeIn(all);
    photos.resume(more);
    void spoken.resume(more);
    photos.keepOnly(keys);
    spoken.keepOnly(keys);
    show(read());
  }

  /** @returns {Media[]} all that the page has */
  const media = () => [...photos.all().map((photo) => photo.media), ...spoken.all()];

  /** @param {string} id @param {string} startedAt ISO instant */
  function name(id, startedAt) {
    field("id").value = id;
    field("started_at").value = startedAt;
  }

  /** @param {{draft: Draft, media: Media[]}} kept */
  function resume({ draft, media }) {
    began = draft.began ?? null;
    name(draft.id, draft.started_at);
    handed.acknowledged = draft.acknowledged ?? [];
    capture.restore?.(draft);
    fixes.resume(draft.fixes);
    fillFields(form, draft.fields);
    photos.resume(media);
    void spoken.resume(media);
    showDraft(words.restored(draft, photos.all().length), words.clear, clear);
  }

  async function clear() {
    if (!confirm(`${words.clearing}清空后不能恢复。`)) return;
    await keeping.end();
    await dropDraft(field("id").value);
    location.reload();
  }

  function listen() {
    form.addEventListener("input", ({ target }) => changed(/** @type {Element} */ (target).closest("[data-item]")));
    form.addEventListener("change", ({ target }) => /** @type {Element} */ (target).matches(".choice input") && tap());
    beginTaking(form, { draft: () => field("id").value, keeping, photos, opens: askToPersist, fails });
    form.addEventListener("submit", submit);
    the(document, "#fix-state").addEventListener("click", lookAtPosition);
    addEventListener("pageshow", ({ persisted }) => persisted && handed.over && location.reload());
    tabs.listen(keeping.save);
    addEventListener("beforeunload", (event) => (keeping.busy() || keeping.unkept()) && event.preventDefault());
  }

  async function lookAtPosition() {
    const { openPanel } = await arriving(() => import("../place/position/panel.js"));
    await openPanel(capture.place?.() ?? null);
  }

  function watchPosition() {
    /** @param {import("../place/fix.js").Taken} [taken] */
    const look = (taken) => {
      showFix();
      fixes.note(taken);
      capture.located?.(fixState().fix);
    };
    watchFix(look);
    setInterval(showFix, 1000);
    look();
  }

  /** @param {Event} event */
  async function submit(event) {
    const complete = capture.complete();
    if (complete && capture.plain?.()) return;
    event.preventDefault();
    if (!complete) return;
    capture.finishing?.();
    showSending(true);
    showMessage("正在存入手机…");
    try {
      const { handOver } = await handing();
      await handOver({ unreadable: (_photo, problem) => fails(problem), refused: sayRefused, ...shared, ...capture, handed, photos, spoken });
    } catch (error) {
      showSending(false);
      fails(`没有提交：${error instanceof Error ? error.message : error}`);
    }
  }

  async function prepareSending() {
    const { beginOffline, beginSending } = await offline();
    (capture.reopens === false ? beginSending : beginOffline)();
    await handing().catch(() => undefined);
    await tabs.hear();
  }

  return {
    photos,
    /** Milliseconds since it was begun. */
    elapsed: () => (began ? since(began) : Date.now() - Date.parse(field("started_at").value)),
    /** Told when fields or photos were changed by script. */
    changed,
    async start() {
      if (capture.reopens !== false) await foretellSafety();
      const early = await takeUp();
      listen();
      watchPosition();
      show(read());
      document.documentElement.classList.add("scripted");
      enterAgain(early);
      goOn(field("id").value, capture.photosAt, words.again);
      void prepareSending();
    },
  };
}

/** A browser fills a page that one goes back to with what it was sent with: that is another one's. */
const cameBack = () => /** @type {any} */ (performance.getEntriesByType("navigation")[0])?.type === "back_forward";

/** What is not needed to fill in a form comes after it. */
const offline = () => arriving(() => import("./offline.js"));
const handing = () =>
  within(MODULE_WAIT_MS, arriving(() => import("./capture/handing.js"))).catch(() => {
    throw new Error("本页没有载全，请联网后刷新本页再试");
  });

/** @param {string} text */
const fails = (text) => showMessage(text, { failed: true });

/** @param {OutboxItem} item */
function sayRefused({ problem, problems }) {
  fails(`没有提交成功：${problems.map(({ where, what }) => `${where}：${what}`).join("；") || problem}`);
}
