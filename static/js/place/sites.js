// The site list: narrowed while typing, ordered by area or by distance, with what the phone has of each site. Without
// this script the server does the narrowing, and the order is by area.

import { arriving } from "../arriving.js";
import { beginOffline, refreshOffline } from "../inspecting/offline.js";
import { beginNews } from "../inspecting/news.js";
import { beginPartner } from "../inspecting/partner.js";
import { the } from "../fields.js";
import { mapLink, MAPS, usualMap } from "./position/maplink.js";
import { beginMarks } from "./sites/marks.js";
import { beginOrder } from "./sites/order.js";
import { remember, remembered } from "./sites/remembered.js";

/** @typedef {import("./sites/order.js").Row} OrderedRow */
/** @typedef {OrderedRow & {type: string, text: string}} Row */

const MAP = "inspect.map";

const finder = document.querySelector(".finder");
if (finder instanceof HTMLFormElement) begin(finder);

/** @param {HTMLFormElement} form */
function begin(form) {
  const words = /** @type {HTMLInputElement} */ (form.elements.namedItem("q"));
  const chips = /** @type {NodeListOf<HTMLAnchorElement>} */ (document.querySelectorAll(".chip"));
  const rows = readRows();
  document.documentElement.classList.add("scripted");
  let type = document.querySelector(".chip[aria-current]")?.getAttribute("data-type") ?? "";

  const wanted = () => words.value.normalize("NFKC").toLowerCase().split(/\s+/).filter(Boolean);
  const narrow = () => {
    show(rows, wanted(), type);
    const address = new URL(location.href);
    set(address, "q", words.value.trim());
    set(address, "type", type);
    history.replaceState(null, "", address);
  };
  words.addEventListener("input", narrow);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    words.blur();
    narrow();
  });
  for (const chip of chips) {
    chip.addEventListener("click", (event) => {
      event.preventDefault();
      type = chip.dataset.type ?? "";
      for (const other of chips) other.removeAttribute("aria-current");
      chip.setAttribute("aria-current", "true");
      narrow();
    });
  }
  beginMaps(rows);
  const scan = /** @type {HTMLElement|null} */ (document.querySelector("#scan"));
  scan?.addEventListener("click", () => void opened(arriving(() => import("./sites/scan.js")).then(({ openScanner }) => openScanner(scan.dataset.labels ?? ""))));
  document.querySelector("#open-map")?.addEventListener("click", () => void opened(arriving(() => import("./sites/own-map.js")).then(({ openMap }) => openMap())));
  beginNews(document.querySelector(".news"));
  beginPartner(document.querySelector("#partner"));
  beginMarks(new Map(rows.map(({ element }) => [element.dataset.code ?? "", element])));
  beginOrder(rows, () => show(rows, wanted(), type));
}

/** Say so where what a button opens does not arrive. @param {Promise<void>} opening */
async function opened(opening) {
  const state = the(document, "#tools-state");
  state.hidden = true;
  try {
    await opening;
  } catch (error) {
    state.hidden = false;
    state.textContent = "没有载全，请联网后再点，还是不行就刷新本页";
    console.warn(error);
  }
}

/** @returns {Row[]} in the server's order */
function readRows() {
  const elements = /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(".sites > li"));
  return [...elements].map((element) => {
    const { lat, lon, type = "", text = "" } = element.dataset;
    const place = lat && lon ? { lat: Number(lat), lon: Number(lon) } : null;
    return { element, home: /** @type {Element} */ (element.parentElement), place, type, text };
  });
}

/**
 * @param {Row[]} rows
 * @param {string[]} words all must occur
 * @param {string} type site type, or "" for all
 */
function show(rows, words, type) {
  let found = 0;
  /** @type {Set<Element>} */
  const open = new Set();
  for (const { element, type: own, text } of rows) {
    const hidden = (type !== "" && own !== type) || !words.every((word) => text.includes(word));
    if (element.hidden !== hidden) element.hidden = hidden;
    if (hidden) continue;
    found += 1;
    open.add(/** @type {Element} */ (element.parentElement));
  }
  for (const list of document.querySelectorAll(".sites")) {
    list.closest(".area")?.toggleAttribute("hidden", !open.has(list));
  }
  document.getElementById("nothing")?.toggleAttribute("hidden", found > 0);
  const told = document.getElementById("found");
  if (told) told.textContent = `找到 ${found} 个点位`;
}

/**
 * The links to the phone's map, for the app that the inspector uses.
 * @param {Row[]} rows
 */
function beginMaps(rows) {
  const choice = /** @type {HTMLSelectElement|null} */ (document.querySelector("#map-app"));
  if (!choice) return;
  const usual = usualMap(navigator.userAgent, navigator.maxTouchPoints);
  const asked = remembered(localStorage, MAP) ?? "";
  choice.value = asked in MAPS ? asked : usual;
  const link = () => {
    const app = /** @type {import("./position/maplink.js").MapApp} */ (choice.value);
    for (const { element, place } of rows) {
      const anchor = /** @type {HTMLAnchorElement|null} */ (element.querySelector(".site-map"));
      if (!anchor || !place) continue;
      anchor.href = mapLink(app, place, element.querySelector(".site-name")?.textContent ?? "");
      // A new window for an address that another app takes over would stay behind, empty.
      anchor.target = app === "geo" ? "" : "_blank";
    }
  };
  choice.addEventListener("change", () => {
    remember(localStorage, MAP, choice.value);
    link();
  });
  // The server's links are for the first app.
  if (choice.value !== "amap") link();
}

/** @param {URL} address */
function set(address, name, value) {
  if (value) address.searchParams.set(name, value);
  else address.searchParams.delete(name);
}

beginOffline().then(refreshOffline);
