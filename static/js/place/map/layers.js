// What lies on the map: areas, rings around schools, sites, findings. From 500 marks up they are gathered.

import { made } from "../../fields.js";
import { nameOf, STATES, told } from "./findings.js";
import { L } from "./ground.js";

/** @typedef {import("./findings.js").Finding} Finding */
/** @typedef {{name: string, type: string, area: string, at: [number, number], url?: string, outline?: any, ring?: any, bounded?: boolean}} Site */

export const GATHERED_FROM = 500;
const MARK_PX = 32;
const AREA = { weight: 1.5, color: "#5b6670", dashArray: "5 4", fill: false };
const RING = { weight: 1.5, color: "#6a3d9a", fillColor: "#6a3d9a", fillOpacity: 0.07 };
const OUTLINE = { weight: 1.5, color: "#0f4c75", fillColor: "#ffffff", fillOpacity: 0.25 };

/**
 * @param {import("./ground.js").Ground} ground
 * @param {{outline: any, name: string, level: string}[]} areas
 */
export function areasLayer(ground, areas) {
  return L.layerGroup(
    areas.map(({ outline, name, level }) =>
      // A node: Leaflet takes a text for HTML, and names are whatever somebody imported.
      L.geoJSON(ground.shown(outline), { style: { ...AREA, weight: level === "社区" ? 0.8 : AREA.weight }, interactive: false }).bindTooltip(made("span", "", name), {
        permanent: level === "街道乡镇",
        direction: "center",
        className: "area-name",
      }),
    ),
  );
}

/** @param {import("./ground.js").Ground} ground @param {Site[]} sites */
export function ringsLayer(ground, sites) {
  const rings = sites.filter(({ ring }) => ring);
  // Around a point only the ring is a guess: the school's boundary is not known.
  return L.layerGroup(
    rings.map(({ ring, bounded }) => L.geoJSON(ground.shown(ring), { style: { ...RING, dashArray: bounded ? undefined : "3 5" }, interactive: false })),
  );
}

/** @param {import("./ground.js").Ground} ground @param {Site[]} sites @param {boolean} gather */
export function sitesLayer(ground, sites, gather) {
  const outlines = sites.filter(({ outline }) => outline).map(({ outline }) => L.geoJSON(ground.shown(outline), { style: OUTLINE, interactive: false }));
  const icon = L.divIcon({ className: "site-mark", iconSize: [24, 24], html: '<span class="mark mark-site"></span>' });
  const marks = sites.map((site) =>
    L.marker(ground.toShown(...site.at), { icon, title: site.name, alt: `点位：${site.name}`, keyboard: true }).bindPopup(() => {
      const words = made("div", "told-words");
      const title = made("p", "told-title");
      const name = site.url ? made("a", "", site.name) : site.name;
      if (name instanceof HTMLAnchorElement) name.href = site.url ?? "";
      title.append(name);
      words.append(title, made("p", "told-facts", `${site.type} · ${site.area}`));
      return words;
    }),
  );
  return L.layerGroup([...outlines, gather ? gathered(marks, siteCluster) : L.layerGroup(marks)]);
}

/**
 * @param {import("./ground.js").Ground} ground
 * @param {Finding[][]} places each with its findings, the most urgent first
 * @param {boolean} gather
 * @param {string} timeZone
 */
export function findingsLayer(ground, places, gather, timeZone) {
  const widest = Math.min(320, ground.map.getSize().x - 80);
  const marks = places.map((there) => {
    const several = there.length > 1 ? `<b>${there.length}</b>` : "";
    const { state, lat, lon } = there[0];
    // Our own words and numbers only.
    const icon = L.divIcon({ className: "finding-mark", iconSize: [MARK_PX, MARK_PX], html: `<span class="mark mark-${state}"></span>${several}` });
    const name = nameOf(there);
    const mark = L.marker(ground.toShown(lat, lon), { icon, title: name, alt: name, keyboard: true, zIndexOffset: 1000, urgency: STATES.indexOf(state), findings: there.length });
    return mark.bindPopup(() => told(there, timeZone), { maxWidth: widest, minWidth: Math.min(220, widest), maxHeight: 320 });
  });
  return gather ? gathered(marks, findingsCluster) : L.layerGroup(marks);
}

/** @param {any[]} marks @param {(cluster: any) => any} iconOf a cluster */
function gathered(marks, iconOf) {
  const group = L.markerClusterGroup({
    chunkedLoading: true,
    showCoverageOnHover: false,
    spiderLegPolylineOptions: { weight: 1, color: "#5b6670" },
    iconCreateFunction: iconOf,
  });
  group.addLayers(marks);
  return group;
}

/** @param {any} cluster */
function siteCluster(cluster) {
  return L.divIcon({ className: "cluster cluster-sites", iconSize: [44, 44], html: `<span aria-label="${cluster.getChildCount()} 个点位">${cluster.getChildCount()}</span>` });
}

/** Its shape is that of the most urgent one in it, so that the legend holds here as well. @param {any} cluster */
function findingsCluster(cluster) {
  const marks = cluster.getAllChildMarkers();
  const state = STATES[Math.min(...marks.map((/** @type {any} */ { options }) => options.urgency))];
  const count = marks.reduce((/** @type {number} */ sum, /** @type {any} */ { options }) => sum + options.findings, 0);
  return L.divIcon({ className: "cluster cluster-findings", iconSize: [64, 36], html: `<span class="mark mark-${state}"></span><span aria-label="${count} 项问题">${count}</span>` });
}
