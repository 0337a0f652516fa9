// How photos are taken: with the system's camera or out of the gallery, by the file inputs of a form, or with the camera
// of the page. On many phones the system ends the page to make room for its camera and loads it anew afterwards; what the
// inspector was about to do is kept, and the page comes back to it.

import { arriving } from "../../arriving.js";
import { nextFix } from "../../place/fix.js";
import { showMessage } from "./bar.js";

const NAME = "inspect.intent";
const VALID_MS = 30 * 60_000;

/** @typedef {{draft: string, item: string, row: string, at: number}} Intent */

/**
 * @param {HTMLFormElement} form
 * @param {object} options
 * @param {() => string} options.draft its id
 * @param {ReturnType<typeof import("./keeping.js").beginKeeping>} options.keeping
 * @param {ReturnType<typeof import("./photos.js").beginPhotos>} options.photos
 * @param {() => void} options.opens told before a camera or the gallery opens
 * @param {(text: string) => void} options.fails told why the camera of the page cannot be opened
 */
export function beginTaking(form, { draft, keeping, photos, opens, fails }) {
  form.addEventListener("change", ({ target }) => takeFiles(/** @type {HTMLInputElement} */ (target)));
  form.addEventListener("click", cameraOpens);
  form.addEventListener("cancel", forgetIntent, true);
  // Browsers have it on pages that came by HTTPS; in-app browsers mostly have not.
  document.documentElement.classList.toggle("live-camera", Boolean(navigator.mediaDevices?.getUserMedia));
  form.addEventListener("click", photograph);
  let busy = false;

  /**
   * What the inspector is about to do is kept before the camera opens, and the position is asked for, so that it is
   * there when the photo comes back.
   * @param {Event} event
   */
  function cameraOpens(event) {
    const target = /** @type {HTMLElement} */ (event.target);
    if (!target.matches?.("input.camera, input.gallery")) return;
    const place = placeOf(target);
    const item = target.closest(".item")?.getAttribute("data-item") ?? "";
    keepIntent({ draft: draft(), item, row: place.getAttribute("data-row") ?? "" });
    nextFix();
    opens();
    if (!keeping.busy()) return;
    // The last tap is still being written.
    event.preventDefault();
    keeping.settled().then(() => target.click());
  }

  /** @param {HTMLInputElement} input */
  function takeFiles(input) {
    if (!input.matches?.("input.camera, input.gallery")) return;
    forgetIntent();
    const place = placeOf(input);
    for (const file of input.files ?? []) photos.add(file, place, input.matches(".camera") ? "camera" : "gallery");
    input.value = "";
  }

  /** Its modules are loaded when it is opened. @param {Event} event */
  async function photograph(event) {
    const button = /** @type {Element} */ (event.target).closest?.(".photo-live");
    if (!button || busy) return;
    busy = true;
    nextFix();
    opens();
    try {
      await photographAt(placeOf(button), photos);
    } catch {
      fails("页面内的相机没有打开，请改用「拍照」，或联网后刷新本页再试。");
    }
    busy = false;
  }
}

/** @param {Element} element @returns {Element} the row or the item that its photos are of */
const placeOf = (element) => /** @type {Element} */ (element.closest("[data-row], .item"));

/**
 * @param {Element} place
 * @param {Pick<ReturnType<typeof import("./photos.js").beginPhotos>, "add">} photos
 */
async function photographAt(place, photos) {
  const { openLiveCamera } = await arriving(() => import("../../evidence/camera/live.js"));
  const text = place.closest(".item")?.querySelector(".item-text")?.textContent ?? "";
  const premises = place.querySelector(".premises-title")?.textContent;
  const camera = /** @type {HTMLInputElement|null} */ (place.querySelector("input.camera"));
  await openLiveCamera({
    title: place.matches("[data-row]") && premises ? `${premises} ${text}` : text,
    onShot: async (blob, takenMs) => {
      const name = `LIVE_${new Date(takenMs).toISOString().replace(/\D/g, "").slice(0, 17)}.jpg`;
      const photo = photos.add(new File([blob], name, { type: blob.type, lastModified: takenMs }), place, "live", takenMs);
      if (!photo) throw new Error("照片超过上限");
      await photo.kept;
      if (photo.problem) throw new Error(photo.problem);
    },
    useSystemCamera: () => camera?.click(),
  });
}

/**
 * Kept before the camera opens: writing here is synchronous, and outlives the page's process.
 * @param {Omit<Intent, "at">} intent
 */
function keepIntent(intent) {
  try {
    localStorage.setItem(NAME, JSON.stringify({ ...intent, at: Date.now() }));
  } catch {
    // The draft is kept all the same; only the place on the page is not.
  }
}

/** The camera has come back, or was closed. */
function forgetIntent() {
  try {
    localStorage.removeItem(NAME);
  } catch {
    // Then none was kept.
  }
}

/**
 * Where the page was ended while the camera was open, it comes back to where it was, once.
 * @param {string} draft its id
 * @param {(item: string, row: string) => Element|null} photosAt
 * @param {string} again what to do
 */
export function goOn(draft, photosAt, again) {
  const intent = takeIntent(draft);
  const element = intent && photosAt(intent.item, intent.row);
  if (!element) return;
  // An item with many photos is higher than the screen: its buttons are what the inspector was at.
  const buttons = element.querySelector(":scope > .photos > .photo-buttons, :scope > .photo-buttons") ?? element;
  buttons.scrollIntoView({ block: "center" });
  /** @type {HTMLElement|null} */ (buttons.querySelector("input.camera"))?.focus({ preventScroll: true });
  showMessage(`打开相机时页面被系统重新载入，已填内容和照片都在。${again}`);
}

/** @param {string} draft @returns {Intent|null} the intent of a page that was ended, given once */
function takeIntent(draft) {
  try {
    const intent = JSON.parse(localStorage.getItem(NAME) ?? "null");
    forgetIntent();
    return intent?.draft === draft && Date.now() - intent.at < VALID_MS ? intent : null;
  } catch {
    return null;
  }
}
