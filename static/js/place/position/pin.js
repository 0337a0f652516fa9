// Setting a position by hand: a plain map without tiles, north up, the site in the middle. Distances are all there is
// to go by, so they are drawn and told. One finger drags the pin by as much as the finger moves (it need not touch the
// pin, and does not cover it), a tap sets it; buttons and keys move it by steps.

import { distance, eastNorth, pointAt } from "../distance.js";
import { closeDialog, openDialog } from "../../dialog.js";
import { made, the } from "../../fields.js";
import { takeFingers } from "../../fingers.js";
import { bearing, metresText, wind } from "./direction.js";

/** @typedef {import("../distance.js").Located} Located */
/** @typedef {{east: number, north: number}} Way metres from the middle of the map */

/** Half of the drawing's side, in its own units. */
const HALF = 160;
/** Metres from the middle to the edge, from near to far. */
const RANGES = [60, 120, 250, 600, 1500];
const USUAL_RANGE_M = 250;
const RINGS_M = [50, 100, 200, 500, 1000];
const STEP_M = 5;
const FINE_M = 1;
const TAP_PX = 6;
const USUAL_M = 30;

const PARTS = `
<h2 id="pin-title">手工标点</h2>
<p class="hint">把标记移到您站的位置：拖动、点按或用按钮。</p>
<div class="pin-map"></div>
<p class="pin-text number" role="status"></p>
<div class="pin-steps" role="group" aria-label="移动标记，每次5米">
  <button type="button" class="button" data-east="-1" data-north="0">西</button>
  <button type="button" class="button" data-east="0" data-north="1">北</button>
  <button type="button" class="button" data-east="0" data-north="-1">南</button>
  <button type="button" class="button" data-east="1" data-north="0">东</button>
  <button type="button" class="button pin-nearer" aria-label="放大地图">＋</button>
  <button type="button" class="button pin-farther" aria-label="缩小地图">－</button>
</div>
<label class="field pin-radius"><span class="pin-radius-text number"></span><input type="range" min="10" max="200" step="5"></label>
<div class="pin-end">
  <button type="button" class="button pin-cancel">取消</button>
  <button type="button" class="button button-primary pin-use">用这个位置</button>
</div>
`;

/**
 * Have a position set by hand.
 * @param {object} options
 * @param {Located} options.centre of the map
 * @param {Located|null} options.last pin set before, where this one begins; otherwise in the middle
 * @param {Located|null} options.site
 * @param {Located|null} options.here what the phone measures, to be drawn
 * @returns {Promise<Located|null>} null where it was cancelled
 */
export function choosePin({ centre, last, site, here }) {
  const dialog = /** @type {HTMLDialogElement} */ (made("dialog", "position pin"));
  dialog.setAttribute("aria-labelledby", "pin-title");
  // Our own text.
  dialog.innerHTML = PARTS;
  const radius = /** @type {HTMLInputElement} */ (the(dialog, "input[type=range]"));
  radius.value = String(last?.accuracy_m ?? USUAL_M);
  /** @type {Way} */
  let pin = last ? eastNorth(centre, last) : { east: 0, north: 0 };
  let range = RANGES.find((one) => one >= USUAL_RANGE_M && holds(one)) ?? RANGES[RANGES.length - 1];
  const map = svg("svg", {
    viewBox: `${-HALF} ${-HALF} ${2 * HALF} ${2 * HALF}`,
    tabindex: 0,
    role: "application",
    "aria-label": "地图，上为北。方向键移动标记，每次5米；按住 Shift 每次1米；加减号缩放",
  });
  the(dialog, ".pin-map").append(map);

  /** Whether the pin is on a map of this range. @param {number|undefined} metres */
  function holds(metres) {
    return metres !== undefined && Math.max(Math.abs(pin.east), Math.abs(pin.north)) <= metres;
  }

  const place = () => ({ ...pointAt(centre, pin), accuracy_m: Number(radius.value) });

  function show() {
    map.replaceChildren(...drawn({ pin, range, radius: Number(radius.value), site, here: here && eastNorth(centre, here), hereM: here?.accuracy_m ?? 0 }));
    const at = place();
    const metres = distance(centre, at);
    const way = metres < 1 ? "" : `${wind(bearing(centre, at))} ${metresText(metres)} · `;
    the(dialog, ".pin-text").textContent = `${site ? "点位" : "手机定位"}${way || "处 · "}${at.lat.toFixed(5)}, ${at.lon.toFixed(5)}`;
    the(dialog, ".pin-radius-text").textContent = `误差半径 ±${radius.value}米`;
    the(dialog, ".pin-nearer").disabled = !holds(zoomed(-1));
    the(dialog, ".pin-farther").disabled = range === RANGES[RANGES.length - 1];
  }

  /** @param {Way} wanted */
  function move(wanted) {
    const inside = (metres) => Math.max(-range, Math.min(range, metres));
    pin = { east: inside(wanted.east), north: inside(wanted.north) };
    show();
  }

  /** @param {number} by 1 farther, -1 nearer @returns {number|undefined} */
  const zoomed = (by) => RANGES[RANGES.indexOf(range) + by];

  /** @param {number} by 1 farther, -1 nearer */
  function zoom(by) {
    const wanted = zoomed(by);
    if (wanted === undefined || !holds(wanted)) return;
    range = wanted;
    show();
  }

  const step = (east, north, metres = STEP_M) => move({ east: pin.east + east * metres, north: pin.north + north * metres });
  for (const button of /** @type {NodeListOf<HTMLElement>} */ (dialog.querySelectorAll("[data-east]"))) {
    button.setAttribute("aria-label", `向${button.textContent}移${STEP_M}米`);
    button.addEventListener("click", () => step(Number(button.dataset.east), Number(button.dataset.north)));
  }
  the(dialog, ".pin-nearer").addEventListener("click", () => zoom(-1));
  the(dialog, ".pin-farther").addEventListener("click", () => zoom(1));
  radius.addEventListener("input", show);
  map.addEventListener("keydown", (event) => {
    const { key, shiftKey } = event;
    const metres = shiftKey ? FINE_M : STEP_M;
    const acts = {
      ArrowLeft: () => step(-1, 0, metres),
      ArrowRight: () => step(1, 0, metres),
      ArrowUp: () => step(0, 1, metres),
      ArrowDown: () => step(0, -1, metres),
      "+": () => zoom(-1),
      "=": () => zoom(-1),
      "-": () => zoom(1),
    };
    if (!(key in acts)) return;
    event.preventDefault();
    acts[key]();
  });
  follow(map, {
    metresPerPixel: () => (2 * range) / map.getBoundingClientRect().width,
    pin: () => pin,
    move,
  });

  return new Promise((resolve) => {
    /** @type {Located|null} */
    let result = null;
    the(dialog, ".pin-cancel").addEventListener("click", () => closeDialog(dialog));
    the(dialog, ".pin-use").addEventListener("click", () => {
      result = place();
      closeDialog(dialog);
    });
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(result);
    });
    document.body.append(dialog);
    show();
    openDialog(dialog);
    map.focus();
  });
}

