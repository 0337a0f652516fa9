// Premises found near a site: rows that are added at their doors, each with a position and a distance.

import { instant } from "../../../clock.js";
import { isOn, the } from "../../../fields.js";
import { measuredFix, nextFix } from "../../../place/fix.js";
import { interval, judged } from "../../../zones/measured.js";
import { isLocated, readWalk, walked } from "./premises.js";
import { beginWalking } from "./walking.js";

const WAYS = { boundary: "", gate: "校门", walk: "步行" };
const ANSWERS = { inside: "内", outside: "外", uncertain: "疑似，待复核" };

/**
 * @param {HTMLElement} element the item's
 * @param {import("../../methods.js").Item} item
 * @param {import("../../methods.js").Page} page
 */
export function beginRows(element, item, { site, changed }) {
  const list = /** @type {HTMLElement} */ (the(element, ".premises-list"));
  const none = /** @type {HTMLInputElement} */ (the(element, ".choice-pass input"));
  const notApplicable = /** @type {HTMLInputElement} */ (the(element, ".choice-na input"));
  const prefix = `answers.${item.id}.premises.`;

  /** Its photos go from the page's list with it. */
  const remove = (row) => {
    row.remove();
    changed(row);
  };
  /** A row that stays though another page has removed it is new to the draft. */
  const own = (row, was) => {
    for (const { name } of partsOf(row)) delete was[name];
    changed();
  };
  const begin = (row) => {
    the(row, ".by-hand").open = false;
    the(row, ".premises-remove").addEventListener("click", () => remove(row));
    if (row.querySelector(".walk")) beginWalking(row, changed);
    the(row, ".premises-locate").addEventListener("click", () => locate(row, changed));
    the(row, ".by-hand").addEventListener("input", () => {
      part(row, "source").value = "manual";
      part(row, "at").value = instant();
    });
  };
  /** @param {string|number} number */
  const addRow = (number) => {
    const holder = document.createElement("ul");
    // The template is our own page's; only the number is put in.
    holder.innerHTML = the(element, "template").innerHTML.replaceAll("__row__", String(number));
    const row = /** @type {HTMLElement} */ (holder.firstElementChild);
    list.append(row);
    begin(row);
    return row;
  };
  for (const row of list.querySelectorAll(".premises")) {
    if (isFilled(row)) begin(row);
    else row.remove();
  }
  the(element, ".premises-add").addEventListener("click", () => {
    none.checked = notApplicable.checked = false;
    const row = addRow(nextNumber(list, prefix));
    locate(row, changed);
    the(row, "select").focus();
  });
  for (const box of [none, notApplicable]) {
    box.addEventListener("change", () => {
      if (!box.checked) return;
      if (list.children.length) {
        box.checked = false;
        alert("已添加了场所。如果确实没有，请先逐处移除。");
      } else {
        (box === none ? notApplicable : none).checked = false;
      }
      changed();
    });
  }

  return {
    show() {
      for (const [index, row] of [...list.children].entries()) {
        the(row, ".premises-title").textContent = `第 ${index + 1} 处`;
        showDistance(row, site, item.rule);
      }
    },
    /** @param {import("../../methods.js").Fields} fields of a draft */
    makeRows(fields) {
      const numbers = numbersIn(fields, prefix);
      // Rows that were filled in before the draft was there come after its own.
      let next = Math.max(-1, ...numbers.map(Number));
      for (const row of [...list.children]) renumber(row, prefix + (next += 1));
      for (const number of numbers) addRow(number);
    },
    /**
     * @param {import("../../methods.js").Fields} fields of the same draft, to which another page has added rows, or removed some
     * @param {import("../../methods.js").Fields} was its fields as this page had them
     * @param {(row: Element) => boolean} hasPhotos that stay: such a row was changed here
     */
    matchRows(fields, was, hasPhotos) {
      const here = new Set([...list.children].map((row) => row.getAttribute("data-row")));
      for (const number of numbersIn(fields, prefix)) if (!here.has(prefix + number)) addRow(number);
      for (const row of [...list.children].filter((one) => isGone(one, fields, was))) {
        if (hasPhotos(row)) own(row, was);
        else remove(row);
      }
    },
  };
}

