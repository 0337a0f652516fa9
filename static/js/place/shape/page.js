// Drawing where a site is: tap for points, drag them, take back, save. Nothing is kept before it is saved.

import { distance, pointAt } from "../distance.js";
import { edited } from "../../edits.js";
import { the } from "../../fields.js";
import { beginGround, L } from "../map/ground.js";
import { beginDrawn, MOST_HANDLES } from "./drawn.js";
import { pointOf, shapeFrom, toldOf, withGate, withInserted, withMoved, withPlace, withRemoved } from "./shape.js";

/** @typedef {import("./shape.js").Shape} Shape */
/** @typedef {import("./shape.js").Handle} Handle */
/** @typedef {import("./shape.js").LatLon} LatLon */

const page = JSON.parse(the(document, "#page-data").textContent ?? "");
const ground = beginGround(the(document, "#map"), { keyboard: true });
const { map } = ground;
const drawn = beginDrawn(ground, { select, hold, move, insert });
const sketch = L.layerGroup().addTo(map);
const USUAL_M = 5;
const STEPS_M = [1, 10];
const HINTS = {
  "": "选一个工具，或拖动已有的点。",
  place: "点地图，设定登记位置。",
  area: "沿边界逐点点一圈；最后点第一点，或按「画完」。",
  line: "沿路线逐点点过去；最后再点一次末点，或按「画完」。",
  gate: "点地图，加一个大门。",
};

/** @type {import("../../edits.js").Edited<Shape>} */
const shape = edited(shapeFrom(page.shape));
let revision = page.revision;
/** @type {Shape[]} */
const earlier = [];
/** What the server has. */
let kept = JSON.stringify(toldOf(shape.now()));
/** @type {""|"place"|"area"|"line"|"gate"} */
let tool = "";
/** @type {LatLon[]} what is being drawn */
let points = [];
/** @type {Handle|null} */
let selected = null;
let saving = false;

function begin() {
  drawAround();
  for (const button of document.querySelectorAll("[data-tool]")) button.addEventListener("click", () => choose(/** @type {any} */ (button.getAttribute("data-tool"))));
  map.on("click", (/** @type {any} */ event) => tapped(ground.toTrue(event.latlng.lat, event.latlng.lng)));
  map.doubleClickZoom.disable();
  the(document, "#at-centre").addEventListener("click", () => {
    const { lat, lng } = map.getCenter();
    tapped(ground.toTrue(lat, lng));
  });
  the(document, "#undo").addEventListener("click", takeBack);
  the(document, "#remove").addEventListener("click", removeSelected);
  the(document, "#save").addEventListener("click", save);
  the(document, "#accuracy").addEventListener("change", accuracyTyped);
  document.addEventListener("keydown", pressed);
  addEventListener("beforeunload", (event) => isChanged() && event.preventDefault());
  the(document, "#accuracy").value = String(shape.now().place?.accuracy_m ?? shape.now().gates[0]?.accuracy_m ?? USUAL_M);
  fit();
  show();
  document.documentElement.classList.add("scripted");
}

/* Showing */

function show() {
  drawn.show(shape.now(), selected);
  sketch.clearLayers();
  if (points.length) {
    const shownPoints = points.map((point) => ground.toShown(...point));
    L.polyline(shownPoints, { color: "#8a1c5b", weight: 3, dashArray: "6 6", interactive: false }).addTo(sketch);
    for (const [at, point] of shownPoints.entries()) {
      const ends = at === (tool === "line" ? points.length - 1 : 0);
      L.circleMarker(point, { radius: ends ? 10 : 6, color: "#8a1c5b", weight: 3, fillColor: "#fff", fillOpacity: 1, bubblingMouseEvents: !ends })
        .on("click", (/** @type {any} */ event) => ends && (L.DomEvent.stop(event), finish()))
        .addTo(sketch);
    }
  }
  for (const button of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-tool]"))) {
    const mine = button.getAttribute("data-tool") === tool;
    button.setAttribute("aria-pressed", String(mine));
    const label = /** @type {Text} */ (button.lastChild);
    button.dataset.label ??= label.data;
    label.data = mine && (tool === "area" || tool === "line") ? "画完" : (button.dataset.label ?? "");
  }
  the(document, "#hint").textContent = hint();
  the(document, "#undo").disabled = !earlier.length && !points.length;
  the(document, "#remove").disabled = !selected;
  the(document, "#at-centre").hidden = !tool;
  the(document, "#save").disabled = saving || !isChanged() || points.length > 0;
  the(document, "#facts").textContent = facts();
}

