// Spoken notes: recorded, kept as they grow, shown with a player, removed. Loaded when first needed.

import { duration, stamp } from "../../clock.js";
import { newId, sha256 } from "../../hash.js";
import { removeMedia } from "../storage/drafts.js";
import { made, tap } from "../../fields.js";

/** @typedef {import("../storage/drafts.js").Media} Media */
/** @typedef {{media: Media, line: HTMLElement, url: string, done: boolean, ready: Promise<void>}} Recording
 * done: it is whole, and was given to be kept */

const MOST_MS = 120_000;
/** So much is lost at the most when the phone dies while it records. */
const PIECE_MS = 3_000;
const TYPES = ["audio/webm;codecs=opus", "audio/mp4", "audio/ogg;codecs=opus"];
const BITS_PER_SECOND = 32_000;
/** @type {Record<string, string>} */
const REASONS = {
  NotAllowedError: "没有获得麦克风权限。请在浏览器设置里允许本网站使用麦克风，或改为打字",
  NotFoundError: "没有找到麦克风，请改为打字",
  NotReadableError: "麦克风正被其他应用占用，请稍后再试或改为打字",
};

/**
 * @param {object} options
 * @param {() => import("../storage/drafts.js").Draft} options.draftNow
 * @param {ReturnType<typeof import("./keeping.js").beginKeeping>} options.keeping
 * @param {(item: string) => Element|null} options.placeOf the element whose `.recordings` shows an item's recordings
 * @param {() => void} options.changed
 * @param {(text: string) => void} options.fails
 */
export function beginAudio({ draftNow, keeping, placeOf, changed, fails }) {
  /** @type {Recording[]} */
  let recordings = [];
  /** @type {{stop: () => Promise<void>}|null} */
  let running = null;

  /** @param {Media} media @returns {Recording} */
  function show(media) {
    const line = made("li", "recording");
    const recording = { media, line, url: "", done: Boolean(media.sha256), ready: Promise.resolve() };
    recordings.push(recording);
    const list = placeOf(media.item)?.querySelector(".recordings");
    list?.append(line);
    list?.closest("details")?.setAttribute("open", "");
    return recording;
  }

  /** @param {Recording} recording */
  function showPlayer(recording) {
    const player = document.createElement("audio");
    recording.url = URL.createObjectURL(recording.media.blob);
    player.controls = true;
    player.src = recording.url;
    const button = made("button", "button button-small", "删除");
    button.setAttribute("type", "button");
    button.addEventListener("click", () => confirm("删除这段录音？") && remove(recording));
    const seconds = Math.round(recording.media.evidence.seconds ?? 0);
    recording.line.replaceChildren(made("span", "hint number", `录音 ${duration(seconds)}`), player, button);
  }

  /** @param {Recording} recording */
  async function complete(recording) {
    recording.media.sha256 = await sha256(recording.media.blob);
    // It may have been removed meanwhile.
    if (recordings.includes(recording)) await keeping.save(recording.media);
    recording.done = true;
  }

  /** @param {Recording} recording */
  function remove(recording) {
    recordings = recordings.filter((one) => one !== recording);
    keeping.forget(recording.media);
    URL.revokeObjectURL(recording.url);
    recording.line.remove();
    removeMedia(draftNow(), recording.media.key).catch(() => undefined);
    changed();
  }

  /** @param {string} item @param {MediaStream} stream */
  function record(item, stream) {
    const type = TYPES.find((one) => MediaRecorder.isTypeSupported(one)) ?? "";
    const recorder = new MediaRecorder(stream, { ...(type && { mimeType: type }), audioBitsPerSecond: BITS_PER_SECOND });
    const beganMs = Date.now();
    const when = stamp(beganMs);
    const order = Math.max(0, ...recordings.map(({ media }) => media.order + 1));
    /** @type {Media} */
    const media = {
      key: newId(), owner: draftNow().id, item, row: "", order, media: "audio", blob: new Blob([], { type }), sha256: "",
      name: "", evidence: { captured_at: when.at, seconds: 0 }, ...(when.error_ms === null && { when }),
    };
    const recording = show(media);
    const clock = made("span", "recording-clock number", "0:00");
    const button = made("button", "button button-danger", "停止");
    button.setAttribute("type", "button");
    recording.line.replaceChildren(made("span", "recording-mark"), clock, button);
    const seconds = () => Math.min(MOST_MS, Date.now() - beganMs) / 1000;
    const ticking = setInterval(() => {
      clock.textContent = duration(Math.floor(seconds()));
      if (seconds() * 1000 >= MOST_MS) stop();
    }, 250);
    /** @type {(value?: any) => void} */
    let ended = () => undefined;
    recording.ready = new Promise((resolve) => (ended = resolve));
    recorder.addEventListener("dataavailable", ({ data }) => {
      if (!data.size) return;
      media.blob = new Blob([media.blob, data], { type: recorder.mimeType || type });
      media.evidence.seconds = seconds();
      keeping.save(media);
    });
    recorder.addEventListener("stop", async () => {
      clearInterval(ticking);
      stream.getTracks().forEach((track) => track.stop());
      running = null;
      if (!media.blob.size) {
        remove(recording);
        return ended();
      }
      showPlayer(recording);
      await complete(recording);
      tap();
      changed();
      ended();
    });
    const stop = () => {
      if (recorder.state !== "inactive") recorder.stop();
      return recording.ready;
    };
    button.addEventListener("click", stop);
    running = { stop };
    recorder.start(PIECE_MS);
    tap();
    button.focus({ preventScroll: true });
  }

  return {
    /** @returns {Media[]} */
    all: () => recordings.map(({ media }) => media),
    /** Record a note of an item; one that is being recorded ends first. @param {string} item */
    async begin(item) {
      await running?.stop();
      try {
        record(item, await navigator.mediaDevices.getUserMedia({ audio: true }));
      } catch (error) {
        fails(REASONS[error instanceof Error ? error.name : ""] ?? "这个浏览器不能录音，请改为打字");
      }
    },
    /** Show what a draft kept; one that a crash cut off is whole up to there. @param {Media[]} kept */
    resume(kept) {
      for (const media of kept.filter((one) => one.media === "audio")) {
        const recording = show(media);
        showPlayer(recording);
        if (!media.sha256) recording.ready = complete(recording);
      }
    },
    /** Another page may have removed some. @param {Set<string>} keys of those that the phone keeps */
    keepOnly(keys) {
      recordings.filter(({ media, done }) => done && !keys.has(media.key) && !keeping.lacks(media)).forEach(remove);
    },
    /** Once nothing is recorded any more and all is kept. */
    async settled() {
      await running?.stop();
      await Promise.all(recordings.map(({ ready }) => ready));
    },
  };
}
