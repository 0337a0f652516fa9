// The camera of the page: opened, switched, lit; and what to say where there is none.

/** Frames of the preview where a photo can be had at full size besides; else the largest that the camera gives. */
const SIZE = "ImageCapture" in globalThis ? { width: { ideal: 2560 }, height: { ideal: 1920 } } : { width: { ideal: 4096 }, height: { ideal: 3072 } };

/** @typedef {{name: string, sentence: string}} Trouble */

/**
 * @param {string} [deviceId] the camera wanted; without it the one on the back
 * @returns {Promise<MediaStream>}
 * @throws DOMException
 */
export function openStream(deviceId) {
  if (!navigator.mediaDevices?.getUserMedia) throw new DOMException("", "NotSupportedError");
  const which = deviceId ? { deviceId: { exact: deviceId } } : { facingMode: { ideal: "environment" } };
  return navigator.mediaDevices.getUserMedia({ audio: false, video: { ...which, ...SIZE } });
}

/** @param {MediaStream|null} stream */
export function closeStream(stream) {
  for (const track of stream?.getTracks() ?? []) track.stop();
}

/** @returns {Promise<string[]>} ids of all cameras; known once one of them was allowed */
export async function cameras() {
  const devices = await navigator.mediaDevices.enumerateDevices().catch(() => []);
  return devices.filter(({ kind, deviceId }) => kind === "videoinput" && deviceId).map(({ deviceId }) => deviceId);
}

/** @param {MediaStreamTrack} track */
export const hasTorch = (track) => Boolean(/** @type {any} */ (track.getCapabilities?.())?.torch);

/** @param {MediaStreamTrack} track @param {boolean} on */
export const setTorch = (track, on) => track.applyConstraints(/** @type {any} */ ({ advanced: [{ torch: on }] }));

const SENTENCES = {
  NotAllowedError: "没有相机权限。请在浏览器的网站设置中允许本网站使用相机，再点「重试」",
  SecurityError: "浏览器不允许本页使用相机。请用系统浏览器、经 HTTPS 打开本网站",
  NotSupportedError: "浏览器不提供页面内的相机。请用系统浏览器、经 HTTPS 打开本网站",
  NotFoundError: "没有找到相机",
  OverconstrainedError: "没有找到相机",
};
const BUSY = "相机没有打开，可能正被其他应用占用。请关闭其他使用相机的应用，再点「重试」";

/** @param {unknown} error @returns {string} for the inspector */
export const sentenceOf = (error) => SENTENCES[/** @type {any} */ (error)?.name] ?? BUSY;
