// The way on foot from premises to the gate: typed from a measuring wheel, or recorded while the inspector walks it.

import { the } from "../../../fields.js";
import { measuredFix, unwatchFix, watchFix } from "../../../place/fix.js";
import { belongs, MAX_POINTS } from "../../../zones/track.js";
import { readWalk, walked } from "./premises.js";

/** @type {{row: Element, stop: () => void}|null} one way at a time */
let recording = null;

/**
 * @param {Element} row of premises
 * @param {() => void} changed told when the way has
 */
export function beginWalking(row, changed) {
  const start = the(row, ".walk-start");
  const clear = the(row, ".walk-clear");
  const [metres, track] = [part(row, "walk_metres"), part(row, "walk_track")];
  start.addEventListener("click", () => {
    if (recording) {
      const mine = recording.row === row;
      recording.stop();
      if (mine) return;
    }
    metres.value = track.value = "";
    record(row, changed);
  });
  clear.addEventListener("click", () => {
    track.value = "";
    showWalk(row);
    changed();
  });
  metres.addEventListener("input", () => {
    track.value = "";
    showWalk(row);
  });
  showWalk(row);
}

/** @param {Element} row what it says of its way @param {string} [now] */
export function showWalk(row, now = "") {
  const active = recording?.row === row;
  const track = part(row, "walk_track").value;
  const walk = track ? walked(readWalk("", track)) : null;
  the(row, ".walk-start").textContent = active ? "已到校门，结束" : "从门口走到校门，记录轨迹";
  the(row, ".walk-clear").hidden = active || !track;
  the(row, ".walk-metres").hidden = active || Boolean(track);
  the(row, ".walk-state").textContent = now || (walk ? `轨迹 ${walk.metres.toFixed(0)} 米，${JSON.parse(track).length} 点` : "");
}

/** @param {Element} row @param {() => void} changed */
function record(row, changed) {
  /** @type {import("../../../zones/track.js").Point[]} */
  const points = [];
  const begun = measuredFix();
  if (begun && belongs([], pointOf(begun))) points.push(pointOf(begun));
  let poor = 0;
  const take = (/** @type {import("../../../place/fix.js").Taken|undefined} */ fresh) => {
    if (!row.isConnected) return stop();
    if (!fresh) return;
    const point = pointOf(fresh.fix);
    if (belongs(points, point)) {
      points.push(point);
      poor = 0;
      // Kept as it grows: a page that is ended on the way has what was walked.
      if (points.length > 1) part(row, "walk_track").value = JSON.stringify(points);
      if (points.length >= MAX_POINTS) return stop();
    } else {
      poor += 1;
    }
    changed();
    const walk = points.length > 1 ? walked(readWalk("", JSON.stringify(points))) : null;
    showWalk(row, `正在记录：${walk ? walk.metres.toFixed(0) : 0} 米${poor > 5 ? "；定位不准，请走慢些" : ""}`);
  };
  const stop = () => {
    unwatchFix(take);
    recording = null;
    showWalk(row, points.length > 1 ? "" : "没有记录到可用的定位，请再走一次，或用测距轮");
    changed();
  };
  recording = { row, stop };
  showWalk(row, "正在记录：请沿行人走的路走到最近的校门，不要锁屏");
  watchFix(take);
}

/** @param {import("../../../place/fix.js").Fix} fix @returns {import("../../../zones/track.js").Point} to a centimetre and a decimetre */
const pointOf = ({ lat, lon, accuracy_m }) => [Number(lat.toFixed(7)), Number(lon.toFixed(7)), Number(accuracy_m.toFixed(1))];

/** @param {Element} row @param {string} name @returns {HTMLInputElement} */
const part = (row, name) => /** @type {HTMLInputElement} */ (the(row, `[data-part=${name}]`));
