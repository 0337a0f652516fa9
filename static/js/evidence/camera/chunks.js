// Where a PNG (PNG 3rd edition, 5.3) and a WebP (RFC 9649, 2.7) hold their EXIF, and their size. Both may write it behind the picture.

const MAX_CHUNKS = 10_000;
const MAX_EXIF_BYTES = 256 * 1024;
const HEAD_BYTES = 4096;
const PNG = 0x89504e47;

/** @param {DataView} head the beginning of a file */
export const isPng = (head) => head.byteLength >= 33 && head.getUint32(0) === PNG;
export const isWebp = (head) => head.byteLength >= 30 && name(head, 0) === "RIFF" && name(head, 8) === "WEBP";

/** @param {Blob} blob @param {DataView} head its beginning */
export async function readPng(blob, head) {
  const exif = await bodyOf(blob, 8, (view) => ({ type: name(view, 4), length: view.getUint32(0), more: 4 }), "eXIf");
  return { exif, size: { width: head.getUint32(16), height: head.getUint32(20) } };
}

/** @param {Blob} blob @param {DataView} head its beginning */
export async function readWebp(blob, head) {
  // Odd chunks are filled up by a byte.
  const header = (view) => ({ type: name(view, 0), length: view.getUint32(4, true), more: view.getUint32(4, true) & 1 });
  const body = await bodyOf(blob, 12, header, "EXIF");
  // Some programs put the JPEG's own beginning before the tags.
  const isPrefixed = body && body.byteLength >= 6 && name(body, 0) === "Exif";
  return { exif: isPrefixed ? new DataView(body.buffer, body.byteOffset + 6) : body, size: canvas(head) };
}

/** @returns {{width: number, height: number}|null} of one that holds more than a picture: others have no EXIF */
function canvas(head) {
  if (name(head, 12) !== "VP8X") return null;
  const [width, height] = [24, 27].map((at) => 1 + head.getUint16(at, true) + head.getUint8(at + 2) * 65_536);
  return { width, height };
}

/** @returns {Promise<DataView|null>} the first chunk of a type */
async function bodyOf(blob, from, header, wanted) {
  let window = { at: 0, view: new DataView(new ArrayBuffer(0)) };
  for (let at = from, seen = 0; at + 8 <= blob.size && seen < MAX_CHUNKS; seen++) {
    if (at < window.at || at + 8 > window.at + window.view.byteLength) {
      window = { at, view: await slice(blob, at, HEAD_BYTES) };
    }
    const { type, length, more } = header(new DataView(window.view.buffer, at - window.at, 8));
    const start = at + 8;
    if (type === wanted && start + length <= blob.size) return length <= MAX_EXIF_BYTES ? slice(blob, start, length) : null;
    at = start + length + more;
  }
  return null;
}

const slice = async (blob, at, length) => new DataView(await blob.slice(at, at + length).arrayBuffer());
const name = (view, at) => String.fromCharCode(...[0, 1, 2, 3].map((step) => view.getUint8(at + step)));
