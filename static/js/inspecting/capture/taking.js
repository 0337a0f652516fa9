// Photos by the file inputs of a form: from the system's camera, or picked from the gallery.

import { nextFix } from "../../place/fix.js";
import { forgetIntent, keepIntent } from "./intent.js";

/**
 * @param {HTMLFormElement} form
 * @param {object} options
 * @param {() => string} options.draft its id
 * @param {ReturnType<typeof import("./keeping.js").beginKeeping>} options.keeping
 * @param {ReturnType<typeof import("./photos.js").beginPhotos>} options.photos
 * @param {() => void} options.opens told before the camera or the gallery opens
 */
export function beginTaking(form, { draft, keeping, photos, opens }) {
  form.addEventListener("change", ({ target }) => takeFiles(/** @type {HTMLInputElement} */ (target)));
  form.addEventListener("click", cameraOpens);
  form.addEventListener("cancel", forgetIntent, true);

  /**
   * What the inspector is about to do is kept before the camera opens, and the position is asked for, so that it is
   * there when the photo comes back.
   * @param {Event} event
   */
  function cameraOpens(event) {
    const target = /** @type {HTMLElement} */ (event.target);
    if (!target.matches?.("input.camera, input.gallery")) return;
    const place = /** @type {Element} */ (target.closest("[data-row], .item"));
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
    const place = /** @type {Element} */ (input.closest("[data-row], .item"));
    for (const file of input.files ?? []) photos.add(file, place, input.matches(".camera") ? "camera" : "gallery");
    input.value = "";
  }
}
