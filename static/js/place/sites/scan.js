// Scanning the label of a site (扫码) with the camera of the page: its form opens, and nothing else does. Loaded at the
// first tap; the service worker keeps it for work without a network.

import { closeDialog, openDialog } from "../../dialog.js";
import { made } from "../../fields.js";
import { rooted } from "../../root.js";
import { stylesheet } from "../../stylesheet.js";
import { closeStream, hasTorch, openStream, sentenceOf, setTorch } from "../../evidence/camera/stream.js";
import { siteOf } from "./label.js";

/** A look takes a slow phone a tenth of a second; between two of them the page stays quick. */
const LOOK_EVERY_MS = 150;

/** @typedef {{detect: (video: HTMLVideoElement) => Promise<{rawValue: string}[]>}} Detector */

/**
 * Open the camera until a label was read or the inspector closes it.
 * @param {string} labels where the addresses on labels begin: that of the list, as the office has set it
 */
export async function openScanner(labels) {
  await stylesheet("evidence/camera.css");
  const view = buildView();
  const roots = [new URL("sites/", new URL(labels, location.href)).href, new URL(rooted("/field/sites/"), location.href).href];
  const known = (/** @type {string} */ code) => document.querySelector(`.sites > li[data-code="${CSS.escape(code)}"]`) !== null;
  /** @type {MediaStream|null} */
  let stream = null;
  view.dialog.addEventListener("close", () => {
    closeStream(stream);
    view.dialog.remove();
  });
  /** @type {Detector} */
  let reader;
  try {
    reader = await qrDetector();
    stream = await openStream();
    if (!isOpen(view.dialog)) return closeStream(stream);
    view.video.srcObject = stream;
    await view.video.play();
    offerTorch(view.torch, stream.getVideoTracks()[0]);
    view.say("把标签上的二维码放进画面");
  } catch (error) {
    return view.say(error instanceof DOMException ? `${sentenceOf(error).replace("，再点「重试」", "")}。` : "这里还不能扫码：请联网后再试，还是不行就按名称或编码查找");
  }
  await look(reader, view, (text) => siteOf(text, roots, known));
}

/**
 * @param {Detector} detector
 * @param {ReturnType<typeof buildView>} view
 * @param {(text: string) => {code: string, problem: string}} judge
 */
async function look(detector, { dialog, video, say }, judge) {
  while (isOpen(dialog)) {
    const found = video.readyState >= 2 ? await detector.detect(video).catch(() => []) : [];
    const { code, problem } = found.length ? judge(found[0].rawValue) : { code: "", problem: "" };
    if (problem) say(problem);
    if (code && isOpen(dialog)) {
      navigator.vibrate?.(30);
      closeDialog(dialog);
      return location.assign(rooted(`/field/sites/${encodeURIComponent(code)}`));
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}

/** @param {HTMLDialogElement} dialog */
const isOpen = (dialog) => dialog.hasAttribute("open");

/** @type {Promise<Detector>|null} */
let detector = null;

/** The browser's own detector where it reads QR codes; else one in plain JavaScript, of the same interface, which only the bundle has. */
function qrDetector() {
  detector ??= native().then(async (own) => {
    const { BarcodeDetector } = own ? /** @type {any} */ (globalThis) : await import("qr/decode.js");
    return new BarcodeDetector({ formats: ["qr_code"] });
  });
  detector.catch(() => (detector = null));
  return detector;
}

async function native() {
  const formats = await /** @type {any} */ (globalThis).BarcodeDetector?.getSupportedFormats().catch(() => []);
  return Boolean(formats?.includes("qr_code"));
}

/** @param {HTMLButtonElement} button @param {MediaStreamTrack} track */
function offerTorch(button, track) {
  button.hidden = !hasTorch(track);
  button.addEventListener("click", async () => {
    const on = button.getAttribute("aria-pressed") !== "true";
    await setTorch(track, on).catch(() => undefined);
    button.setAttribute("aria-pressed", String(on));
  });
}

function buildView() {
  const dialog = /** @type {HTMLDialogElement} */ (made("dialog", "live"));
  dialog.setAttribute("aria-label", "扫点位标签");
  const video = Object.assign(document.createElement("video"), { className: "live-video", playsInline: true, muted: true });
  const message = made("p", "live-message", "正在打开相机…");
  message.setAttribute("role", "status");
  const torch = /** @type {HTMLButtonElement} */ (made("button", "live-button", "补光"));
  const done = /** @type {HTMLButtonElement} */ (made("button", "live-button live-done", "关闭"));
  torch.type = done.type = "button";
  torch.hidden = true;
  torch.setAttribute("aria-pressed", "false");
  done.addEventListener("click", () => closeDialog(dialog));
  const bar = made("div", "live-bar");
  bar.append(torch, done);
  dialog.append(made("p", "live-title", "扫点位标签"), video, message, bar);
  document.body.append(dialog);
  openDialog(dialog);
  return { dialog, video, torch, say: (/** @type {string} */ text) => void (message.textContent = text) };
}
