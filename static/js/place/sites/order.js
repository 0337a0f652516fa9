// The order of the site list: by area, as the server has it, by distance from here, or as a walking route.

import { arriving } from "../../arriving.js";
import { distance } from "../distance.js";
import { fixState, unwatchFix, watchFix } from "../fix.js";
import { edited } from "../../edits.js";
import { made, the } from "../../fields.js";
import { ask, followCompass, mustAsk } from "../position/compass.js";
import { ageText, bearing, metresText, wind } from "../position/direction.js";
import { remember, remembered } from "./remembered.js";

/** @typedef {import("../position/best.js").Fix} Fix */
/** @typedef {import("../distance.js").Point} Point */
/** @typedef {{element: HTMLElement, home: Element, place: Point|null, way?: Way}} Row */
/** @typedef {{arrow: HTMLElement, where: HTMLElement}} Way */
/** @typedef {{fix: Fix, takenMs: number}} Here */

const ORDER = "inspect.sites.order";
const HERE = "inspect.sites.here";
const HERE_MS = 10 * 60_000;
const MOVED_M = 30;
const TOLD_M = 3;
const HANDS_OFF_MS = 3_000;
/** Nearer than this or than the fix is sure, a direction would be a guess. */
const BESIDE_M = 20;
/** A compass that may be read tells its direction within this time; otherwise the browser wants to be asked. */
const COMPASS_WAIT_MS = 1_500;
/** Rows whose way is written at once; the others follow while nothing else is to be done. */
const AT_ONCE = 40;

/**
 * The rows that have a place, nearest first; those without one stay in their order. Pure.
 * @template {{place: import("../distance.js").Point|null}} T
 * @param {T[]} rows
 * @param {import("../distance.js").Point} here
 * @returns {{placed: {row: T, metres: number}[], unplaced: T[]}}
 */
export function byDistance(rows, here) {
  const placed = [];
  const unplaced = [];
  for (const row of rows) {
    if (row.place) placed.push({ row, metres: distance(here, row.place) });
    else unplaced.push(row);
  }
  placed.sort((a, b) => a.metres - b.metres);
  return { placed, unplaced };
}

/**
 * @param {Row[]} rows in the server's order
 * @param {() => void} arranged told when rows have changed their lists
 */
