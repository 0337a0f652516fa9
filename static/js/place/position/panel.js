// The panel behind the bar's position: how sure it is, and what can be done for a better one or instead of one. Loaded
// when it is opened.

import { arriving } from "../../arriving.js";
import { instant } from "../../clock.js";
import { distance } from "../distance.js";
import { choose, fixState, keepChosen, measuredFix, unwatchFix, watchFix } from "../fix.js";
import { closeDialog, openDialog } from "../../dialog.js";
import { made, the } from "../../fields.js";
import { stylesheet } from "../../stylesheet.js";
import { average, haveMoved } from "./average.js";
import { surest } from "./best.js";
import { ageText, bearing, metresText, wind } from "./direction.js";
import { gather } from "./gather.js";

/** @typedef {import("../distance.js").Located} Located */
/** @typedef {import("./best.js").Taken} Taken */

const WAIT_MS = 30_000;
const VERY_SURE_M = 5;
const MANY = 20;
const HOW = { "": "手机定位", best: "等到的最准一次", average: "平均值", pin: "手工标点", site: "手工：点位登记的位置" };

const PARTS = `
<h2 id="position-title">定位</h2>
<p class="position-now number"><strong class="position-accuracy"></strong><span class="position-source"></span></p>
<p class="position-facts number"></p>
<div class="position-manual notice" hidden>
  <p>这是手工位置，提交后会标明「手工标注」。</p>
  <label class="tick"><input type="checkbox" class="position-keep"> 手机定到位后仍用它</label>
</div>
<div class="position-work" hidden>
  <p class="position-progress-text number"></p>
  <progress class="bar-progress" aria-label="进度"></progress>
  <button type="button" class="button button-wide position-stop"></button>
</div>
<p class="position-told" role="status" hidden></p>
<div class="position-ways">
  <button type="button" class="button position-auto" hidden>改用手机定位</button>
  <button type="button" class="button position-wait">再等更准的</button>
  <button type="button" class="button position-average">求平均</button>
  <button type="button" class="button position-pin">手工标点</button>
  <button type="button" class="button position-site">用点位登记的位置</button>
</div>
<p class="hint position-lacking" hidden>点位没有登记位置，手机也没有定过位，所以不能手工标注。</p>
<button type="button" class="button button-primary button-wide position-close">完成</button>
`;

/**
 * Open the panel over the page.
 * @param {Located|null} site where the site is registered
 * @returns {Promise<void>} when it is closed
 */
