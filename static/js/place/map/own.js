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
/** The one that stands for several at a place comes first. */
const TITLES = { again: "复查", open: "没测", done: "已测" };
/** Decimals of a degree: about a metre. */
const SAME_PLACE = 5;
const POPUP = { minWidth: 180, maxWidth: 260, maxHeight: 260 };

/** @param {HTMLDialogElement} dialog */
export function beginOwnMap(dialog) {
  // Two quick taps open and close a popup; they are not to move the map away.
  const ground = beginGround(the(dialog, ".own-map-ground"), { doubleClickZoom: false });
  const { map } = ground;
  const here = L.layerGroup().addTo(map);
  const button = /** @type {HTMLButtonElement} */ (the(dialog, "#own-map-here"));
  const state = the(dialog, ".own-map-state");
  /** Marks on the map, each by the sites that it stands for. @type {Map<Site[], any>} */
  const marks = new Map();
  /** @type {Site[][]} */
  let places = [];
  let fitted = false;

  function drawMarks() {
    const middle = map.getCenter();
    const seen = map.getBounds().pad(0.5);
    const near = places
      .map((sites) => ({ sites, at: L.latLng(ground.toShown(sites[0].lat, sites[0].lon)) }))
      .filter(({ at }) => seen.contains(at))
      .sort((a, b) => middle.distanceTo(a.at) - middle.distanceTo(b.at));
    const wanted = new Map(near.slice(0, MOST_MARKS).map(({ sites, at }) => [sites, at]));
    for (const [sites, mark] of marks) if (!wanted.has(sites) && !mark.isPopupOpen()) drop(sites);
    // What is there stays: a popup that moves the map is not to be closed by that.
    for (const [sites, at] of wanted) if (!marks.has(sites)) marks.set(sites, markOf(sites, at).addTo(map));
    const more = near.length > MOST_MARKS ? `，只画了中间的${MOST_MARKS}处，放大看其余的` : "";
    const count = places.reduce((sum, { length }) => sum + length, 0);
    state.textContent = count ? `${count}个点位${more}` : "列表上没有登记了位置的点位";
  }

  /** @param {Site[]} sites */
  function drop(sites) {
    marks.get(sites)?.remove();
    marks.delete(sites);
  }

  function drawHere() {
    const { fix } = fixState();
    here.clearLayers();
    button.hidden = !fix;
    if (!fix) return;
    const at = ground.toShown(fix.lat, fix.lon);
    here.addLayer(L.circle(at, { radius: fix.accuracy_m, ...AROUND }));
    here.addLayer(L.circleMarker(at, HERE).bindTooltip(made("span", "", `我的位置 ±${Math.round(fix.accuracy_m)}米`)));
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
      for (const sites of [...marks.keys()]) drop(sites);
      const sites = listed();
      places = byPlace(sites);
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
    // What the phone marks of its own, drafts and what waits to be sent, says nothing of the site.
    state: row.querySelector(".badge-warn:not(.site-mark)") ? "again" : "done" in row.dataset ? "done" : "open",
    href: /** @type {HTMLAnchorElement} */ (the(row, "a.site")).href,
    lat: Number(row.dataset.lat),
    lon: Number(row.dataset.lon),
  }));
}

/** @param {Site[]} sites @returns {Site[][]} by place, to about a metre, each with what is most to be done first */
function byPlace(sites) {
  /** @type {Map<string, Site[]>} */
  const places = new Map();
  for (const site of sites) {
    const place = `${site.lat.toFixed(SAME_PLACE)} ${site.lon.toFixed(SAME_PLACE)}`;
    places.set(place, [...(places.get(place) ?? []), site]);
  }
  const urgency = Object.keys(TITLES);
  return [...places.values()].map((there) => there.sort((a, b) => urgency.indexOf(a.state) - urgency.indexOf(b.state)));
}

/** @param {Site[]} sites at one place @param {any} at */
function markOf(sites, at) {
  const [{ name: first, state }] = sites;
  const several = sites.length > 1 ? `<b>${sites.length}</b>` : "";
  // Our own words and numbers only.
  const icon = L.divIcon({ className: "own-mark-box", iconSize: [MARK_PX, MARK_PX], html: `<span class="own-mark own-mark-${state}"></span>${several}` });
  const name = several ? `${first}等${sites.length}个点位，${TITLES[state]}` : `${first}，${TITLES[state]}`;
  return L.marker(at, { icon, title: name, alt: name, keyboard: true }).bindPopup(() => {
    const words = made("div", "own-mark-sites");
    words.append(...sites.map(lineOf));
    return words;
  }, POPUP);
}

/** @param {Site} site */
function lineOf({ name, facts, state, href }) {
  const link = /** @type {HTMLAnchorElement} */ (made("a", "own-mark-open-form"));
  link.href = href;
  link.append(made("strong", "", name), made("span", "hint", `${facts} · ${TITLES[state]}`));
  return link;
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
