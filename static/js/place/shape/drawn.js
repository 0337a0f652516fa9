// A shape on the map: its lines, a handle for every point, a smaller one between each two.

import { L } from "../map/ground.js";
import { middles, outlineOf } from "./shape.js";

/** @typedef {import("./shape.js").Handle} Handle */
/** @typedef {import("./shape.js").LatLon} LatLon */

/** More points than that are shown, and not edited one by one. */
export const MOST_HANDLES = 400;
const STYLE = { color: "#8a1c5b", weight: 3, fillOpacity: 0.12 };

/**
 * @param {import("../map/ground.js").Ground} ground
 * @param {object} told
 * @param {(handle: Handle) => void} told.select
 * @param {() => void} told.hold a point is about to be moved
 * @param {(handle: Handle, to: LatLon) => void} told.move
 * @param {(after: {part: number, ring: number, at: number}, point: LatLon) => void} told.insert
 */
export function beginDrawn(ground, { select, hold, move, insert }) {
  const layer = L.layerGroup().addTo(ground.map);
  /** @type {Map<string, any>} */
  const handles = new Map();
  /** @type {any[]} what is shown */
  let shown = [];

  /** @param {LatLon} point @param {string} name @param {string} label @param {() => void} chosen @param {(to: LatLon) => void} moved */
  function handle(point, name, label, chosen, moved) {
    const icon = L.divIcon({ className: `handle handle-${name}`, iconSize: [40, 40], html: "<span></span>" });
    const marker = L.marker(ground.toShown(...point), { icon, draggable: true, keyboard: true, title: label, alt: label, autoPanOnFocus: false });
    marker.on("click", (/** @type {any} */ event) => {
      L.DomEvent.stop(event);
      chosen();
    });
    marker.on("keydown", (/** @type {any} */ { originalEvent: event }) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      chosen();
    });
    marker.on("dragstart", hold);
    marker.on("dragend", () => {
      const { lat, lng } = marker.getLatLng();
      moved(ground.toTrue(lat, lng));
    });
    return marker.addTo(layer);
  }

  return {
    /** @param {import("./shape.js").Shape} shape @param {Handle|null} selected */
    show(shape, selected) {
      // What is shown already stays as it is: a point of it may be in somebody's hand.
      if (shown[0] === shape && shown[1] === selected) return;
      shown = [shape, selected];
      const focused = document.activeElement?.closest(".handle");
      layer.clearLayers();
      handles.clear();
      if (shape.kind) L.geoJSON(ground.shown(outlineOf(shape.kind, shape.parts)), { style: STYLE, interactive: false }).addTo(layer);
      const put = (/** @type {Handle} */ one, /** @type {LatLon} */ point, /** @type {string} */ label) => {
        const marker = handle(point, one.type, label, () => select(one), (to) => move(one, to));
        handles.set(nameOf(one), marker);
        if (selected && nameOf(selected) === nameOf(one)) marker.getElement()?.classList.add("handle-selected");
      };
      const corners = shape.parts.flat(2).length;
      if (corners <= MOST_HANDLES) {
        shape.parts.forEach((rings, part) =>
          rings.forEach((ring, number) => ring.forEach((point, at) => put({ type: "corner", part, ring: number, at }, point, `第${at + 1}点`))),
        );
        for (const { point, ...after } of middles(shape)) {
          const label = "在这里加一点";
          handle(point, "middle", label, () => insert(after, point), (to) => insert(after, to));
        }
      }
      shape.gates.forEach((gate, at) => put({ type: "gate", at }, [gate.lat, gate.lon], `第${at + 1}个大门`));
      if (shape.place) put({ type: "place" }, [shape.place.lat, shape.place.lon], "登记位置");
      if (focused && selected) handles.get(nameOf(selected))?.getElement()?.focus({ preventScroll: true });
    },
  };
}

/** @param {Handle} handle */
const nameOf = (handle) => Object.values(handle).join(" ");
