// The photos of one inspection: taken, kept at once, shown, removed.

import { arriving } from "../../arriving.js";
import { complete, mediaOf } from "../../evidence/camera.js";
import { removeMedia } from "../storage/drafts.js";
import { tap } from "../../fields.js";
import { within } from "../../within.js";
import { hidePhoto, movePhoto, showPhoto } from "./previews.js";

/** @typedef {import("../../evidence/camera.js").Photo} Photo */
/** @typedef {import("../storage/drafts.js").Media} Media */
/** @typedef {import("./keeping.js").Keeping} Keeping */

/** How many times the largest photo that may be sent a file can have before it is made smaller. */
const MOST_REDUCED = 4;
/** The module that makes photos smaller may be on a line that has stopped; a photo goes as it is then. */
const MODULE_WAIT_MS = 8_000;

/**
 * @param {object} options
 * @param {() => import("../storage/drafts.js").Draft} options.draftNow
 * @param {ReturnType<typeof import("./keeping.js").beginKeeping>} options.keeping
 * @param {number} options.maxBytes
 * @param {number} [options.longestPx] to which photos are made smaller; 0 keeps every byte
 * @param {(item: string, row: string) => Element|null} options.placeOf
 * @param {() => void} options.changed
 * @param {(text: string) => void} [options.fails]
 */
