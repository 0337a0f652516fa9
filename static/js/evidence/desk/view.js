// What the desk shows: one photo with all that is known of it, or all photos as a grid.

import { made, the } from "../../fields.js";
import { findingOf, isOpen } from "./list.js";
import { lay } from "../marks/overlay.js";
import { drawMap } from "./map.js";

/** @typedef {import("./list.js").DeskPhoto & Record<string, any>} Photo */

const STATES = { confirmed: "已确认", rejected: "已驳回" };

/**
 * @param {Photo} photo
 * @param {number} number
 * @param {number} of
 */
export function showSingle(photo, number, of) {
  const picture = /** @type {HTMLImageElement} */ (the(document, "#picture"));
  if (picture.getAttribute("src") !== photo.picture) {
    the(document, "#stage").classList.remove("zoomed");
    picture.src = photo.picture;
    picture.alt = `${photo.text}，${photo.site}`;
  }
  lay(picture, photo.marks, -1, photo.marks.length ? bareOf(photo.thumbnail) : null);
  // On a phone the item's own heading is below the screen.
  the(document, "#position").replaceChildren(`${number} / ${of}`, made("span", "stage-item", ` · ${photo.text}`));
  write("#text", photo.text);
  write("#clauses", [photo.clauses.join("、"), photo.units.join("、")].filter(Boolean).join(" · "));
  write("#outcome", outcome(photo));
  the(document, "#outcome").className = photo.review ? `decided-${photo.review.decision}` : isOpen(photo) ? "undecided" : "";
  the(document, "#signals").replaceChildren(...photo.signals.map((one) => signal(one, one.name === "near_duplicate" ? photo.reuse : null)));
  the(document, "#facts").replaceChildren(...facts(photo));
  const map = drawMap(photo.place, photo.fix);
  the(document, "#map").replaceChildren(...(map ? [map] : []));
  the(document, "#page").href = photo.page;
  if (photo.original) the(document, "#original").href = photo.original;
  for (const id of ["#confirm", "#reject"]) the(document, id).disabled = !isOpen(photo);
}

/** The last one asked for. @type {{address: string, picture: HTMLImageElement}|null} */
let bare = null;

/** A picture without a caption below it. @param {string} address */
function bareOf(address) {
  if (bare?.address !== address) {
    bare = { address, picture: new Image() };
    bare.picture.src = address;
  }
  return bare.picture;
}

/** @param {Photo[]} photos of the visit @param {Photo} here @param {(photo: Photo) => void} choose */
export function showVisit(photos, here, choose) {
  const cells = photos.map((photo) => {
    const cell = made("li", "");
    const button = made("button", "visit-photo");
    button.setAttribute("type", "button");
    button.setAttribute("aria-label", `${photo.text}${photo.failed ? "（有问题）" : ""}`);
    const same = photo.sha256 === here.sha256 && photo.item === here.item;
    if (same) button.setAttribute("aria-current", "true");
    button.append(thumbnail(photo));
    button.addEventListener("click", () => choose(photo));
    cell.append(button);
    return cell;
  });
  the(document, "#visit").replaceChildren(...cells);
}

/**
 * @param {Photo[]} photos
 * @param {number} at where the cursor is
 * @param {Set<string>} selected findings
 * @param {(at: number) => void} choose
 * @param {(at: number) => void} open
 */
export function showGrid(photos, at, selected, choose, open) {
  const list = the(document, "#cells");
  const pictures = photos.map((photo) => photo.thumbnail).join(" ");
  if (list.dataset.pictures !== pictures) {
    list.dataset.pictures = pictures;
    list.replaceChildren(...photos.map((photo, index) => cell(photo, () => choose(index), () => open(index))));
  }
  for (const [index, photo] of photos.entries()) {
    const line = /** @type {HTMLElement} */ (list.children[index]);
    const button = the(line, "button");
    line.className = `card ${photo.review ? `decided-${photo.review.decision}` : ""}`;
    button.setAttribute("aria-pressed", String(selected.has(findingOf(photo))));
    the(line, ".cell-state").textContent = photo.review ? STATES[photo.review.decision] : isOpen(photo) ? "待复核" : "未失分";
    if (index === at && document.activeElement !== button) button.focus({ preventScroll: false });
  }
  write("#selected", `已选 ${selected.size}`);
}

