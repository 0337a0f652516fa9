// The camera of the page, over the whole screen: several photos in a row, each of them taken now. Loaded when it is
// first opened.

import { beginShots } from "./shot.js";
import { cameras, closeStream, hasTorch, openStream, sentenceOf, setTorch } from "./stream.js";
import { buildView } from "./view.js";

/** Photos that may wait to be kept; more would fill the phone's memory. */
const MOST_WAITING = 3;

/**
 * Open the camera, and resolve once it is closed and every photo has been handed over.
 * @param {object} options
 * @param {string} options.title what is photographed
 * @param {(blob: Blob, takenMs: number) => Promise<void>} options.onShot told of each photo, one after the other; rejects
 *   where it could not be kept
 * @param {() => void} [options.useSystemCamera] offered where this camera cannot be opened; called from a tap
 * @returns {Promise<void>}
 */
export async function openLiveCamera({ title, onShot, useSystemCamera }) {
  const view = await buildView(title, Boolean(useSystemCamera));
  const shot = beginShots(view.video);
  /** @type {MediaStream|null} */
  let stream = null;
  /** @type {string[]} */
  let ids = [];
  let torch = false;
  let waiting = 0;
  let kept = 0;
  let closed = false;
  let shooting = false;
  let opening = 0;
  let handing = Promise.resolve();
  /** @type {(value?: unknown) => void} */
  let leave = () => undefined;
  const left = new Promise((resolve) => (leave = resolve));

  const track = () => stream?.getVideoTracks()[0] ?? null;
  const ready = () => view.setReady(Boolean(stream) && !shooting && waiting < MOST_WAITING && !closed);

  /** @param {string} [deviceId] */
  async function open(deviceId) {
    const turn = ++opening;
    closeStream(stream);
    stream = null;
    torch = false;
    ready();
    view.say("正在打开相机…");
    try {
      const opened = await openStream(deviceId);
      // Closed, or another camera was chosen, while the browser asked for permission.
      if (closed || turn !== opening) return closeStream(opened);
      stream = opened;
      track()?.addEventListener("ended", () => !closed && stream === opened && open(deviceId));
      await view.play(opened);
      ids = await cameras();
      view.offer({ torch: hasTorch(opened.getVideoTracks()[0]), switching: ids.length > 1 });
      view.say("");
    } catch (error) {
      if (closed || turn !== opening) return;
      closeStream(stream);
      stream = null;
      view.fail(sentenceOf(error));
    }
    ready();
  }

  async function take() {
    const source = track();
    if (!source || shooting || waiting >= MOST_WAITING) return;
    shooting = true;
    const takenMs = Date.now();
    view.flash();
    navigator.vibrate?.(30);
    ready();
    try {
      hand(await shot(source), takenMs);
    } catch (error) {
      view.say(`没有拍成：${error instanceof Error ? error.message : error}`);
    }
    shooting = false;
    ready();
  }

  /** @param {Blob} blob @param {number} takenMs */
  function hand(blob, takenMs) {
    waiting++;
    handing = handing.then(async () => {
      try {
        await onShot(blob, takenMs);
        view.show(blob, ++kept);
      } catch (error) {
        view.say(`这一张没有存入：${error instanceof Error ? error.message : error}`);
      }
      waiting--;
      ready();
    });
  }

  function change() {
    const now = track()?.getSettings().deviceId ?? "";
    open(ids[(ids.indexOf(now) + 1) % ids.length]);
  }

  async function light() {
    const source = track();
    if (!source) return;
    try {
      await setTorch(source, !torch);
      torch = !torch;
    } catch {
      view.say("补光灯没有打开");
    }
    view.showTorch(torch);
  }

  function comeBack() {
    if (!document.hidden && !closed && track()?.readyState === "ended") open();
  }

  /** The button of the phone that leads back closes the camera, and nothing but the camera. */
  function close() {
    if (history.state?.liveCamera) history.back();
    // Where a browser does not tell of going back.
    setTimeout(leave, 500);
  }

  function useSystem() {
    useSystemCamera?.();
    close();
  }

  view.on({ take, close, change, light, retry: () => open(), useSystem });
  history.pushState({ ...history.state, liveCamera: true }, "");
  addEventListener("popstate", leave);
  document.addEventListener("visibilitychange", comeBack);
  open();
  await left;

  closed = true;
  removeEventListener("popstate", leave);
  document.removeEventListener("visibilitychange", comeBack);
  closeStream(stream);
  ready();
  view.say(shooting || waiting ? "正在存入手机…" : "");
  while (shooting) await new Promise((resolve) => setTimeout(resolve, 50));
  await handing;
  view.remove();
}
