// Where the EXIF of a HEIC stands: the item of type "Exif" in the file's "meta" box (ISO/IEC 23008-12, annex A).

const MAX_BOXES = 200;
const MAX_ITEMS = 2_000;
const MAX_EXIF_BYTES = 256 * 1024;
const BRANDS = new Set(["heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1"]);

/** @param {DataView} head the beginning of a file */
export const isHeic = (head) => head.byteLength >= 12 && name(head, 4) === "ftyp" && BRANDS.has(name(head, 8));

/**
 * @param {Blob} blob
 * @param {DataView} head its beginning
 * @returns {Promise<DataView|null>} the TIFF data; null where there is none
 */
export async function exifOfHeic(blob, head) {
  const meta = boxes(head, 0, head.byteLength).find(({ type }) => type === "meta");
  if (!meta) return null;
  const inside = boxes(head, meta.start + 4, meta.end);
  const info = inside.find(({ type }) => type === "iinf");
  const places = inside.find(({ type }) => type === "iloc");
  const id = info && exifItem(head, info);
  const place = id !== undefined && places && placeOf(head, places, id);
  if (!place || place.length < 12 || place.length > MAX_EXIF_BYTES) return null;
  const content = new DataView(await blob.slice(place.at, place.at + place.length).arrayBuffer());
  // Four bytes say how far behind them the TIFF header stands.
  const skip = 4 + content.getUint32(0);
  return skip + 8 <= content.byteLength ? new DataView(content.buffer, skip) : null;
}

/** @typedef {{type: string, start: number, end: number}} Box where its content stands */

/** @returns {Box[]} the boxes of a stretch of the file, those that are there to their end */
function boxes(view, from, to) {
  const found = [];
  for (let at = from; at + 8 <= to && found.length < MAX_BOXES; ) {
    let length = view.getUint32(at);
    let start = at + 8;
    if (length === 1) {
      if (at + 16 > to) break;
      length = view.getUint32(at + 8) * 2 ** 32 + view.getUint32(at + 12);
      start = at + 16;
    } else if (length === 0) {
      length = to - at;
    }
    if (length < start - at || at + length > to) break;
    found.push({ type: name(view, at + 4), start, end: at + length });
    at += length;
  }
  return found;
}

/** @returns {number|undefined} the id of the item that holds EXIF */
function exifItem(view, { start, end }) {
  const version = view.getUint8(start);
  const from = start + (version === 0 ? 6 : 8);
  for (const entry of boxes(view, from, end)) {
    const kind = view.getUint8(entry.start);
    if (entry.type !== "infe" || kind < 2) continue;
    const wide = kind === 2 ? 2 : 4;
    if (name(view, entry.start + 4 + wide + 2) !== "Exif") continue;
    return wide === 2 ? view.getUint16(entry.start + 4) : view.getUint32(entry.start + 4);
  }
  return undefined;
}

/** @returns {{at: number, length: number}|null} where an item stands in the file, if it stands there in one piece */
function placeOf(view, { start }, wanted) {
  const version = view.getUint8(start);
  if (version > 2) return null;
  let at = start + 4;
  const number = (bytes) => {
    const value = bytes === 8 ? view.getUint32(at) * 2 ** 32 + view.getUint32(at + 4) : bytes === 4 ? view.getUint32(at) : bytes === 2 ? view.getUint16(at) : 0;
    at += bytes;
    return value;
  };
  const sizes = number(2);
  const [offsetSize, lengthSize, baseSize, indexSize] = [12, 8, 4, 0].map((shift) => (sizes >> shift) & 15);
  const items = number(version === 2 ? 4 : 2);
  for (let item = 0; item < Math.min(items, MAX_ITEMS); item++) {
    const id = number(version === 2 ? 4 : 2);
    const method = version > 0 ? number(2) & 15 : 0;
    number(2);
    const base = number(baseSize);
    const extents = number(2);
    for (let extent = 0; extent < extents; extent++) {
      if (version > 0) number(indexSize);
      const offset = number(offsetSize);
      const length = number(lengthSize);
      if (id === wanted) return extents === 1 && method === 0 ? { at: base + offset, length } : null;
      if (extent > MAX_ITEMS) return null;
    }
  }
  return null;
}

const name = (view, at) => String.fromCharCode(...[0, 1, 2, 3].map((step) => view.getUint8(at + step)));
