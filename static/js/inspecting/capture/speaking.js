// The buttons that record a note, and the module behind them, which most inspections never need.

import { arriving } from "../../arriving.js";
import { within } from "../../within.js";

/** @typedef {import("../storage/drafts.js").Media} Media */
/** @typedef {Parameters<typeof import("./audio.js").beginAudio>[0]} Options */

/** A line that has stopped brings the module no more. */
const MODULE_WAIT_MS = 15_000;
const NOT_ALL = "录音没有载全，请联网后刷新本页再试";

/**
 * @param {HTMLFormElement} form
 * @param {Options} options
 */
export function beginSpeaking(form, options) {
  /** @type {ReturnType<typeof import("./audio.js").beginAudio>|null} */
  let audio = null;
  /** @type {Promise<ReturnType<typeof import("./audio.js").beginAudio>>|null} */
  let loading = null;
  /** Recordings of the draft that cannot be shown before the module is there. @type {Media[]} */
  let waiting = [];
  // Browsers record on pages that came by HTTPS.
  const able = globalThis.isSecureContext && "MediaRecorder" in globalThis && Boolean(navigator.mediaDevices?.getUserMedia);
  document.documentElement.classList.toggle("can-record", able);

  const load = () => (loading ??= within(MODULE_WAIT_MS, arriving(() => import("./audio.js")).then(begun)).finally(() => (loading = null)));

  /** @param {typeof import("./audio.js")} module which may come after it was given up, and then again */
  function begun({ beginAudio }) {
    audio ??= beginAudio(options);
    audio.resume(waiting);
    waiting = [];
    return audio;
  }

  form.addEventListener("click", async (event) => {
    const button = /** @type {Element} */ (event.target).closest?.(".record");
    if (!button) return;
    try {
      await (audio ?? (await load())).begin(button.closest(".item")?.getAttribute("data-item") ?? "");
    } catch {
      options.fails("录音没有打开，请联网后刷新本页再试，或改为打字。");
    }
  });

  return {
    /** @returns {Media[]} */
    all: () => [...waiting, ...(audio?.all() ?? [])],
    /** @param {Media[]} kept with a draft */
    async resume(kept) {
      const recordings = kept.filter(({ media }) => media === "audio");
      if (audio) return audio.resume(recordings);
      waiting.push(...recordings);
      if (waiting.length) await load().catch(() => options.fails(`${NOT_ALL}。`));
    },
    /** Another page may have removed some. @param {Set<string>} keys of those that the phone keeps */
    keepOnly(keys) {
      waiting = waiting.filter(({ key }) => keys.has(key));
      audio?.keepOnly(keys);
    },
    /** Once all are there, and whole. @returns {Promise<void>} rejected where the module does not come */
    async settled() {
      if (waiting.length) await load().catch(() => Promise.reject(new Error(NOT_ALL)));
      await audio?.settled();
    },
  };
}
