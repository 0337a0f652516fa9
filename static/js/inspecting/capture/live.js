// The camera of the page, opened from an item or from one of its premises. Its modules are loaded when it is opened.

/** @typedef {import("../../evidence/camera.js").Photo} Photo */

/**
 * @param {HTMLFormElement} form
 * @param {object} options
 * @param {(file: File, place: Element, takenMs: number) => Photo|null} options.add
 * @param {() => void} options.opens told before the camera opens
 * @param {(text: string) => void} options.fails told why it cannot be opened
 */
export function beginLive(form, { add, opens, fails }) {
  // Browsers have it on pages that came by HTTPS; in-app browsers mostly have not.
  document.documentElement.classList.toggle("live-camera", Boolean(navigator.mediaDevices?.getUserMedia));
  let busy = false;
  form.addEventListener("click", async (event) => {
    const button = /** @type {Element} */ (event.target).closest?.(".photo-live");
    if (!button || busy) return;
    busy = true;
    opens();
    try {
      await photograph(/** @type {Element} */ (button.closest("[data-row], .item")), add);
    } catch {
      fails("页面内的相机没有打开，请改用「拍照」，或联网后刷新本页再试。");
    }
    busy = false;
  });
}

/**
 * @param {Element} place
 * @param {(file: File, place: Element, takenMs: number) => Photo|null} add
 */
async function photograph(place, add) {
  const { openLiveCamera } = await import("../../evidence/camera/live.js");
  const text = place.closest(".item")?.querySelector(".item-text")?.textContent ?? "";
  const premises = place.querySelector(".premises-title")?.textContent;
  const camera = /** @type {HTMLInputElement|null} */ (place.querySelector("input.camera"));
  await openLiveCamera({
    title: place.matches("[data-row]") && premises ? `${premises} ${text}` : text,
    onShot: async (blob, takenMs) => {
      const name = `LIVE_${new Date(takenMs).toISOString().replace(/\D/g, "").slice(0, 17)}.jpg`;
      const photo = add(new File([blob], name, { type: blob.type, lastModified: takenMs }), place, takenMs);
      if (!photo) throw new Error("照片超过上限");
      await photo.kept;
      if (photo.problem) throw new Error(photo.problem);
    },
    useSystemCamera: () => camera?.click(),
  });
}