export function beginOrder(rows, arranged) {
  const nearest = /** @type {HTMLElement} */ (the(document, "#nearest"));
  const unplaced = /** @type {HTMLElement} */ (the(document, "#unplaced"));
  const told = /** @type {HTMLElement} */ (the(document, "#order-state"));
  const buttons = /** @type {NodeListOf<HTMLButtonElement>} */ (document.querySelectorAll(".order-choice"));
  let order = "area";
  const chosen = edited("");
  /** @type {Here|null} */
  let here = null;
  /** @type {Fix|null} by which the rows lie now */
  let arrangedFor = null;
  /** @type {Fix|null} for which the distances are told */
  let shownFor = null;
  let touchedMs = -Infinity;
  let endCompass = () => undefined;
  let turning = false;
  let offerCompass = false;
  let later = 0;
  /** @type {import("./walking.js").Walking|null} */
  let walking = null;

  /** @param {string} wanted "area", "distance" or "route" */
  function set(wanted) {
    remember(localStorage, ORDER, wanted);
    chosen.edit(wanted);
    if (order === "route" && wanted !== "route") walking?.close();
    if (wanted === "route") byRoute(true);
    else if (wanted === "area") byArea();
    else if (order === "distance" && arrangedFor && fixState().fix) arrange();
    else locate();
  }

  function byArea() {
    order = "area";
    arrangedFor = null;
    unwatchFix(moved);
    endCompass();
    for (const { element, home } of rows) home.append(element);
    show();
    arranged();
  }

  /** @param {boolean} plan whether a route may be planned, for which the browser may ask for the position */
  async function byRoute(plan) {
    byArea();
    order = "route";
    show();
    try {
      walking ??= (await arriving(() => import("./walking.js"))).beginWalking(rows, arranged);
      if (order === "route" && !(await walking.open(plan)) && order === "route") byArea();
    } catch (error) {
      console.warn(error);
      byArea();
      told.hidden = false;
      the(told, ".order-text").textContent = "路线打不开，请联网后刷新本页再试。";
    }
  }

  /** @param {boolean} ask whether the browser may ask for the position now */
  function locate(ask = true) {
    order = "distance";
    here ??= recent();
    if (here) arrange();
    else show();
    turnWithPhone();
    if (ask) watchFix(moved);
  }

  function moved() {
    const { fix, ageMs, kind } = fixState();
    if (fix) {
      here = { fix, takenMs: Date.now() - ageMs };
      remember(sessionStorage, HERE, JSON.stringify(here));
    }
    if (kind === "none" && !here) return show();
    if (!here) return;
    if (mayArrange(here.fix)) return arrange();
    // A phone at rest gives a fix every second.
    if (!shownFor || distance(here.fix, shownFor) > TOLD_M || here.fix.accuracy_m !== shownFor.accuracy_m) {
      showWays(byDistance(rows, here.fix).placed, here.fix);
    }
    show();
  }

  /** Rows do not jump away under a finger. @param {Fix} fix */
  function mayArrange(fix) {
    if (!arrangedFor) return true;
    const resting = performance.now() - touchedMs > HANDS_OFF_MS && scrollY < innerHeight / 2;
    const moved = distance(fix, arrangedFor) > Math.max(MOVED_M, fix.accuracy_m);
    return resting && (moved || fix.accuracy_m < arrangedFor.accuracy_m / 2);
  }

  function arrange() {
    const { fix } = /** @type {Here} */ (here);
    const found = byDistance(rows, fix);
    arrangedFor = fix;
    showWays(found.placed, fix);
    the(nearest, "ul").append(...found.placed.map(({ row }) => row.element));
    the(unplaced, "ul").append(...found.unplaced.map(({ element }) => element));
    show();
    arranged();
  }

  /** @param {{row: Row, metres: number}[]} placed @param {Fix} fix */
  function showWays(placed, fix) {
    clearTimeout(later);
    shownFor = fix;
    for (const { row, metres } of placed.slice(0, AT_ONCE)) showWay(row, metres, fix);
    if (placed.length > AT_ONCE) later = setTimeout(() => showWays(placed.slice(AT_ONCE), fix));
  }

  function show() {
    const sorted = order === "distance" && arrangedFor !== null;
    document.documentElement.classList.toggle("by-distance", sorted);
    for (const button of buttons) button.setAttribute("aria-pressed", String(button.dataset.order === order));
    told.hidden = order !== "distance";
    const text = the(told, ".order-text");
    const stuck = order === "distance" && fixState().kind === "none" && !here;
    text.toggleAttribute("data-stuck", stuck);
    text.setAttribute("aria-live", stuck ? "assertive" : "off");
    text.textContent = stateText();
    the(told, ".order-compass").hidden = !sorted || turning || !offerCompass;
  }

  function stateText() {
    const { reason } = fixState();
    if (!here) return reason ? `不能按距离排列：${reason}。` : "正在定位…";
    const from = `定位 ±${here.fix.accuracy_m.toFixed(0)}米 · ${ageText(Date.now() - here.takenMs)}`;
    return `${from} · 直线距离 · ${turning ? "箭头随手机转动" : "箭头以北为上"}`;
  }

  function turnWithPhone() {
    endCompass();
    const end = followCompass((heading) => {
      nearest.style.setProperty("--heading", `${heading}deg`);
      if (!turning) {
        turning = true;
        show();
      }
    });
    const patience = setTimeout(() => {
      offerCompass = mustAsk() && navigator.maxTouchPoints > 0;
      show();
    }, COMPASS_WAIT_MS);
    endCompass = () => {
      clearTimeout(patience);
      end();
      turning = false;
      nearest.style.removeProperty("--heading");
    };
  }

  for (const button of buttons) {
    button.addEventListener("click", () => set(button.dataset.order ?? "area"));
  }
  the(told, ".order-compass").addEventListener("click", async () => (await ask()) && turnWithPhone());
  for (const name of ["pointerdown", "scroll", "keydown"]) {
    addEventListener(name, () => (touchedMs = performance.now()), { passive: true });
  }
  setInterval(() => order === "distance" && !document.hidden && show(), 10_000);
  resume(locate, byRoute, chosen);
}

/**
 * The order that was used last, unless another one is chosen meanwhile; the position is not asked for again unless the
 * browser gives it without a question.
 * @param {(ask: boolean) => void} locate
 * @param {(plan: boolean) => void} byRoute
 * @param {import("../../edits.js").Edited<string>} chosen
 */
async function resume(locate, byRoute, chosen) {
  const last = remembered(localStorage, ORDER) ?? "";
  if (last === "route") return byRoute(false);
  if (last !== "distance") return;
  const take = chosen.ask();
  const granted = await navigator.permissions?.query({ name: "geolocation" }).then(({ state }) => state === "granted", () => false);
  if (take(last) && (granted || recent())) locate(Boolean(granted));
}

/** @param {Row} row @param {number} metres @param {Fix} fix */
function showWay(row, metres, fix) {
  row.way ??= makeWay(row);
  const { arrow, where } = row.way;
  const beside = metres <= Math.max(fix.accuracy_m, BESIDE_M);
  const degrees = bearing(fix, /** @type {Point} */ (row.place));
  arrow.hidden = beside;
  arrow.style.setProperty("--bearing", `${degrees.toFixed(0)}deg`);
  where.textContent = beside ? `就在附近 ±${Math.round(fix.accuracy_m)}米` : `${wind(degrees)} ${metresText(metres)}`;
}

/** The pieces of a row that tell the way, and its area, which no heading names now. @param {Row} row @returns {Way} */
function makeWay({ element, home }) {
  const [way, arrow, where, street] = ["site-way number", "site-arrow", "site-where", "site-street"].map((name) => made("span", name));
  arrow.setAttribute("aria-hidden", "true");
  street.textContent = home.getAttribute("aria-label");
  way.append(arrow, where, street);
  the(element, ".site-name").after(way);
  return { arrow, where };
}

/** @returns {Here|null} from the page before, if that was a short while ago */
function recent() {
  try {
    const found = JSON.parse(remembered(sessionStorage, HERE) ?? "null");
    return found && Date.now() - found.takenMs < HERE_MS ? found : null;
  } catch {
    return null;
  }
}
