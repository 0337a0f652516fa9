// The map of a week: choose the week with the slider, and what is shown with the legend.

import { made, the } from "../../fields.js";
import { byPlace, STATES } from "./findings.js";
import { beginGround, L } from "./ground.js";
import { areasLayer, findingsLayer, GATHERED_FROM, ringsLayer, sitesLayer } from "./layers.js";

/** @typedef {import("./findings.js").Finding} Finding */

const page = JSON.parse(the(document, "#page-data").textContent ?? "");
const ground = beginGround(the(document, "#map"));
const { map } = ground;
const SLIDE_MS = 200;
const SPAN_CHINA = L.latLngBounds([18, 74], [53, 134]);
const DECIMALS = 5;

/** @type {Record<string, any>} by the names of the legend */
const layers = {};
/** @type {any} */
let shownFindings = null;
/** @type {Finding[]|null} null while they are not known */
let findings = null;
let unplaced = 0;
/** @type {import("./layers.js").Site[]} */
let sites = [];
/** Whether marks are gathered: sites and findings together decide. @type {boolean|null} */
let gathering = null;
/** What was fetched, by address. @type {Map<string, any>} */
const known = new Map();
let week = page.week;
let fitted = false;
let moved = false;
/** @type {ReturnType<typeof setTimeout>|undefined} */
let sliding;

async function begin() {
  const slider = /** @type {HTMLInputElement} */ (the(document, "#week"));
  slider.max = String(page.weeks.length - 1);
  slider.addEventListener("input", () => slideTo(Number(slider.value)));
  the(document, "#earlier").addEventListener("click", () => slideTo(indexOf(week) - 1));
  the(document, "#later").addEventListener("click", () => slideTo(indexOf(week) + 1));
  for (const box of document.querySelectorAll("[data-state]")) box.addEventListener("change", showFindings);
  for (const box of document.querySelectorAll("[data-layer]")) box.addEventListener("change", showLayers);
  map.fitBounds(SPAN_CHINA, { animate: false });
  map.once("movestart", () => (moved = true));
  showWeek();
  await load(week);
  document.documentElement.classList.add("scripted");
}

/** Show where everything is, once it is known, unless somebody has gone elsewhere meanwhile. @param {{areas: any[]}} told */
function fit({ areas }) {
  if (fitted) return;
  fitted = true;
  const kept = /^#(\d+)\/(-?[\d.]+)\/(-?[\d.]+)$/.exec(location.hash);
  if (moved) {
    // The stretch that is shown was chosen by hand.
  } else if (kept) {
    map.setView(ground.toShown(Number(kept[2]), Number(kept[3])), Number(kept[1]), { animate: false });
  } else {
    const points = [...sites.map(({ at }) => at), ...(findings ?? []).map(({ lat, lon }) => [lat, lon])].map(([lat, lon]) => ground.toShown(lat, lon));
    const bounds = points.length ? L.latLngBounds(points) : areas.length ? L.geoJSON(ground.shown(areas[0].outline)).getBounds() : SPAN_CHINA;
    map.fitBounds(bounds.pad(0.1), { maxZoom: 16, animate: false });
  }
  // A link to the page shows the same stretch.
  map.on("moveend", () => {
    const { lat, lng } = map.getCenter();
    const [trueLat, trueLon] = ground.toTrue(lat, lng);
    history.replaceState(null, "", `#${map.getZoom()}/${trueLat.toFixed(DECIMALS)}/${trueLon.toFixed(DECIMALS)}`);
  });
}

/* Weeks */

/** @param {string} wanted */
const indexOf = (wanted) => page.weeks.findIndex((/** @type {any} */ one) => one.week === wanted);

/** @param {number} index */
function slideTo(index) {
  const chosen = page.weeks[Math.max(0, Math.min(page.weeks.length - 1, index))];
  if (!chosen || chosen.week === week) return;
  week = chosen.week;
  history.replaceState(null, "", `?week=${week}${location.hash}`);
  showWeek();
  // What belongs to another week is not left under this one's name.
  findings = null;
  showFindings();
  clearTimeout(sliding);
  sliding = setTimeout(() => load(week), known.has(addresses(week)[1]) ? 0 : SLIDE_MS);
}

/** @param {string} of a week @returns {[string, string]} of its layers and of its findings */
const addresses = (of) => [`${page.layers}?week=${of}`, `${page.findings}?week=${of}`];

function showWeek() {
  const index = indexOf(week);
  the(document, "#week-title").textContent = page.weeks[index].title;
  the(document, "#week").value = String(index);
  the(document, "#week").setAttribute("aria-valuetext", page.weeks[index].title);
  the(document, "#earlier").disabled = index === 0;
  the(document, "#later").disabled = index === page.weeks.length - 1;
}

/** @param {string} wanted a week @returns {Promise<void>} once it is shown, or why it could not be had is said */
async function load(wanted) {
  problem("");
  state("正在读取…");
  const [told, found] = await Promise.all(addresses(wanted).map(fetched));
  if (wanted !== week) return;
  if (!told || !found) return state("");
  sites = told.sites;
  ({ findings, unplaced } = found);
  for (const layer of Object.values(layers)) layer.remove();
  layers.areas = areasLayer(ground, told.areas);
  layers.rings = ringsLayer(ground, sites);
  gathering = null;
  the(document, "[data-count=sites]").textContent = String(sites.length);
  showFindings();
  fit(told);
}

/* Showing */

function showFindings() {
  shownFindings?.remove();
  shownFindings = null;
  for (const one of STATES) the(document, `[data-count=${one}]`).textContent = findings ? String(findings.filter((finding) => finding.state === one).length) : "…";
  if (!findings) return;
  const wanted = findings.filter((finding) => the(document, `[data-state=${finding.state}]`).checked);
  const places = byPlace(wanted);
  const gather = sites.length + places.length >= GATHERED_FROM;
  if (gather !== gathering) {
    layers.sites?.remove();
    layers.sites = sitesLayer(ground, sites, gather);
    gathering = gather;
  }
  shownFindings = findingsLayer(ground, places, gather, page.timezone).addTo(map);
  state(wanted.length ? `显示 ${wanted.length} 项问题` : "这一周没有要显示的问题");
  if (unplaced) sayUnplaced();
  showLayers();
}

function sayUnplaced() {
  const link = /** @type {HTMLAnchorElement} */ (made("a", "", "看列表"));
  link.href = `${page.list}?week=${week}`;
  the(document, "#state").append(`；另有 ${unplaced} 项没有位置，`, link);
}

function showLayers() {
  for (const [name, layer] of Object.entries(layers)) {
    if (the(document, `[data-layer=${name}]`).checked) layer.addTo(map);
    else layer.remove();
  }
}

/** @param {string} address @returns {Promise<any>} null where it cannot be had, which is said */
async function fetched(address) {
  if (known.has(address)) return known.get(address);
  try {
    const answer = await fetch(address, { credentials: "same-origin", redirect: "manual" });
    if (answer.ok) {
      const told = await answer.json();
      known.set(address, told);
      return told;
    }
    problem(answer.type === "opaqueredirect" || answer.status === 401 ? "登录已过期，请刷新页面" : `没有读到地图数据：服务器答复 ${answer.status}`);
  } catch {
    problem("没有读到地图数据：连不上服务器。恢复后再选一次这一周");
  }
  return null;
}

/** @param {string} text */
function problem(text) {
  const line = the(document, "#problem");
  line.textContent = text;
  line.hidden = !text;
}

/** @param {string} text */
function state(text) {
  the(document, "#state").textContent = text;
}

begin();
