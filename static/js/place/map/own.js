// An inspector's own map, with or without a network: the sites of the list, areas and zones of schools, and where one is.
// Positions come from the list alone; north is up.

import { made, the } from "../../fields.js";
import { keptToday } from "../../inspecting/today.js";
import { fixState, unwatchFix, watchFix } from "../fix.js";
import { beginGround, L } from "./ground.js";
import { areasLayer, ringsLayer } from "./layers.js";

/** @typedef {{name: string, facts: string, state: "open"|"done"|"again", href: string, lat: number, lon: number}} Site */

const MARK_PX = 44;
/** More marks than these make a phone slow; those nearest to the middle are drawn. */
const MOST_MARKS = 300;
const HERE = { radius: 7, color: "#ffffff", weight: 2, fillColor: "#1d6fd1", fillOpacity: 1 };
const AROUND = { color: "#1d6fd1", weight: 1, fillColor: "#1d6fd1", fillOpacity: 0.12, interactive: false };
const TITLES = { open: "没测", done: "已测", again: "复查" };

/** @param {HTMLDialogElement} dialog */
export function beginOwnMap(dialog) {
  const ground = beginGround(the(dialog, ".own-map-ground"));
  const { map } = ground;
  const marks = L.layerGroup().addTo(map);
  const here = L.layerGroup().addTo(map);
  const button = /** @type {HTMLButtonElement} */ (the(dialog, "#own-map-here"));
  const state = the(dialog, ".own-map-state");
  /** @type {Site[]} */
  let sites = [];
  let fitted = false;

  function drawMarks() {
    const middle = map.getCenter();
    const near = sites
      .map((site) => ({ site, at: L.latLng(ground.toShown(site.lat, site.lon)) }))
      .filter(({ at }) => map.getBounds().pad(0.2).contains(at))
      .sort((a, b) => middle.distanceTo(a.at) - middle.distanceTo(b.at));
    marks.clearLayers();
    for (const { site, at } of near.slice(0, MOST_MARKS)) marks.addLayer(markOf(site, at));
    const more = near.length > MOST_MARKS ? `，只画了中间的${MOST_MARKS}个，放大看其余的` : "";
    state.textContent = sites.length ? `${sites.length}个点位${more}` : "列表上没有登记了位置的点位";
  }

  function drawHere() {
    const { fix } = fixState();
    here.clearLayers();
    button.hidden = !fix;
    if (!fix) return;
    const at = ground.toShown(fix.lat, fix.lon);
    here.addLayer(L.circle(at, { radius: fix.accuracy_m, ...AROUND }));
    here.addLayer(L.circleMarker(at, HERE).bindTooltip(`我的位置 ±${Math.round(fix.accuracy_m)}米`));
  }

  map.on("moveend", drawMarks);
  button.addEventListener("click", () => {
    const { fix } = fixState();
    if (fix) map.setView(ground.toShown(fix.lat, fix.lon), Math.max(map.getZoom(), 16));
  });
  dialog.addEventListener("close", () => unwatchFix(drawHere));
  void addOutlines(ground);

  return {
    open() {
      sites = listed();
      map.invalidateSize();
      if (!fitted) map.fitBounds(boundsOf(ground, sites), { maxZoom: 16, animate: false });
      fitted = true;
      drawMarks();
      watchFix(drawHere);
      drawHere();
    },
  };
}

/** What the list shows now, as it shows it. @returns {Site[]} */
function listed() {
  const rows = /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(".sites > li[data-lat]:not([hidden])"));
  return [...rows].map((row) => ({
    name: the(row, ".site-name").textContent ?? "",
    facts: row.querySelector(".site-facts span")?.textContent ?? "",
    state: row.querySelector(".badge-warn") ? "again" : "done" in row.dataset ? "done" : "open",
    href: /** @type {HTMLAnchorElement} */ (the(row, "a.site")).href,
    lat: Number(row.dataset.lat),
    lon: Number(row.dataset.lon),
  }));
}

/** @param {Site} site @param {any} at */
function markOf(site, at) {
  // Our own words only.
  const icon = L.divIcon({ className: "own-mark-box", iconSize: [MARK_PX, MARK_PX], html: `<span class="own-mark own-mark-${site.state}"></span>` });
  const name = `${site.name}，${TITLES[site.state]}`;
  return L.marker(at, { icon, title: name, alt: name, keyboard: true }).bindPopup(() => {
    const words = made("div", "");
    const link = /** @type {HTMLAnchorElement} */ (made("a", "own-mark-open-form button button-primary", "打开测评表"));
    link.href = site.href;
    words.append(made("p", "own-mark-name", `${site.name} · ${site.facts} · ${TITLES[site.state]}`), link);
    return words;
  });
}

/** @param {import("./ground.js").Ground} ground @param {Site[]} sites */
function boundsOf(ground, sites) {
  const { fix } = fixState();
  const points = [...sites, ...(fix ? [fix] : [])].map(({ lat, lon }) => ground.toShown(lat, lon));
  return points.length ? L.latLngBounds(points).pad(0.1) : L.latLngBounds([18, 74], [53, 134]);
}

/** Outlines that the phone keeps; without them there are the sites alone. @param {import("./ground.js").Ground} ground */
async function addOutlines(ground) {
  const address = (await keptToday())?.outlines;
  if (!address) return;
  const answer = (await globalThis.caches?.match(address, { ignoreVary: true })) ?? (await fetch(address).catch(() => null));
  if (!answer?.ok) return;
  const { areas, rings } = await answer.json();
  for (const layer of [areasLayer(ground, areas), ringsLayer(ground, rings)]) layer.addTo(ground.map);
}