export function beginPhotos({ draftNow, keeping, maxBytes, longestPx, placeOf, changed, fails = alert }) {
  /** @type {Photo[]} */
  let photos = [];

  /** @param {Photo} photo */
  const show = (photo) => showPhoto(photo, () => remove(photo), () => mark(photo));

  /** @param {Media} media @param {Element} place @param {Partial<Photo>} [more] @returns {Photo} */
  function begin(media, place, more = {}) {
    const url = URL.createObjectURL(media.blob);
    const photo = { media, place, url, old: false, state: /** @type {const} */ ("kept"), problem: "", kept: Promise.resolve(), ready: Promise.resolve(), ...more };
    photos.push(photo);
    show(photo);
    return photo;
  }

  /** @param {Photo} photo */
  async function keep(photo) {
    // It may have been removed meanwhile.
    if (!photos.includes(photo)) return;
    tellKept(photo, await keeping.save(photo.media));
  }

  /** Of this photo, whatever became of the answers and of the others. @param {Photo} photo @param {Keeping} last */
  function tellKept(photo, { state }) {
    photo.state = state !== "memory" && !keeping.lacks(photo.media) ? "kept" : "memory";
    show(photo);
  }

  /** @param {Photo} photo */
  async function finish(photo) {
    await photo.kept;
    await makeSmaller(photo);
    if (photo.media.blob.size > maxBytes) {
      photo.problem = `超过上限 ${megabytes(maxBytes)}，请移除后重拍`;
      return show(photo);
    }
    try {
      await complete(photo);
    } catch {
      photo.problem = "手机读不出这张照片，请移除后重拍";
      return show(photo);
    }
    await keep(photo);
  }

  /** The photo is kept already, and stays as it is where anything goes wrong. @param {Photo} photo */
  async function makeSmaller(photo) {
    if (longestPx === 0) return;
    try {
      const { reduce } = await within(MODULE_WAIT_MS, arriving(() => import("../../evidence/camera/reduce.js")));
      const { blob, original } = await reduce(photo.media.blob, longestPx);
      if (blob === photo.media.blob || !photos.includes(photo)) return;
      photo.media.blob = blob;
      photo.media.name = blob instanceof File ? blob.name : photo.media.name;
      photo.media.evidence.original = original;
      URL.revokeObjectURL(photo.url);
      photo.url = URL.createObjectURL(blob);
    } catch {
      // The module is not there: an old page without a network, or hardly any.
    }
  }

  /** Its module is loaded when the first is marked. @param {Photo} photo */
  async function mark(photo) {
    try {
      const { markPhoto } = await arriving(() => import("../../evidence/marks/marking.js"));
      const marks = await markPhoto(photo.url, photo.media.evidence.marks ?? []);
      if (!marks || !photos.includes(photo)) return;
      if (marks.length) photo.media.evidence.marks = marks;
      else delete photo.media.evidence.marks;
      await keep(photo);
      changed();
    } catch {
      fails("标记没有打开，请联网后再试。");
    }
  }

  /** One that came before its row stands at the item until the row is there. @param {Photo} photo */
  function toItsRow(photo) {
    const place = placeOf(photo.media.item, photo.media.row);
    if (!place || place === photo.place) return;
    photo.place = place;
    movePhoto(photo);
  }

  /**
   * What another page has made of a photo that nothing is done with here.
   * @param {Photo} photo
   * @param {Media} [theirs] as the phone keeps it
   */
  function takeIn(photo, theirs) {
    const { media } = photo;
    if (!theirs?.sha256 || !media.sha256 || photo.state !== "kept" || keeping.waits(media) || keeping.lacks(media)) return;
    const { blob, name, sha256, evidence } = theirs;
    if (sha256 !== media.sha256) {
      URL.revokeObjectURL(photo.url);
      photo.url = URL.createObjectURL(blob);
      Object.assign(media, { blob, name, sha256 });
    }
    media.evidence = evidence;
    show(photo);
  }

  /** @param {Photo} photo */
  function remove(photo) {
    photos = photos.filter((one) => one !== photo);
    keeping.forget(photo.media);
    hidePhoto(photo);
    URL.revokeObjectURL(photo.url);
    removeMedia(draftNow(), photo.media.key).catch(() => undefined);
    changed();
  }

  /** Whether another page has removed it. @param {Photo} photo @param {Set<string>} keys of those that the phone keeps */
  const isGone = ({ media, state }, keys) => state === "kept" && !keys.has(media.key) && !keeping.lacks(media);

  return {
    all: () => photos,
    /** @param {string} item */
    of: (item) => photos.filter(({ media }) => media.item === item),
    show,
    /** What could not be kept may be kept since, with another change. @param {Keeping} last how the last write ended */
    lookAgain(last) {
      for (const photo of photos.filter(({ state }) => state === "memory")) tellKept(photo, last);
    },
    /**
     * A photo that arrives. It is kept before anything else is done with it.
     * @param {Blob & {name?: string, lastModified?: number}} file
     * @param {Element} place the item or one of its rows
     * @param {import("../../evidence/camera.js").Source} source
     * @param {number} [takenMs]
     * @returns {Photo|null} null where it is there already, or too large
     */
    add(file, place, source, takenMs) {
      if (file.size > maxBytes * (longestPx === 0 ? 1 : MOST_REDUCED)) {
        alert(`照片「${file.name ?? ""}」超过上限 ${megabytes(maxBytes)}，没有添加。`);
        return null;
      }
      const item = place.closest(".item")?.getAttribute("data-item") ?? "";
      if (photos.some(({ media }) => media.item === item && (media.picked ?? picked(media.blob)) === picked(file))) return null;
      const row = place.getAttribute("data-row") ?? "";
      const order = Math.max(0, ...photos.map(({ media }) => media.order + 1));
      const { media, old } = mediaOf(file, { owner: draftNow().id, item, row, order }, source, takenMs);
      media.picked = picked(file);
      const photo = begin(media, place, { old, state: "saving" });
      photo.kept = keep(photo);
      photo.ready = finish(photo);
      tap();
      changed();
      return photo;
    },
    /** Show what a draft kept. @param {Media[]} kept */
    resume(kept) {
      for (const media of kept.filter((one) => one.media === "photo")) {
        const place = placeOf(media.item, media.row);
        if (!place) continue;
        const photo = begin(media, place);
        if (!media.sha256) photo.ready = finish(photo);
      }
    },
    /** Another page may have marked some. @param {Media[]} kept all that the phone keeps of the draft */
    takeIn(kept) {
      const theirs = new Map(kept.map((one) => [one.key, one]));
      for (const photo of photos) {
        toItsRow(photo);
        takeIn(photo, theirs.get(photo.media.key));
      }
    },
    /** Another page may have removed some. @param {Set<string>} keys of those that the phone keeps */
    keepOnly(keys) {
      photos.filter((photo) => isGone(photo, keys)).forEach(remove);
    },
    /** Whether a place has photos that `keepOnly` leaves. @param {Element} place @param {Set<string>} keys */
    stayAt: (place, keys) => photos.some((photo) => photo.place === place && !isGone(photo, keys)),
    /** @param {Element} place that is removed, with all its photos */
    removeAt(place) {
      for (const photo of photos.filter((one) => one.place === place)) remove(photo);
    },
    /** @returns {Promise<Photo|null>} once all are ready; a photo that the phone cannot read */
    async settled() {
      await Promise.all(photos.map(({ ready }) => ready));
      return photos.find(({ media }) => !media.sha256) ?? null;
    },
  };
}

const megabytes = (bytes) => `${Math.floor(bytes / 1024 / 1024)}MB`;

/** What tells one file from another without reading it. @param {Blob & {name?: string, lastModified?: number}} file */
const picked = ({ name = "", size, lastModified = 0 }) => `${name}/${size}/${lastModified}`;