function hint() {
  if (selected) return "拖动，或用方向键移动（每次1米，按住 Shift 10米）；Delete 删除。";
  if (points.length) return `已画 ${points.length} 点，${Math.round(lengthOf(points))} 米。${HINTS[tool]}`;
  const corners = shape.now().parts.flat(2).length;
  if (!tool && corners > MOST_HANDLES) return `边界有 ${corners} 点，不逐点编辑；可以重画。`;
  return HINTS[tool];
}

function facts() {
  const told = [];
  const { kind, parts, gates, place } = shape.now();
  if (kind) {
    const rings = parts.flat();
    const round = rings.reduce((sum, ring) => sum + lengthOf(kind === "area" ? [...ring, ring[0]] : ring), 0);
    told.push(`${kind === "area" ? "边界" : "路线"} ${rings.flat().length} 点，${Math.round(round)} 米`);
  }
  if (gates.length) told.push(`大门 ${gates.length} 个`);
  told.push(place ? `登记位置 ${place.lat.toFixed(6)}, ${place.lon.toFixed(6)}` : "没有登记位置");
  return told.join(" · ");
}

function drawAround() {
  for (const outline of page.areas) L.geoJSON(ground.shown(outline), { style: { color: "#5b6670", weight: 1, dashArray: "4 4", fill: false }, interactive: false }).addTo(map);
  for (const { name, url, lat, lon, outline } of page.around) {
    if (outline) L.geoJSON(ground.shown(outline), { style: { color: "#0f4c75", weight: 1, fillOpacity: 0.06 }, interactive: false }).addTo(map);
    const link = document.createElement("a");
    link.href = url;
    link.textContent = name;
    L.circleMarker(ground.toShown(lat, lon), { radius: 5, color: "#0f4c75", weight: 2, fillOpacity: 0.6, bubblingMouseEvents: false }).bindPopup(link).addTo(map);
  }
}

function fit() {
  const { place, parts, gates } = shape.now();
  const all = [...parts.flat(2), ...gates.map(({ lat, lon }) => /** @type {LatLon} */ ([lat, lon]))];
  if (place) all.push([place.lat, place.lon]);
  const areas = page.areas.flatMap((/** @type {any} */ outline) => corners(outline.coordinates));
  const to = all.length ? all : areas.length ? areas : [[18, 74], [53, 134]];
  map.fitBounds(L.latLngBounds(to.map(([lat, lon]) => ground.toShown(lat, lon))).pad(0.3), { maxZoom: 18, animate: false });
}

/** @param {any} coordinates @returns {LatLon[]} */
const corners = (coordinates) => (typeof coordinates[0] === "number" ? [[coordinates[1], coordinates[0]]] : coordinates.flatMap(corners));

/* Drawing */

/** @param {typeof tool} wanted */
function choose(wanted) {
  if (tool === wanted) return finish();
  points = [];
  selected = null;
  tool = wanted;
  show();
}

/** @param {LatLon} at */
function tapped(at) {
  if (tool === "area" || tool === "line") {
    points = [...points, at];
    return show();
  }
  if (tool === "place") return change(withPlace(shape.now(), at, accuracy()), { end: true });
  if (tool === "gate") return change(withGate(shape.now(), at, accuracy()));
  selected = null;
  return show();
}

/** What was drawn becomes the shape; too little of it is dropped. */
function finish() {
  const fewest = tool === "area" ? 3 : 2;
  const drawnPoints = points;
  points = [];
  if ((tool === "area" || tool === "line") && drawnPoints.length >= fewest) {
    if (shape.now().kind && !confirm("换掉现在的边界或路线？")) {
      points = drawnPoints;
      return show();
    }
    return change({ ...shape.now(), kind: tool, parts: [[drawnPoints]] }, { end: true });
  }
  tool = "";
  return show();
}

/** @param {Shape} to @param {{end?: boolean}} [how] */
function change(to, { end = false } = {}) {
  earlier.push(shape.now());
  shape.edit(to);
  if (end) tool = "";
  tell("");
  show();
}