/** @param {import("../../methods.js").Fields} fields @param {string} prefix @returns {string[]} of the rows that they are of */
const numbersIn = (fields, prefix) =>
  Object.keys(fields)
    .filter((name) => name.startsWith(prefix) && name.endsWith(".category"))
    .map((name) => name.slice(prefix.length).split(".")[0])
    .filter((number) => /^\d{1,9}$/.test(number));

/**
 * Whether a row was removed by another page, and not changed here meanwhile.
 * @param {Element} row
 * @param {import("../../methods.js").Fields} fields as they are there
 * @param {import("../../methods.js").Fields} was as both had them
 */
function isGone(row, fields, was) {
  return partsOf(row).filter(isOn).every(({ name, value }) => was[name] === value && !(name in fields));
}

/** @param {Element} row @returns {HTMLInputElement[]} its fields that are answers */
const partsOf = (row) => /** @type {HTMLInputElement[]} */ ([...row.querySelectorAll("[name]:not([type=file])")]);

/** @param {Element} row @param {string} to its fields' common name */
function renumber(row, to) {
  const from = row.getAttribute("data-row") ?? "";
  row.setAttribute("data-row", to);
  for (const field of row.querySelectorAll("[name]")) field.setAttribute("name", field.getAttribute("name")?.replace(from, to) ?? "");
}

/** @param {Element} row @param {string} name @returns {HTMLInputElement} */
const part = (row, name) => the(row, `[data-part=${name}]`);

const isFilled = (row) =>
  Boolean(the(row, "select").value) || ["lat", "lon", "kept"].some((name) => part(row, name).value);

/** A row that another page adds at the same time must not have the same number: both would be one. */
const SPREAD = 100_000;

function nextNumber(list, prefix) {
  const numbers = [...list.children].map((row) => Number(row.getAttribute("data-row").slice(prefix.length)));
  return Math.max(-1, ...numbers) + 1 + Math.floor(Math.random() * SPREAD);
}

/**
 * Take the position now, and a fresher one as soon as it comes, unless it is typed by hand meanwhile. A position that was
 * chosen by hand for the visit says nothing about a distance: it is not taken.
 */
async function locate(row, changed) {
  const take = (fix) => {
    for (const name of ["lat", "lon", "accuracy_m", "source", "at"]) part(row, name).value = String(fix[name]);
    changed();
  };
  const fix = measuredFix();
  if (fix) take(fix);
  the(row, ".premises-distance").textContent = "正在定位…";
  await nextFix();
  const fresh = measuredFix();
  if (!row.isConnected) return;
  const byHand = part(row, "source").value === "manual";
  if (fresh && !byHand) take(fresh);
  else changed();
  if (!fresh && !fix) the(row, ".by-hand").open = true;
}

function showDistance(row, site, rule) {
  const category = the(row, "select").value;
  const walk = row.querySelector(".walk");
  if (walk) walk.hidden = rule.categories.find(({ id }) => id === category)?.measure !== "walk";
  const text = the(row, ".premises-distance");
  const [lat, lon, accuracy_m] = ["lat", "lon", "accuracy_m"].map((name) => {
    const typed = part(row, name).value.trim();
    return typed === "" ? NaN : Number(typed);
  });
  const here = { lat, lon, accuracy_m };
  text.className = "premises-distance number";
  if (!isLocated(here)) {
    text.textContent = "无定位，请等待或手工填写坐标";
  } else if (!site) {
    text.textContent = `已定位 ±${accuracy_m.toFixed(0)}米；点位没有登记位置，待复核`;
  } else {
    const found = judged(site, here, rule, category, walk ? walked(readWalk(part(row, "walk_metres").value, part(row, "walk_track").value)) : null);
    const from = found.bound ? "直线" : WAYS[found.measure] || (site.outline ? "点位边界" : "点位");
    const limit = found.radiusM === rule.radius_m ? "" : `，限${found.radiusM}米`;
    text.textContent = `${found.measure === "walk" ? from : `距${from}`} ${interval(found)}（${ANSWERS[found.within]}${limit}）`;
    text.classList.add(`within-${found.within}`);
  }
}
