// What a camera wrote into a photo, read before the photo is made smaller. Nothing here throws, and the work on a hostile
// file is bounded: one piece from its beginning, so many segments, so many fields. What is doubtful is left out.

import { isPng, isWebp, readPng, readWebp } from "./chunks.js";
import { codingOf, readAvif, readHeic } from "./heic.js";

/**
 * @typedef {object} Original every member is there only where it was read; the server takes it as it is (domain/evidence/photo.py)
 * @property {number} [bytes]
 * @property {number} [width] pixels as stored; of a HEIC as shown
 * @property {number} [height]
 * @property {number} [orientation] 1 to 8
 * @property {string} [taken_at] by the camera's clock: ISO 8601, with a zone only where the camera wrote one
 * @property {{lat: number, lon: number}} [fix]
 * @property {string} [make]
 * @property {string} [model]
 * @property {string} [software]
 */

const HEAD_BYTES = 512 * 1024;
const MAX_SEGMENTS = 200;
const MAX_FIELDS = 400;
const MAX_TEXT = 100;
const MAX_SIDE = 1_000_000;
const ASCII = 2;
const SHORT = 3;
const LONG = 4;
const RATIONAL = 5;
const UNDEFINED = 7;
const SRATIONAL = 10;
/** Bytes of one value, by type. */
const SIZES = { 1: 1, [ASCII]: 1, [SHORT]: 2, [LONG]: 4, [RATIONAL]: 8, [UNDEFINED]: 1, [SRATIONAL]: 8 };
const TEXTS = [ASCII, 1, UNDEFINED];

/**
 * @param {Blob} blob a photo of any kind
 * @returns {Promise<Original>}
 */
export async function readExif(blob) {
  /** @type {Original} */
  const read = { bytes: blob.size };
  try {
    const head = new DataView(await blob.slice(0, HEAD_BYTES).arrayBuffer());
    const coding = codingOf(head);
    if (coding === "heic") Object.assign(read, containerFields(await readHeic(blob)));
    else if (coding === "avif") Object.assign(read, containerFields(await readAvif(blob)));
    else if (isPng(head)) Object.assign(read, partsFields(await readPng(blob, head)));
    else if (isWebp(head)) Object.assign(read, partsFields(await readWebp(blob, head)));
    else Object.assign(read, jpegFields(head));
  } catch {
    // What was read so far is all there is.
  }
  return read;
}

const partsFields = ({ exif, size: found }) => ({ ...fieldsOf(exif), ...(found ? size(found.width, found.height) : {}) });

/** The container alone says how a HEIC or AVIF is turned; readers take no word of the EXIF for it. */
function containerFields(parts) {
  const found = partsFields(parts);
  return found.orientation || parts.orientation !== 1 ? { ...found, orientation: parts.orientation } : found;
}

/** @param {DataView} view the beginning of a file @returns {Original} */
export function jpegFields(view) {
  if (view.byteLength < 4 || view.getUint16(0) !== 0xffd8) return {};
  /** @type {Original} */
  const found = {};
  let hasExif = false;
  for (let at = 2, segments = 0; at + 4 <= view.byteLength && segments < MAX_SEGMENTS; segments++) {
    if (view.getUint8(at) !== 0xff) break;
    const marker = view.getUint8(at + 1);
    if (marker === 0xff) {
      at += 1;
      continue;
    }
    if (marker === 0xda || marker === 0xd9) break;
    if (marker === 0x01 || (marker >= 0xd0 && marker <= 0xd7)) {
      at += 2;
      continue;
    }
    const length = view.getUint16(at + 2);
    const end = at + 2 + length;
    if (length < 2) break;
    if (marker === 0xe1 && !hasExif && end <= view.byteLength && isExif(view, at + 4, end)) {
      hasExif = true;
      Object.assign(found, fieldsOf(new DataView(view.buffer, view.byteOffset + at + 10, length - 8)));
    }
    if (isFrame(marker) && at + 9 <= view.byteLength) {
      Object.assign(found, size(view.getUint16(at + 7), view.getUint16(at + 5)));
      break;
    }
    at = end;
  }
  return found;
}

const isFrame = (marker) => marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
const isExif = (view, at, end) => at + 6 <= end && view.getUint32(at) === 0x45786966 && view.getUint16(at + 4) === 0;
const size = (width, height) => (width > 0 && height > 0 && Math.max(width, height) <= MAX_SIDE ? { width, height } : {});

/**
 * @param {DataView|null} view what stands behind "Exif\0\0": a TIFF header and its directories
 * @returns {Original}
 */
export function fieldsOf(view) {
  /** @type {Original} */
  const found = {};
  try {
    const tiff = view && reader(view);
    if (!tiff) return found;
    const main = tiff.directory(tiff.first);
    put(found, "make", text(main.get(0x010f)));
    put(found, "model", text(main.get(0x0110)));
    put(found, "software", text(main.get(0x0131)));
    put(found, "orientation", orientation(main.get(0x0112)));
    const camera = tiff.directory(offset(main.get(0x8769)));
    put(found, "taken_at", takenAt((tag) => text(camera.get(tag) ?? main.get(tag))));
    put(found, "fix", position(tiff.directory(offset(main.get(0x8825)))));
  } catch {
    // A field points outside: the fields before it stand.
  }
  return found;
}

function put(found, name, value) {
  if (value !== undefined) found[name] = value;
}

/** @typedef {{type: number, count: number, view: DataView, little: boolean}} Field */

