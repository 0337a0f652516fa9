// One photo out of a running camera: at the sensor's full size where the browser can have it quickly, else the frame on
// the screen.

import { within } from "../../within.js";
import { jpegFields } from "./exif.js";

const QUALITY = 0.92;
const PATIENCE_MS = 3_000;
/** A full-size photo that takes longer than this holds up the next one more than it is worth. */
const QUICK_MS = 1_500;
const HEAD_BYTES = 256 * 1024;

/** @param {HTMLVideoElement} video */
export function beginShots(video) {
  let worthAsking = "ImageCapture" in globalThis;

  /**
   * @param {MediaStreamTrack} track
   * @returns {Promise<Blob>} a JPEG
   * @throws where the camera gives nothing
   */
  return async function shot(track) {
    // Drawn at once: whatever the full-size photo does, this is the moment of the shutter.
    const frame = drawn(video);
    const whole = worthAsking ? await stillOf(track) : null;
    const larger = whole && whole.pixels > frame.width * frame.height;
    worthAsking = Boolean(larger && whole.tookMs < QUICK_MS);
    return larger ? whole.blob : coded(frame);
  };
}

/** @param {HTMLVideoElement} video */
function drawn(video) {
  const [width, height] = [video.videoWidth, video.videoHeight];
  if (!width || !height) throw new Error("相机还没有画面");
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const context = canvas.getContext("2d", { alpha: false });
  if (!context) throw new Error("内存不足，照片没有拍成");
  context.drawImage(video, 0, 0, width, height);
  return canvas;
}

/** @param {HTMLCanvasElement} canvas @returns {Promise<Blob>} */
function coded(canvas) {
  return new Promise((resolve, reject) => {
    const take = (/** @type {Blob|null} */ blob) => (blob ? resolve(blob) : reject(new Error("内存不足，照片没有拍成")));
    canvas.toBlob(take, "image/jpeg", QUALITY);
  });
}

/** @returns {Promise<{blob: Blob, pixels: number, tookMs: number}|null>} null where it fails, is no JPEG, or takes too long */
async function stillOf(track) {
  const began = performance.now();
  try {
    const taken = new /** @type {any} */ (globalThis).ImageCapture(track).takePhoto();
    /** @type {Blob} */
    const blob = await within(PATIENCE_MS, taken);
    const { width = 0, height = 0 } = jpegFields(new DataView(await blob.slice(0, HEAD_BYTES).arrayBuffer()));
    return { blob, pixels: width * height, tookMs: performance.now() - began };
  } catch {
    return null;
  }
}