/** @param {Handle} handle */
function select(handle) {
  if (tool) return tapped(pointOf(shape.now(), handle));
  selected = handle;
  show();
}

/** One point is being dragged: until it is let go nothing is put in the drawing's place. */
function hold() {
  shape.edit(shape.now());
}

/** @param {Handle} handle @param {LatLon} to */
function move(handle, to) {
  selected = handle;
  change(withMoved(shape.now(), handle, to));
}

/** @param {{part: number, ring: number, at: number}} after @param {LatLon} point */
function insert(after, point) {
  if (tool) return tapped(point);
  selected = { type: "corner", part: after.part, ring: after.ring, at: after.at + 1 };
  change(withInserted(shape.now(), after, point));
}

function removeSelected() {
  if (!selected) return;
  const handle = selected;
  selected = null;
  change(withRemoved(shape.now(), handle));
}

function takeBack() {
  selected = null;
  if (points.length) points = points.slice(0, -1);
  else shape.edit(earlier.pop() ?? shape.now());
  show();
}

/** @param {KeyboardEvent} event */
function pressed(event) {
  if (event.target instanceof HTMLInputElement) return;
  const steps = { ArrowUp: [0, 1], ArrowDown: [0, -1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] }[event.key];
  if (selected && steps) {
    event.preventDefault();
    event.stopPropagation();
    const metres = STEPS_M[event.shiftKey ? 1 : 0];
    const [lat, lon] = pointOf(shape.now(), selected);
    const to = pointAt({ lat, lon }, { east: steps[0] * metres, north: steps[1] * metres });
    return change(withMoved(shape.now(), selected, [to.lat, to.lon]));
  }
  if (selected && (event.key === "Delete" || event.key === "Backspace")) return removeSelected();
  if (event.key === "Escape") {
    selected = null;
    points = [];
    tool = "";
    return show();
  }
  if (event.key === "Enter" && points.length && event.target === document.body) return finish();
  if ((event.ctrlKey || event.metaKey) && event.key === "z") return takeBack();
}

/** The accuracy counts for the registered position and all gates. */
function accuracyTyped() {
  const accuracy_m = accuracy();
  const { place, gates, ...rest } = shape.now();
  change({ ...rest, place: place && { ...place, accuracy_m }, gates: gates.map((gate) => ({ ...gate, accuracy_m })) });
}

function accuracy() {
  const typed = Number(the(document, "#accuracy").value);
  return typed >= 0 && typed <= 1000 ? typed : USUAL_M;
}

/** @param {LatLon[]} line @returns {number} metres */
function lengthOf(line) {
  return line.slice(1).reduce((sum, [lat, lon], at) => sum + distance({ lat: line[at][0], lon: line[at][1] }, { lat, lon }), 0);
}

/* Saving */

const isChanged = () => JSON.stringify(toldOf(shape.now())) !== kept;

async function save() {
  saving = true;
  const take = shape.ask();
  tell("");
  state("正在保存…");
  show();
  try {
    const body = JSON.stringify({ revision, shape: toldOf(shape.now()) });
    const token = the(document, "meta[name=csrf-token]").getAttribute("content") ?? "";
    const answer = await fetch(location.pathname, { method: "POST", body, headers: { "Content-Type": "application/json", "X-CSRFToken": token }, redirect: "manual" });
    const told = await answer.json().catch(() => null);
    if (answer.status === 200 && told) {
      revision = told.revision;
      const held = shapeFrom(told.shape);
      kept = JSON.stringify(toldOf(held));
      take(held);
      state(isChanged() ? "已保存，之后的改动还没有保存" : "已保存");
    } else {
      state("");
      tell(`没有保存：${told?.error ?? (answer.type === "opaqueredirect" || answer.status === 401 ? "登录已过期，请在另一个窗口登录后再保存" : `服务器答复 ${answer.status}`)}`);
    }
  } catch {
    state("");
    tell("没有保存：连不上服务器。画的还在，恢复后再按保存。");
  }
  saving = false;
  show();
}

/** @param {string} text */
function state(text) {
  the(document, "#state").textContent = text;
}

/** @param {string} text */
function tell(text) {
  const problem = the(document, "#problem");
  problem.textContent = text;
  problem.hidden = !text;
  if (!text) state("");
}

begin();
