// Where the unit's cases are: one mark each, overdue ones in another shape.

import { made, the } from "../../fields.js";
import { beginGround, L } from "../../place/map/ground.js";

const { marks } = JSON.parse(the(document, "#page-data").textContent ?? "");
const ground = beginGround(the(document, "#map"));
const SPAN_CHINA = L.latLngBounds([18, 74], [53, 134]);
const MARK_PX = 32;

for (const one of marks) {
  const kind = one.group === "overdue" ? "confirmed" : "site";
  // Our own words only.
  const icon = L.divIcon({ className: "finding-mark", iconSize: [MARK_PX, MARK_PX], html: `<span class="mark mark-${kind}"></span>` });
  const name = `${one.id} ${one.title}`;
  L.marker(ground.toShown(one.lat, one.lon), { icon, title: name, alt: name, keyboard: true })
    .addTo(ground.map)
    .bindPopup(() => {
      const words = made("div", "told-words");
      const title = made("p", "told-title");
      const link = /** @type {HTMLAnchorElement} */ (made("a", "", one.title));
      link.href = one.url;
      title.append(link);
      words.append(title, made("p", "told-facts", `${one.id} · ${one.place}`));
      return words;
    });
}
const points = marks.map((/** @type {any} */ one) => ground.toShown(one.lat, one.lon));
ground.map.fitBounds(points.length ? L.latLngBounds(points).pad(0.2) : SPAN_CHINA, { maxZoom: 16, animate: false });
document.documentElement.classList.add("scripted");