/**
 * One finger (or a mouse) on the map.
 * @param {SVGElement} map
 * @param {{metresPerPixel: () => number, pin: () => Way, move: (way: Way) => void}} on
 */
function follow(map, { metresPerPixel, pin, move }) {
  /** @type {{id: number, x: number, y: number, from: Way, dragged: boolean}|null} */
  let drag = null;
  takeFingers(map);
  map.addEventListener("pointerdown", (event) => {
    if (drag || event.button > 0) return;
    drag = { id: event.pointerId, x: event.clientX, y: event.clientY, from: pin(), dragged: false };
    map.setPointerCapture(event.pointerId);
  });
  map.addEventListener("pointermove", (event) => {
    if (drag?.id !== event.pointerId) return;
    const [x, y] = [event.clientX - drag.x, event.clientY - drag.y];
    drag.dragged ||= Math.hypot(x, y) > TAP_PX;
    const scale = metresPerPixel();
    if (drag.dragged) move({ east: drag.from.east + x * scale, north: drag.from.north - y * scale });
  });
  map.addEventListener("pointerup", (event) => {
    if (drag?.id !== event.pointerId) return;
    if (!drag.dragged) {
      const box = map.getBoundingClientRect();
      const scale = metresPerPixel();
      move({ east: (event.clientX - box.left - box.width / 2) * scale, north: (box.top + box.height / 2 - event.clientY) * scale });
    }
    drag = null;
  });
  map.addEventListener("pointercancel", () => (drag = null));
}

/** @param {{pin: Way, range: number, radius: number, site: Located|null, here: Way|null, hereM: number}} what */
function drawn({ pin, range, radius, site, here, hereM }) {
  const units = (metres) => (metres * HALF) / range;
  const x = (way) => units(way.east);
  const y = (way) => -units(way.north);
  const rings = RINGS_M.filter((metres) => metres < range && metres > range / 8);
  const bar = RINGS_M.find((metres) => units(metres) > HALF / 5) ?? RINGS_M[RINGS_M.length - 1];
  return [
    ...rings.map((metres) => svg("circle", { class: "pin-ring", r: units(metres) })),
    ...rings.map((metres) => label(0, -units(metres) - 3, `${metres}米`)),
    svg("path", { class: "pin-cross", d: `M-${HALF} 0H${HALF}M0 -${HALF}V${HALF}` }),
    ...(here ? [svg("circle", { class: "pin-here", cx: x(here), cy: y(here), r: units(hereM) }), svg("circle", { class: "pin-here-point", cx: x(here), cy: y(here), r: 4 })] : []),
    svg("rect", { class: "pin-site", x: -5, y: -5, width: 10, height: 10 }),
    ...(site ? [label(0, 18, "点位")] : []),
    svg("circle", { class: "pin-error", cx: x(pin), cy: y(pin), r: units(radius) }),
    svg("path", { class: "pin-mark", d: "M0 0C-4 -9 -11 -13 -11 -21A11 11 0 1 1 11 -21C11 -13 4 -9 0 0Z", transform: `translate(${x(pin)} ${y(pin)})` }),
    svg("circle", { class: "pin-eye", cx: x(pin), cy: y(pin) - 21, r: 4 }),
    svg("path", { class: "pin-north", d: `M${HALF - 18} ${-HALF + 34}l7 -20l7 20l-7 -5z` }),
    label(HALF - 11, -HALF + 48, "北"),
    svg("path", { class: "pin-bar", d: `M${-HALF + 10} ${HALF - 16}v6h${units(bar)}v-6` }),
    label(-HALF + 10 + units(bar) / 2, HALF - 16, `${bar}米`),
  ];
}

const label = (x, y, text) => {
  const made = svg("text", { class: "pin-label", x, y });
  made.textContent = text;
  return made;
};

/** @param {string} name @param {Record<string, string|number>} attributes @returns {SVGElement} */
function svg(name, attributes) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  return element;
}
