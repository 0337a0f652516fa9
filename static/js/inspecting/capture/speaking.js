// The buttons that record a note, and the module behind them, which most inspections never need.

/** @typedef {import("../storage/drafts.js").Media} Media */
/** @typedef {Parameters<typeof import("./audio.js").beginAudio>[0]} Options */

/**
 * @param {HTMLFormElement} form
 * @param {Options} options
 */
export function beginSpeaking(form, options) {
  /** @type {ReturnType<typeof import("./audio.js").beginAudio>|null} */
  let audio = null;
  /** @type {Promise<ReturnType<typeof import("./audio.js").beginAudio>>|null} */
  let loading = null;
  // Browsers record on pages that came by HTTPS.
  const able = globalThis.isSecureContext && "MediaRecorder" in globalThis && Boolean(navigator.mediaDevices?.getUserMedia);
  document.documentElement.classList.toggle("can-record", able);

  const load = () => (loading ??= import("./audio.js").then(({ beginAudio }) => (audio = beginAudio(options))));

  form.addEventListener("click", async (event) => {
    const button = /** @type {Element} */ (event.target).closest?.(".record");
    if (!button) return;
    try {
      await (await load()).begin(button.closest(".item")?.getAttribute("data-item") ?? "");
    } catch {
      loading = null;
      options.fails("录音没有打开，请联网后刷新本页再试，或改为打字。");
    }
  });

  return {
    /** @returns {Media[]} */
    all: () => audio?.all() ?? [],
    /** @param {Media[]} kept with a draft */
    async resume(kept) {
      if (kept.some(({ media }) => media === "audio")) (await load()).resume(kept);
    },
    settled: async () => audio?.settled(),
  };
}
