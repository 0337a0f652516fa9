// What is seen of the live camera: a dialog over the whole screen.

import { openDialog } from "../../dialog.js";
import { stylesheet } from "../../stylesheet.js";

const HTML = `
  <p class="live-title"></p>
  <video class="live-video" playsinline muted autoplay></video>
  <div class="live-flash" aria-hidden="true"></div>
  <div class="live-trouble" role="alert" hidden>
    <p></p>
    <div class="live-choices">
      <button type="button" class="live-button live-retry">重试</button>
      <button type="button" class="live-button live-system">用系统相机</button>
    </div>
  </div>
  <p class="live-message" role="status"></p>
  <div class="live-bar">
    <div class="live-side">
      <button type="button" class="live-button live-torch" aria-pressed="false" hidden>补光</button>
      <button type="button" class="live-button live-switch" hidden>换镜头</button>
    </div>
    <button type="button" class="live-shutter" aria-label="拍照" disabled></button>
    <div class="live-side live-end">
      <span class="live-kept" hidden><img class="live-thumbnail" alt=""><span class="live-count"></span></span>
      <button type="button" class="live-button live-done">关闭</button>
    </div>
  </div>`;

/** @param {string} title @param {boolean} hasSystem whether the system's camera can be offered */
export async function buildView(title, hasSystem) {
  await styles();
  const dialog = document.createElement("dialog");
  dialog.className = "live";
  dialog.setAttribute("aria-label", `现场拍照：${title}`);
  dialog.innerHTML = HTML;
  /** @param {string} name @returns {any} */
  const part = (name) => dialog.querySelector(`.live-${name}`);
  part("title").textContent = title;
  const video = /** @type {HTMLVideoElement} */ (part("video"));
  const thumbnail = /** @type {HTMLImageElement} */ (part("thumbnail"));
  video.muted = true;
  document.body.append(dialog);
  openDialog(dialog);

  const say = (text) => {
    part("message").textContent = text;
    part("message").hidden = !text;
  };

  return {
    video,
    say,
    /** @param {MediaStream} stream */
    async play(stream) {
      part("trouble").hidden = true;
      video.hidden = false;
      video.srcObject = stream;
      await video.play();
    },
    /** @param {string} sentence why there is no camera */
    fail(sentence) {
      say("");
      video.hidden = true;
      part("trouble").hidden = false;
      part("trouble").querySelector("p").textContent = hasSystem ? `${sentence}。也可以改用系统相机，照片会注明不是现场拍摄。` : `${sentence}。`;
      part("system").hidden = !hasSystem;
      part(hasSystem ? "system" : "retry").focus();
    },
    /** @param {{torch: boolean, switching: boolean}} offered */
    offer({ torch, switching }) {
      part("torch").hidden = !torch;
      part("switch").hidden = !switching;
      this.showTorch(false);
    },
    /** @param {boolean} on */
    showTorch(on) {
      part("torch").setAttribute("aria-pressed", String(on));
    },
    /** @param {boolean} ready whether the shutter answers */
    setReady(ready) {
      const shutter = part("shutter");
      const focused = dialog.contains(document.activeElement) && document.activeElement !== dialog;
      shutter.disabled = !ready;
      if (ready && (!focused || document.activeElement === shutter)) shutter.focus();
    },
    flash() {
      const light = part("flash");
      light.classList.remove("live-flashing");
      // Read, so that the animation begins anew.
      void light.offsetWidth;
      light.classList.add("live-flashing");
    },
    /** @param {Blob} blob the photo kept last @param {number} count how many there are */
    show(blob, count) {
      URL.revokeObjectURL(thumbnail.src);
      thumbnail.src = URL.createObjectURL(blob);
      part("kept").hidden = false;
      part("count").textContent = `${count} 张`;
      part("done").textContent = "完成";
      part("done").classList.add("live-primary");
      say(`已存 ${count} 张`);
    },
    /** @param {Record<"take"|"close"|"change"|"light"|"retry"|"useSystem", () => void>} acts */
    on({ take, close, change, light, retry, useSystem }) {
      part("shutter").addEventListener("click", take);
      part("done").addEventListener("click", close);
      part("switch").addEventListener("click", change);
      part("torch").addEventListener("click", light);
      part("retry").addEventListener("click", retry);
      part("system").addEventListener("click", useSystem);
      dialog.addEventListener("cancel", (event) => {
        event.preventDefault();
        close();
      });
      dialog.addEventListener("close", close);
    },
    remove() {
      URL.revokeObjectURL(thumbnail.src);
      video.srcObject = null;
      dialog.remove();
    },
  };
}

/** The styles come with the first camera. */
const styles = () => stylesheet("evidence/camera.css");