export async function openPanel(site) {
  await stylesheet("place/position.css");
  const dialog = /** @type {HTMLDialogElement} */ (made("dialog", "position"));
  dialog.setAttribute("aria-labelledby", "position-title");
  // Our own text; what the phone or the site says goes in as text only.
  dialog.innerHTML = PARTS;
  /** @type {ReturnType<typeof gather>|null} */
  let running = null;
  let closed = false;
  const button = (name) => /** @type {HTMLButtonElement} */ (the(dialog, `.position-${name}`));
  const keepBox = /** @type {HTMLInputElement} */ (the(dialog, ".position-keep"));
  const on = (name, act) => button(name).addEventListener("click", act);

  function show() {
    const { fix, ageMs, kind, reason, why, how } = fixState();
    const accuracy = the(dialog, ".position-accuracy");
    accuracy.textContent = fix ? `±${fix.accuracy_m.toFixed(0)}米` : kind === "none" ? "无定位" : "正在定位…";
    the(dialog, ".position-source").textContent = fix ? `${HOW[how]} · ${ageText(ageMs)}` : reason;
    the(dialog, ".position-facts").textContent = fix ? factsOf(fix, site) : "";
    const manual = how === "pin" || how === "site";
    dialog.classList.toggle("is-manual", manual);
    the(dialog, ".position-manual").hidden = !manual;
    button("auto").hidden = how === "" || Boolean(running);
    const never = why === "insecure" || why === "unsupported";
    for (const name of ["wait", "average"]) button(name).disabled = never || Boolean(running);
    button("pin").disabled = !centre() || Boolean(running);
    button("site").disabled = !site || Boolean(running);
    the(dialog, ".position-lacking").hidden = centre() !== null;
  }

  /** @returns {Located|null} of the map on which a pin is set */
  const centre = () => site ?? fixState().fix ?? measuredFix();

  function tell(text) {
    const told = the(dialog, ".position-told");
    told.textContent = text;
    told.hidden = !text;
  }

  /**
   * Half a minute of fixes, with its progress.
   * @param {{text: (fixes: Taken[]) => string, stop: string, enough: (fixes: Taken[]) => boolean}} options
   * @returns {Promise<Taken[]|null>} null where the panel was closed
   */
  async function work({ text, stop, enough }) {
    const box = the(dialog, ".position-work");
    const bar = /** @type {HTMLProgressElement} */ (the(box, "progress"));
    const onProgress = (fixes, elapsedMs) => {
      bar.value = elapsedMs / WAIT_MS;
      const left = Math.ceil((WAIT_MS - elapsedMs) / 1000);
      the(box, ".position-progress-text").textContent = `${text(fixes)} · 最多还等 ${left} 秒`;
    };
    tell("");
    button("stop").textContent = stop;
    box.hidden = false;
    running = gather({ ms: WAIT_MS, onProgress, enough });
    show();
    button("stop").focus();
    const fixes = await running.fixes;
    running = null;
    box.hidden = true;
    return closed ? null : fixes;
  }

  on("wait", async () => {
    const text = (fixes) => (fixes.length ? `已收 ${fixes.length} 次，最准 ±${least(fixes).toFixed(0)}米` : "站定不动，等待定位");
    const fixes = await work({ text, stop: "就用现在最准的", enough: (all) => least(all) <= VERY_SURE_M });
    if (!fixes) return;
    const found = surest(fixes);
    if (found) choose({ ...found, how: "best", keep: false });
    tell(found ? `已取最准的一次：±${found.fix.accuracy_m.toFixed(0)}米（共 ${fixes.length} 次）。` : "没有等到定位。");
    show();
  });

  on("average", async () => {
    const text = (fixes) => `站定不动，已收 ${fixes.length} 次`;
    const fixes = await work({ text, stop: "够了，求平均", enough: (all) => all.length >= MANY || haveMoved(all) });
    if (fixes) tell(takeAverage(fixes));
    show();
  });

  on("site", () => {
    if (site) setByHand(site, "site");
    show();
  });

  on("pin", async () => {
    const from = centre();
    if (!from) return;
    const { choosePin } = await arriving(() => import("./pin.js"));
    const { how, fix } = fixState();
    const pin = await choosePin({ centre: from, last: how === "pin" ? fix : null, site, here: measuredFix() });
    if (pin) setByHand(pin, "pin");
    show();
    button("pin").focus();
  });

  on("auto", () => {
    choose(null);
    tell("");
    show();
  });
  on("stop", () => running?.stop());
  on("close", () => closeDialog(dialog));
  keepBox.addEventListener("change", () => keepChosen(keepBox.checked));
  dialog.addEventListener("click", (event) => event.target === dialog && closeDialog(dialog));

  /** @param {Located} place @param {"pin"|"site"} how */
  function setByHand({ lat, lon, accuracy_m }, how) {
    // Chosen against what the phone measures now, it is meant to stand; otherwise it fills in until there is a fix.
    const keep = measuredFix() !== null;
    const takenMs = Date.now();
    choose({ fix: { lat, lon, accuracy_m, source: "manual", at: instant(takenMs) }, takenMs, how, keep });
    keepBox.checked = keep;
    tell("");
  }

  return new Promise((resolve) => {
    const timer = setInterval(show, 1000);
    dialog.addEventListener("close", () => {
      closed = true;
      running?.stop();
      clearInterval(timer);
      unwatchFix(show);
      dialog.remove();
      resolve();
    });
    document.body.append(dialog);
    watchFix(show);
    keepBox.checked = fixState().kept;
    show();
    openDialog(dialog);
  });
}

/** @param {Taken[]} fixes @returns {string} what came of it */
function takeAverage(fixes) {
  if (haveMoved(fixes)) return "几次定位相距太远，可能在走动，没有求平均。请站定后再试。";
  const mean = fixes.length > 1 ? average(fixes) : null;
  if (!mean) return "收到的定位不到两次，没有求平均。";
  const takenMs = Math.max(...fixes.map((one) => one.takenMs));
  choose({ fix: { ...mean, source: "browser", at: instant(takenMs) }, takenMs, how: "average", keep: false });
  return `已用 ${fixes.length} 次定位的平均值，误差按保守估计为 ±${mean.accuracy_m.toFixed(0)}米。`;
}

/** @param {Located} fix @param {Located|null} site */
function factsOf(fix, site) {
  const where = `${fix.lat.toFixed(5)}, ${fix.lon.toFixed(5)}`;
  if (!site) return where;
  const metres = distance(site, fix);
  const way = metres < 1 ? "就在点位" : `在点位的${wind(bearing(site, fix))} ${metresText(metres)}`;
  return `${way} · ${where}`;
}

/** @param {Taken[]} fixes */
const least = (fixes) => Math.min(...fixes.map(({ fix }) => fix.accuracy_m));
