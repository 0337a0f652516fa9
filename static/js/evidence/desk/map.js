// Where a photo was taken, against its site: both with their accuracy, on a plain ground, north up.

const SIZE = 220;
const NS = "http://www.w3.org/2000/svg";
const METRES_PER_DEGREE = 111_320;

/** @typedef {{lat: number, lon: number, accuracy_m: number}} Located */

/**
 * @param {Located|null} place of the site
 * @param {Located|null} fix of the photo
 * @returns {SVGElement|null} null where there is neither
 */
export function drawMap(place, fix) {
  const centre = place ?? fix;
  if (!centre) return null;
  const offset = fix ? { x: (fix.lon - centre.lon) * METRES_PER_DEGREE * Math.cos((centre.lat * Math.PI) / 180), y: (fix.lat - centre.lat) * METRES_PER_DEGREE } : { x: 0, y: 0 };
  const reach = Math.max(60, Math.hypot(offset.x, offset.y) + (fix?.accuracy_m ?? 0), place?.accuracy_m ?? 0) * 1.15;
  const scale = SIZE / 2 / reach;
  const svg = made("svg", { viewBox: `${-SIZE / 2} ${-SIZE / 2} ${SIZE} ${SIZE}`, role: "img", class: "position-map" });
  svg.append(made("title", {}, words(place, fix, offset)));
  for (const ring of rings(reach)) {
    svg.append(made("circle", { class: "map-ring", r: ring * scale, cx: 0, cy: 0 }));
    svg.append(made("text", { class: "map-label", x: 2, y: -ring * scale + 10 }, `${ring}米`));
  }
  svg.append(made("text", { class: "map-label", x: 0, y: -SIZE / 2 + 10, "text-anchor": "middle" }, "北"));
  if (place) {
    svg.append(made("circle", { class: "map-place-area", r: Math.max(2, place.accuracy_m * scale), cx: 0, cy: 0 }));
    svg.append(made("rect", { class: "map-place", x: -4, y: -4, width: 8, height: 8 }));
  }
  if (fix) {
    const at = { cx: offset.x * scale, cy: -offset.y * scale };
    svg.append(made("circle", { class: "map-fix-area", r: Math.max(2, fix.accuracy_m * scale), ...at }));
    if (place) svg.append(made("line", { class: "map-line", x1: 0, y1: 0, x2: at.cx, y2: at.cy }));
    svg.append(made("circle", { class: "map-fix", r: 4, ...at }));
  }
  return svg;
}

function words(place, fix, offset) {
  if (!fix) return "照片没有位置，方块为点位";
  if (!place) return "点位没有登记位置，圆点为照片";
  return `照片（圆点）距点位（方块）约 ${Math.hypot(offset.x, offset.y).toFixed(0)} 米`;
}

/** Round distances for two or three rings. @param {number} reach in metres */
function rings(reach) {
  const step = [20, 50, 100, 200, 500, 1000, 5000, 20_000, 100_000].find((metres) => reach / metres <= 3.2) ?? 1_000_000;
  return [1, 2, 3].map((times) => times * step).filter((ring) => ring <= reach);
}

/** @param {string} tag @param {Record<string, string|number>} attributes @param {string} [text] */
function made(tag, attributes, text = "") {
  const element = document.createElementNS(NS, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  element.textContent = text;
  return /** @type {SVGElement} */ (element);
}
