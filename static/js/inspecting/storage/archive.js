// Everything on this phone as one ZIP, for the day when it cannot be sent. Photos are stored, not compressed; the file
// is put together from the blobs by reference, so that thousands of them need little memory.

import { arriving } from "../../arriving.js";
import { mediaOf } from "./drafts.js";
import { outboxItems } from "./outbox.js";
import { storage } from "./database.js";

const FORMAT = "inspect-phone-export";
const SUFFIXES = { "image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", "image/heic": "heic", "image/heif": "heic", "image/avif": "avif", "audio/webm": "webm", "audio/ogg": "ogg", "audio/mp4": "m4a" };
const FOLDERS = { photo: "photos", audio: "audio" };
const MOST = 0xffff_ffff;
const CRCS = crcTable();

/** @typedef {import("./drafts.js").Media} Media */

/**
 * @param {string} inspector whose work it is
 * @param {string|undefined} only id of one inspection; everything where it is missing
 * @param {(done: number, of: number) => void} progress
 * @returns {Promise<File>}
 */
export async function archive(inspector, only, progress) {
  const db = await storage();
  const wanted = ({ id, inspector: owner, state }) => owner === inspector && (!only || id === only) && state !== "confirmed";
  const items = (await outboxItems()).filter(wanted);
  const drafts = (await db.list("drafts")).filter(wanted);
  /** @type {{name: string, content: Blob}[]} */
  const files = [];
  const about = { format: FORMAT, version: 1, inspector, exported_at: new Date().toISOString(), device: navigator.userAgent };
  for (const item of items) files.push({ name: `inspections/${item.id}/record.json`, content: new Blob([item.body]) });
  const draftMedia = await Promise.all(drafts.map(({ id }) => mediaOf(id)));
  drafts.forEach((draft, number) => {
    files.push({ name: `drafts/${draft.id}/draft.json`, content: json({ ...draft, media: draftMedia[number].map(told) }) });
  });
  const names = new Set();
  for (const media of [...(await Promise.all(items.map(({ id }) => mediaOf(id)))), ...draftMedia].flat()) {
    const name = fileOf(media);
    if (!names.has(name)) files.push({ name, content: media.blob });
    names.add(name);
  }
  const { signedList } = await arriving(() => import("./device-key.js"));
  const signed = await signedList({ inspector, exported_at: about.exported_at }, files);
  files.unshift({ name: "manifest.json", content: json({ ...about, ...signed }) });
  const day = new Date().toISOString().slice(0, 16).replace(/[-:T]/g, "");
  return new File([await zipped(files, progress)], `inspect-${inspector}-${day}.zip`, { type: "application/zip" });
}

/** @param {Media} media */
const fileOf = ({ media, sha256, key, blob }) => `${FOLDERS[media]}/${sha256 || key}.${SUFFIXES[blob.type] ?? "bin"}`;

/** What a draft knows of a photo or recording besides its bytes: what it shows, where and when it was made, its marks. @param {Media} media */
function told(media) {
  const { blob: _, owner: __, ...about } = media;
  return { ...about, file: fileOf(media) };
}

/**
 * Hand the file over: to another application where the phone offers that, else as a download.
 * @param {File} file
 */
export async function share(file) {
  if (navigator.canShare?.({ files: [file] }) && matchMedia("(pointer: coarse)").matches) {
    try {
      return await navigator.share({ files: [file] });
    } catch {
      // Not wanted, or not possible for a file of this size: download it.
    }
  }
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = file.name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

const json = (value) => new Blob([JSON.stringify(value, null, 1)]);

/**
 * A ZIP (APPNOTE 6.3) of stored files.
 * @param {{name: string, content: Blob}[]} files
 * @param {(done: number, of: number) => void} progress
 * @returns {Promise<Blob>}
 */
export async function zipped(files, progress = () => undefined) {
  const parts = [];
  const directory = [];
  let offset = 0;
  for (const [index, { name, content }] of files.entries()) {
    const encoded = new TextEncoder().encode(name);
    const crc = await crcOf(content);
    const local = header(0x04034b50, encoded, content.size, crc, null);
    directory.push(header(0x02014b50, encoded, content.size, crc, offset));
    parts.push(local, content);
    offset += local.length + content.size;
    progress(index + 1, files.length);
  }
  if (offset > MOST || files.length > 0xffff) throw new Error("内容超过 4GB，请先联网发送一部分，或逐份导出");
  const size = directory.reduce((sum, entry) => sum + entry.length, 0);
  return new Blob([...parts, ...directory, ending(files.length, size, offset)]);
}

/** A local header, or with an offset the entry of the directory. */
function header(signature, name, size, crc, offset) {
  const central = offset !== null;
  const view = new DataView(new ArrayBuffer(central ? 46 : 30));
  let at = 0;
  const put = (bytes, value) => {
    if (bytes === 4) view.setUint32(at, value, true);
    else view.setUint16(at, value, true);
    at += bytes;
  };
  put(4, signature);
  if (central) put(2, 20);
  put(2, 20);
  put(2, 0x0800);
  put(2, 0);
  put(2, 0);
  put(2, 0x21);
  put(4, crc);
  put(4, size);
  put(4, size);
  put(2, name.length);
  put(2, 0);
  if (central) {
    for (const bytes of [2, 2, 2, 4]) put(bytes, 0);
    put(4, offset);
  }
  const whole = new Uint8Array(view.byteLength + name.length);
  whole.set(new Uint8Array(view.buffer));
  whole.set(name, view.byteLength);
  return whole;
}

function ending(count, size, offset) {
  const view = new DataView(new ArrayBuffer(22));
  view.setUint32(0, 0x06054b50, true);
  view.setUint16(8, count, true);
  view.setUint16(10, count, true);
  view.setUint32(12, size, true);
  view.setUint32(16, offset, true);
  return new Uint8Array(view.buffer);
}

/** @param {Blob} blob read piece by piece */
async function crcOf(blob) {
  const PIECE = 1024 * 1024;
  let crc = 0xffff_ffff;
  for (let start = 0; start < blob.size; start += PIECE) {
    const bytes = new Uint8Array(await blob.slice(start, start + PIECE).arrayBuffer());
    for (let at = 0; at < bytes.length; at++) crc = CRCS[(crc ^ bytes[at]) & 0xff] ^ (crc >>> 8);
  }
  return (crc ^ 0xffff_ffff) >>> 0;
}

function crcTable() {
  return Uint32Array.from({ length: 256 }, (_, byte) => {
    let value = byte;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
    return value;
  });
}
