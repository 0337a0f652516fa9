// How much room is left on the phone, and whether the browser has promised to keep what is there.

/** @typedef {{persisted: boolean|null, left: number|null, total: number|null}} Space bytes; null: the browser does not say */

const LOW_BYTES = 200 * 1024 * 1024;
const LOW_SHARE = 0.1;
const PHOTO_BYTES = 1.5 * 1024 * 1024;

/** @returns {Promise<Space>} */
export async function space() {
  const persisted = (await navigator.storage?.persisted?.().catch(() => null)) ?? null;
  const estimate = (await navigator.storage?.estimate?.().catch(() => null)) ?? null;
  const { quota, usage = 0 } = estimate ?? {};
  return { persisted, total: quota ?? null, left: quota === undefined ? null : Math.max(0, quota - usage) };
}

/**
 * Whether room is running out: well before there is none.
 * @param {Space} found
 */
export const isLow = ({ left, total }) => left !== null && (left < LOW_BYTES || (total !== null && left < LOW_SHARE * total));

/**
 * @param {Space} found
 * @returns {{persisted: string, left: string, warning: string}} for people; the warning is empty where there is room
 */
export function describe(found) {
  const promise = { true: "浏览器已答应长期保存本机内容。", false: "浏览器没有答应长期保存：空间紧张时可能清除。", null: "浏览器不说明是否长期保存。" };
  const left = found.left === null ? "浏览器不说明剩余空间。" : `还能存约 ${size(found.left)}，约 ${photosIn(found.left)} 张照片。`;
  const warning = isLow(found) ? `手机空间快用完了：约还能存 ${photosIn(found.left ?? 0)} 张照片。请尽快联网发送，或清理手机空间。` : "";
  return { persisted: promise[String(found.persisted)], left, warning };
}

/** Show a warning on the page where there is reason for one. */
export async function showSpace() {
  const { warning } = describe(await space());
  const notice = /** @type {HTMLElement|null} */ (document.querySelector("#storage-notice"));
  if (!notice) return;
  notice.textContent = warning;
  notice.hidden = !warning;
}

const photosIn = (bytes) => Math.floor(bytes / PHOTO_BYTES);
const size = (bytes) => (bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${(bytes / 1e6).toFixed(0)} MB`);