/** @param {DataView} view */
function reader(view) {
  if (view.byteLength < 8) return null;
  const order = view.getUint16(0);
  if (order !== 0x4949 && order !== 0x4d4d) return null;
  const little = order === 0x4949;
  if (view.getUint16(2, little) !== 42) return null;
  let left = MAX_FIELDS;

  /** @param {number|undefined} at @returns {Map<number, Field>} tag to field; the first of a tag counts */
  function directory(at) {
    const fields = new Map();
    if (at === undefined || at < 8 || at + 2 > view.byteLength) return fields;
    const entries = view.getUint16(at, little);
    for (let entry = 0; entry < entries && left > 0; entry++, left--) {
      const place = at + 2 + entry * 12;
      if (place + 12 > view.byteLength) break;
      const tag = view.getUint16(place, little);
      const field = fieldAt(place);
      if (field && !fields.has(tag)) fields.set(tag, field);
    }
    return fields;
  }

  /** @param {number} place @returns {Field|null} */
  function fieldAt(place) {
    const type = view.getUint16(place + 2, little);
    const count = view.getUint32(place + 4, little);
    const bytes = (SIZES[type] ?? 0) * count;
    if (!bytes) return null;
    const start = bytes <= 4 ? place + 8 : view.getUint32(place + 8, little);
    if (start + bytes > view.byteLength) return null;
    return { type, count, view: new DataView(view.buffer, view.byteOffset + start, bytes), little };
  }

  return { directory, first: view.getUint32(4, little) };
}

/** @param {Field|undefined} field @returns {number|undefined} */
function whole(field) {
  if (field?.count !== 1) return undefined;
  if (field.type === SHORT) return field.view.getUint16(0, field.little);
  return field.type === LONG ? field.view.getUint32(0, field.little) : undefined;
}

const offset = whole;

function orientation(field) {
  const value = whole(field);
  return value !== undefined && value >= 1 && value <= 8 ? value : undefined;
}

/**
 * Up to the first NUL, without what no reader sees.
 * @param {Field|undefined} field
 * @returns {string|undefined}
 */
function text(field) {
  if (!field || !TEXTS.includes(field.type)) return undefined;
  const { buffer, byteOffset, byteLength } = field.view;
  const bytes = new Uint8Array(buffer, byteOffset, Math.min(byteLength, 4 * MAX_TEXT));
  const end = bytes.indexOf(0);
  const decoded = new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
  const plain = decoded.replace(/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Cn}\uFFFD]/gu, "").trim();
  return [...plain].slice(0, MAX_TEXT).join("").trim() || undefined;
}

/** DateTimeOriginal, else DateTimeDigitized, else DateTime, each with its own offset. */
function takenAt(said) {
  const tags = [[0x9003, 0x9011], [0x9004, 0x9012], [0x0132, 0x9010]];
  for (const [stamp, zone] of tags) {
    const found = instant(said(stamp), said(zone));
    if (found) return found;
  }
  return undefined;
}

/** "2026:11:23 10:30:00" and "+08:00" */
function instant(written, zone) {
  const parts = /^(\d{4})([:-])(\d\d)\2(\d\d)[ T](\d\d):(\d\d):(\d\d)/.exec(written ?? "")?.slice(1);
  if (!parts) return undefined;
  parts.splice(1, 1);
  const [year, month, day, hour, minute, second] = parts.map(Number);
  const at = new Date(Date.UTC(year, month - 1, day, hour, minute, second));
  const real = at.getUTCMonth() === month - 1 && at.getUTCDate() === day && hour < 24 && minute < 60 && second < 60;
  if (!real || year < 1970 || year >= 2200) return undefined;
  const known = zone === "Z" ? "+00:00" : /^[+-](0\d|1[0-4]):[0-5]\d$/.test(zone ?? "") ? zone : "";
  return `${parts.slice(0, 3).join("-")}T${parts.slice(3).join(":")}${known}`;
}

/**
 * WGS-84, and only with both hemispheres written out: a position in the wrong one is worse than none. Zero for both, or
 * the status V, is what cameras write that had no position. As the server reads it (domain/evidence/exif.py).
 * @param {Map<number, Field>} gps
 */
function position(gps) {
  const lat = angle(gps.get(2), gps.get(1), "N", "S", 90);
  const lon = angle(gps.get(4), gps.get(3), "E", "W", 180);
  if (lat === undefined || lon === undefined || (lat === 0 && lon === 0) || text(gps.get(9)) === "V") return undefined;
  return { lat, lon };
}

/** @param {Field|undefined} field @param {Field|undefined} side @returns {number|undefined} degrees */
function angle(field, side, positive, negative, most) {
  const letter = text(side)?.[0].toUpperCase();
  if (letter !== positive && letter !== negative) return undefined;
  if (!field || ![RATIONAL, SRATIONAL].includes(field.type) || field.count < 2 || field.count > 3) return undefined;
  const [degrees, minutes, seconds] = [0, 1, 2].map((nth) => (nth < field.count ? rational(field, 8 * nth) : 0));
  const possible = degrees >= 0 && degrees <= most && minutes >= 0 && minutes <= 60 && seconds >= 0 && seconds <= 60;
  const value = degrees + minutes / 60 + seconds / 3600;
  if (!possible || value > most) return undefined;
  // Seven decimals are a centimetre; and there is one zero only.
  return Number(((letter === positive ? 1 : -1) * value).toFixed(7)) + 0;
}

/** NaN where the denominator is zero: what is written as 0/0 is not known. */
function rational({ type, view, little }, at) {
  const [over, under] = [at, at + 4].map((place) => (type === SRATIONAL ? view.getInt32(place, little) : view.getUint32(place, little)));
  return under === 0 ? NaN : over / under;
}