/** @param {Photo} photo @param {() => void} choose @param {() => void} open */
function cell(photo, choose, open) {
  const line = made("li", "card");
  const button = made("button", "cell");
  button.setAttribute("type", "button");
  const words = made("span", "card-text");
  const badges = photo.signals.map(({ title }) => made("span", "badge badge-warn", title));
  words.append(made("strong", "", photo.text), made("span", "", photo.site), made("span", "cell-state hint"), ...badges);
  button.append(thumbnail(photo), words);
  button.addEventListener("click", choose);
  button.addEventListener("dblclick", open);
  line.append(button);
  return line;
}

function thumbnail(photo) {
  const image = document.createElement("img");
  image.loading = "lazy";
  image.src = photo.thumbnail;
  image.alt = "";
  queueMicrotask(() => lay(image, photo.marks));
  return image;
}

/** @param {Photo} photo */
function outcome({ review, failed, detail }) {
  if (review?.sending) return `${STATES[review.decision]}，正在保存…`;
  if (!review) return failed ? `待复核：${detail}` : `未失分：${detail}`;
  return `${STATES[review.decision]}（${review.by}）${review.reason ? `：${review.reason}` : ""}`;
}

/** @param {{title: string, text: string, why: string}} said @param {string|null} overlay the page that lays both photos over each other */
function signal({ title, text, why }, overlay) {
  const line = made("li", "");
  const more = made("details", "signal");
  more.append(made("summary", "badge badge-warn", title), made("p", "hint", why));
  line.append(more, made("span", "signal-text", text));
  if (overlay) {
    // In a page of its own: the desk stays where it is.
    const link = /** @type {HTMLAnchorElement} */ (made("a", "signal-link", "叠放对比"));
    Object.assign(link, { href: overlay, target: "_blank", rel: "noopener" });
    line.append(link);
  }
  return line;
}

/** @param {Photo} photo */
function facts(photo) {
  const at = told(photo.captured_at);
  const { fix } = photo;
  const rows = [
    ["点位", `${photo.site} · ${photo.area}`],
    ["时间", `${at}${photo.words ? ` · ${photo.words}` : ""}`],
    ["位置", isDay(photo.captured_at) ? "" : fix ? `${fix.lat.toFixed(5)}, ${fix.lon.toFixed(5)} ±${fix.accuracy_m.toFixed(0)}米 ${fix.source}` : "无定位"],
    ["距点位", photo.distance_m === null ? "—" : `${photo.distance_m.toFixed(0)} 米`],
    ["备注", photo.note],
    ["怎么评", photo.guidance],
    ["得分率", photo.rate === "—" ? "不计分" : `${photo.rate}%`],
  ];
  const shown = rows.filter(([, text]) => text).flatMap(([name, text]) => [made("dt", "", name), made("dd", "", text)]);
  for (const address of photo.recordings) {
    const player = document.createElement("audio");
    player.controls = true;
    player.preload = "none";
    player.src = address;
    const line = made("dd", "");
    line.append(player);
    shown.push(made("dt", "", "录音"), line);
  }
  return shown;
}

/** Who is not to know who inspected is told the day. @param {string} at an instant, or ``2026-11-23`` */
const isDay = (at) => at.length === 10;

/** @param {string} at */
const told = (at) => (isDay(at) ? at : new Date(at).toLocaleString("zh-CN", { dateStyle: "short", timeStyle: "medium", timeZone: document.body.dataset.timezone }));

const write = (selector, text) => (the(document, selector).textContent = text);
