// What the "meta" box of a HEIC or AVIF tells (ISO/IEC 14496-12 and 23008-12): where the EXIF stands (annex A), and the size of the picture.

const MAX_BOXES = 200;
const MAX_ITEMS = 2_000;
const MAX_META_BYTES = 4 * 1024 * 1024;
const MAX_EXIF_BYTES = 256 * 1024;
const MAX_BRANDS = 64;
const HEIC = ["heic", "heix", "heim", "heis", "hevc", "hevx"];
const AVIF = ["avif", "avis"];
const ANY_BRANDS = new Set(["mif1", "mif2", "msf1", "miaf"]);
/** EXIF orientations by quarters turned to the left, and then mirrored by the axis: none, lying, standing. */
const ORIENTATIONS = [[1, 4, 2], [8, 5, 7], [3, 2, 4], [6, 7, 5]];

/**
 * As the server tells them apart (photos/raster.py): where the first brand is shared, the first of the others that says it.
 * @param {DataView} head the beginning of a file
 * @returns {"heic"|"avif"|""}
 */
export function codingOf(head) {
  if (head.byteLength < 12 || name(head, 4) !== "ftyp") return "";
  const first = name(head, 8);
  if (!ANY_BRANDS.has(first)) return told(first);
  const end = Math.min(head.getUint32(0), head.byteLength, 16 + 4 * MAX_BRANDS);
  for (let at = 16; at + 4 <= end; at += 4) {
    const brand = name(head, at);
    if (told(brand)) return told(brand);
  }
  return "heic";
}

/** @param {string} brand @returns {"heic"|"avif"|""} */
const told = (brand) => (HEIC.includes(brand) ? "heic" : AVIF.includes(brand) ? "avif" : "");

/** @typedef {{exif: DataView|null, size: Size|null, orientation: number|undefined}} Parts the TIFF data; null where there is none */

/**
 * @param {Blob} blob
 * @returns {Promise<Parts>} size as it is shown, and the orientation upright: readers turn and cut it
 */
export async function readHeic(blob) {
  const { exif, properties } = await partsOf(blob);
  const size = properties && quietly(() => shownSize(properties));
  return { exif, size, orientation: 1 };
}

/**
 * @param {Blob} blob
 * @returns {Promise<Parts>} size as it is stored, and how the container turns it, as a tag would say
 */
export async function readAvif(blob) {
  const { exif, properties } = await partsOf(blob);
  const stored = properties?.filter(({ type }) => type === "ispe") ?? [];
  const size = quietly(() => shownSize(stored));
  return { exif, size, orientation: quietly(() => turned(properties ?? [])) ?? 1 };
}

/** @returns {Promise<{exif: DataView|null, properties: Property[]|null}>} of the picture itself */
async function partsOf(blob) {
  const view = await metaOf(blob);
  if (!view) return { exif: null, properties: null };
  const inside = boxes(view, 4, view.byteLength);
  const box = (type) => inside.find((one) => one.type === type);
  const exif = await exifOf(blob, view, box).catch(() => null);
  return { exif, properties: quietly(() => propertiesOf(view, box)) };
}

/** Damage of one part takes nothing from another. */
function quietly(read) {
  try {
    return read();
  } catch {
    return null;
  }
}

/** @returns {Promise<DataView|null>} the content of the "meta" box, wherever in the file it lies: some phones write it last */
async function metaOf(blob) {
  for (let at = 0, seen = 0; at + 8 <= blob.size && seen < MAX_BOXES; seen++) {
    const view = await slice(blob, at, 16);
    const { type, start, end } = boxAt(view, 0, blob.size - at);
    if (end < start || at + end > blob.size) return null;
    if (type === "meta") return end - start <= MAX_META_BYTES ? slice(blob, at + start, end - start) : null;
    at += end;
  }
  return null;
}

const slice = async (blob, at, length) => new DataView(await blob.slice(at, at + length).arrayBuffer());

async function exifOf(blob, view, box) {
  const info = box("iinf");
  const places = box("iloc");
  const id = info && exifItem(view, info);
  const place = id !== undefined && places && placeOf(view, places, id);
  if (!place || place.length < 12 || place.length > MAX_EXIF_BYTES) return null;
  const content = await contentOf(blob, view, place, box("idat"));
  if (!content || content.byteLength < 12) return null;
  // Four bytes say how far behind them the TIFF header stands.
  const skip = 4 + content.getUint32(0);
  return skip + 8 <= content.byteLength ? new DataView(content.buffer, content.byteOffset + skip, content.byteLength - skip) : null;
}

/** Of an item that stands in the file, or in the "idat" box. */
function contentOf(blob, view, { at, length, inside }, data) {
  if (!inside) return slice(blob, at, length);
  return data && data.start + at + length <= data.end ? new DataView(view.buffer, view.byteOffset + data.start + at, length) : null;
}

