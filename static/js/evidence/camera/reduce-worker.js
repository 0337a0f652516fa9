// The worker behind reduce.js: one photo at a time is decoded, made smaller, and coded again as JPEG.

import { readExif } from "./exif.js";

const QUALITY = 0.85;
/** Pixels that are decoded; each takes four bytes. */
const MAX_DECODED = (/** @type {any} */ (navigator).deviceMemory ?? 4) <= 2 ? 32e6 : 80e6;
/** Pixels of a canvas that every browser can hold. */
const MAX_CANVAS = 16_777_216;

let queue = Promise.resolve();
/** @type {boolean|null} */
let honest = null;

addEventListener("message", ({ data: { id, blob, longestPx } }) => {
  queue = queue.then(async () => {
    const original = await readExif(blob);
    const smaller = await reduced(blob, longestPx, original).catch(() => null);
    postMessage({ id, original, ...(smaller && { blob: smaller }) });
  });
});

/**
 * @param {Blob} blob
 * @param {number} longestPx
 * @param {import("./exif.js").Original} original completed by what decoding tells
 * @returns {Promise<Blob|null>} null where the photo is better left as it is
 */
async function reduced(blob, longestPx, original) {
  if ((original.width ?? 0) * (original.height ?? 0) > MAX_DECODED || !canvasIsHonest()) return null;
  if (original.width && Math.max(original.width, original.height ?? 0) <= longestPx) return null;
  const bitmap = await createImageBitmap(blob, { imageOrientation: "from-image" });
  try {
    // Formats whose size was not read: as decoded, which is upright.
    if (!original.width) Object.assign(original, { width: bitmap.width, height: bitmap.height });
    const scale = longestPx / Math.max(bitmap.width, bitmap.height);
    if (scale >= 1) return null;
    const [width, height] = [bitmap.width, bitmap.height].map((side) => Math.max(1, Math.round(side * scale)));
    if (width * height > MAX_CANVAS) return null;
    return await drawn(bitmap, width, height);
  } finally {
    bitmap.close();
  }
}

async function drawn(bitmap, width, height) {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d", { alpha: false });
  if (!context) return null;
  context.fillStyle = "#fff";
  context.fillRect(0, 0, width, height);
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, 0, 0, width, height);
  const coded = await canvas.convertToBlob({ type: "image/jpeg", quality: QUALITY });
  return coded.type === "image/jpeg" ? coded : null;
}

/** Some browsers hand out noise in place of what was drawn, against fingerprinting: no photo may go through that. */
function canvasIsHonest() {
  if (honest === null) {
    const context = new OffscreenCanvas(8, 8).getContext("2d", { alpha: false });
    if (!context) return (honest = false);
    context.fillStyle = "rgb(200, 40, 90)";
    context.fillRect(0, 0, 8, 8);
    const { data } = context.getImageData(0, 0, 8, 8);
    const wanted = [200, 40, 90, 255];
    honest = data.every((value, index) => Math.abs(value - wanted[index % 4]) <= 4);
  }
  return honest;
}