/** @typedef {{type: string, view: DataView, start: number}} Property */

/** @returns {Property[]|null} of the picture itself, in their order */
function propertiesOf(view, box) {
  const primary = box("pitm");
  const properties = box("iprp");
  if (!primary || !properties) return null;
  const id = view.getUint8(primary.start) === 0 ? view.getUint16(primary.start + 4) : view.getUint32(primary.start + 4);
  const lists = boxes(view, properties.start, properties.end);
  const all = lists.find(({ type }) => type === "ipco");
  const kept = all ? boxes(view, all.start, all.end) : [];
  const indexes = lists.filter(({ type }) => type === "ipma").flatMap((list) => indexesOf(view, list, id));
  return indexes.flatMap((index) => (kept[index - 1] ? [{ type: kept[index - 1].type, start: kept[index - 1].start, view }] : []));
}

/**
 * The picture is as large as its item says, less what is cut off, and turned: readers apply both (ISO/IEC 23000-22, 7.3.6.7).
 * @param {Property[]} properties
 */
function shownSize(properties) {
  /** @type {Size|null} */
  let size = null;
  for (const property of properties) size = changed(property, size);
  return size && size.width > 0 && size.height > 0 ? size : null;
}

/** How an AVIF is turned and mirrored (ISO/IEC 23008-12, 6.5.10 and 6.5.12), as an orientation of EXIF. */
function turned(properties) {
  const byte = (wanted) => {
    const found = properties.find(({ type }) => type === wanted);
    return found?.view.getUint8(found.start);
  };
  const mirrored = byte("imir");
  return ORIENTATIONS[(byte("irot") ?? 0) & 3][mirrored === undefined ? 0 : 1 + (mirrored & 1)];
}

/** @typedef {{width: number, height: number}} Size in pixels */

/** @param {Property} property @param {Size|null} size @returns {Size|null} */
function changed({ type, start, view }, size) {
  if (type === "ispe") return { width: view.getUint32(start + 4), height: view.getUint32(start + 8) };
  if (type === "irot" && size && view.getUint8(start) & 1) return { width: size.height, height: size.width };
  if (type === "clap" && size) {
    const [width, height] = [0, 8].map((at) => Math.round(view.getUint32(start + at) / view.getUint32(start + at + 4)));
    return width <= size.width && height <= size.height ? { width, height } : size;
  }
  return size;
}

/** @returns {number[]} which properties an item has, counted from 1, in their order */
function indexesOf(view, { start }, wanted) {
  const wideIds = view.getUint8(start) > 0;
  const wideIndexes = view.getUint8(start + 3) & 1;
  const entries = view.getUint32(start + 4);
  let at = start + 8;
  for (let entry = 0; entry < Math.min(entries, MAX_ITEMS); entry++) {
    const id = wideIds ? view.getUint32(at) : view.getUint16(at);
    at += wideIds ? 4 : 2;
    const count = view.getUint8(at++);
    if (id === wanted) {
      return Array.from({ length: count }, (_, nth) => (wideIndexes ? view.getUint16(at + 2 * nth) & 0x7fff : view.getUint8(at + nth) & 0x7f));
    }
    at += count * (wideIndexes ? 2 : 1);
  }
  return [];
}

/** @typedef {{type: string, start: number, end: number}} Box where its content stands */

/** @returns {Box} the box that begins there; its end may be behind ``to``, and before its start where it is broken */
function boxAt(view, at, to) {
  const length = view.getUint32(at);
  const type = name(view, at + 4);
  if (length === 0) return { type, start: at + 8, end: to };
  if (length !== 1) return { type, start: at + 8, end: at + length };
  return { type, start: at + 16, end: at + view.getUint32(at + 8) * 2 ** 32 + view.getUint32(at + 12) };
}

/** @returns {Box[]} the boxes of a stretch, those that are there to their end */
function boxes(view, from, to) {
  const found = [];
  for (let at = from; at + 8 <= to && found.length < MAX_BOXES; ) {
    if (view.getUint32(at) === 1 && at + 16 > to) break;
    const box = boxAt(view, at, to);
    if (box.end < box.start || box.end > to) break;
    found.push(box);
    at = box.end;
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

/** @returns {{at: number, length: number, inside: boolean}|null} where an item stands, if it stands there in one piece */
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
      if (id === wanted) return extents === 1 && method < 2 ? { at: base + offset, length, inside: method === 1 } : null;
      if (extent > MAX_ITEMS) return null;
    }
  }
  return null;
}

const name = (view, at) => String.fromCharCode(...[0, 1, 2, 3].map((step) => view.getUint8(at + step)));
