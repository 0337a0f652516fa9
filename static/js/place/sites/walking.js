// The site list as a walking route: some stops of today in a good order from here, re-ordered by hand at will, kept on
// the phone for the day. Loaded when it is first asked for.

import { fixState, unwatchFix, watchFix } from "../fix.js";
import { edited } from "../../edits.js";
import { made, the } from "../../fields.js";
import { takeFingers } from "../../fingers.js";
import { bearing, metresText, wind } from "../position/direction.js";
import { keptSession } from "../../inspecting/sending/session.js";
import { storage } from "../../inspecting/storage/database.js";
import { onOutboxChange } from "../../inspecting/storage/outbox.js";
import { keptToday } from "../../inspecting/today.js";
import { beginDragging } from "./dragging.js";
import { bestOrder, distances, lengthOf, MOST_STOPS } from "./route.js";

/** @typedef {import("./order.js").Row} Row */
/** @typedef {import("../position/best.js").Fix} Fix */
/** @typedef {{stops: string[], start: Fix|null, at: number}} Route codes in walking order; where and when it was planned from */
/** @typedef {{inspector: string, day: string, route: Route}} Kept */
/** @typedef {{open: (plan: boolean) => Promise<boolean>, close: () => void}} Walking */

/** So many stops are proposed: a day's walk. More can be added by hand. */
const PROPOSED = 20;
const KEPT = "route";
const SOON_MS = 300;
/** The browser may ask first, and a phone that was asleep takes a while to find itself. */
const LOCATE_MS = 12_000;

/**
 * The stop at one place put to another. Pure.
 * @template T
 * @param {T[]} list
 * @param {number} from
 * @param {number} to index in the list without it
 * @returns {T[]}
 */
export function moved(list, from, to) {
  const rest = list.filter((_, index) => index !== from);
  return [...rest.slice(0, to), list[from], ...rest.slice(to)];
}

/** The day by the phone's clock and zone. @param {Date} date */
export function dayOf(date) {
  return [date.getFullYear(), date.getMonth() + 1, date.getDate()].map((part) => String(part).padStart(2, "0")).join("-");
}

/**
 * Sites that this phone has finished: on their way whenever that was, or confirmed today. Pure.
 * @param {{inspector: string, site: string, state: string, queued_at: number}[]} outbox
 * @param {string} inspector
 * @param {string} day
 * @returns {Set<string>}
 */
export function finishedIn(outbox, inspector, day) {
  const own = outbox.filter((item) => item.site && item.inspector === inspector && item.state !== "refused");
  return new Set(own.filter((item) => item.state !== "confirmed" || dayOf(new Date(item.queued_at)) === day).map(({ site }) => site));
}

/**
 * @param {Row[]} rows in the server's order
 * @param {() => void} arranged told when rows have changed their lists
 * @returns {Walking}
 */
export function beginWalking(rows, arranged) {
  const byCode = new Map(rows.map((row) => [row.element.dataset.code ?? "", row]));
  const root = document.documentElement;
  const section = /** @type {HTMLElement} */ (the(document, "#route"));
  const list = /** @type {HTMLElement} */ (the(section, "ul"));
  const bar = makeBar();
  section.before(bar);
  section.after(made("p", "route-rest hint", "以下点位不在路线里"));
  const [text, from, said] = [".route-text", ".route-from", ".route-said"].map((name) => the(bar, name));
  const route = edited(/** @type {Route|null} */ (null));
  /** @type {Route|null} what 撤销 goes back to */
  let before = null;
  /** @type {Set<string>} */
  let finished = new Set();
  let inspector = "";
  let shown = false;
  let editing = false;
  let busy = false;

  const done = (code) => finished.has(code) || byCode.get(code)?.element.dataset.done !== undefined;
  /** The stops that the list has. */
  const codesNow = () => route.now()?.stops.filter((code) => byCode.has(code)) ?? [];
  const nameOf = (code) => the(byCode.get(code)?.element ?? document, ".site-name").textContent;

  /** @param {boolean} plan where there is no route of today yet @returns {Promise<boolean>} whether a route is shown */
  async function open(plan) {
    shown = true;
    await readFinished();
    const take = route.ask();
    const kept = /** @type {Kept|undefined} */ ((await (await storage()).get("kept", KEPT))?.value);
    if (!route.now() && kept && kept.inspector === inspector && kept.day === dayOf(new Date())) take(kept.route);
    if (!route.now() && !plan) shown = false;
    if (!shown) return false;
    if (route.now()) show();
    else await propose();
    return true;
  }

  function close() {
    shown = false;
    setEditing(false);
    bar.hidden = true;
    root.classList.remove("by-route");
    for (const { element, home } of rows) {
      element.querySelector(".stop")?.remove();
      element.classList.remove("stop-next", "stop-done");
      home.append(element);
    }
    arranged();
  }

  async function readFinished() {
    inspector = (await keptSession())?.user ?? (await keptToday())?.inspector ?? "";
    finished = finishedIn(await (await storage()).list("outbox"), inspector, dayOf(new Date()));
  }

  /** The nearest of the sites that the list shows and that are still to be inspected. */
  async function propose() {
    await plan((here) => {
      const open = rows.filter(({ element, place }) => place && !element.hidden && !done(element.dataset.code ?? ""));
      const metres = new Map(here ? distances(here, open.map(({ place }) => /** @type {any} */ (place)))[0].slice(1, -1).map((one, index) => [open[index], one]) : []);
      if (here) open.sort((a, b) => (metres.get(a) ?? 0) - (metres.get(b) ?? 0));
      return open.slice(0, PROPOSED).map(({ element }) => element.dataset.code ?? "");
    });
  }

  /** @param {(here: Fix|null) => string[]} chosen the stops, in any order */
  async function plan(chosen) {
    if (busy) return;
    busy = true;
    const take = route.ask();
    tell("正在定位…");
    said.textContent = "";
    const here = await whereNow();
    await readFinished();
    busy = false;
    if (!shown) return;
    const codes = chosen(here);
    // What is done needs no walking any more, and has no place to walk to but behind.
    const left = codes.filter((code) => !done(code) && byCode.get(code)?.place);
    const places = left.map((code) => /** @type {any} */ (byCode.get(code)?.place));
    const stops = [...bestOrder(distances(here, places)).map((stop) => left[stop - 1]), ...codes.filter((code) => !left.includes(code))];
    const old = route.now();
    if (take({ stops, start: here, at: Date.now() })) changed(old);
    else show();
    said.textContent = route.now() === old ? "路线刚才改过，没有重排。要重排请再点一次" : `已排好${left.length}个点位`;
  }

  /** @param {Route} next by hand */
  function change(next) {
    const old = route.now();
    route.edit(next);
    changed(old);
  }

  /** @param {Route|null} old */
  function changed(old) {
    before = old;
    show();
    keep();
  }

  async function keep() {
    const db = await storage();
    const value = { inspector, day: dayOf(new Date()), route: route.now() };
    await db.write([{ put: "kept", value: { name: KEPT, value } }]).catch((error) => tell(`路线没有存入手机：${error.message}`));
  }

  function show() {
    const now = route.now();
    if (!shown || !now) return;
    bar.hidden = false;
    root.classList.add("by-route");
    const codes = now.stops.filter((code) => byCode.has(code));
    const next = codes.find((code) => !done(code));
    const [along, left] = [new Set(codes), codes.filter((code) => !done(code)).length];
    /** @type {Set<Element>} */
    const homes = new Set();
    for (const [code, { element, home }] of byCode) {
      element.classList.toggle("stop-next", code === next);
      element.classList.toggle("stop-done", along.has(code) && done(code));
      if (along.has(code) || element.parentElement === home) continue;
      element.querySelector(".stop")?.remove();
      homes.add(home);
    }
    // A thousand rows may stay where they are; where one comes back, it comes to its old place.
    for (const [code, { element, home }] of byCode) if (homes.has(home) && !along.has(code)) home.append(element);
    const places = codes.map((code) => byCode.get(code)?.place ?? null);
    codes.forEach((code, index) => showStop(code, index, index ? places[index - 1] : now.start));
    const walked = places.filter((place) => place !== null);
    const whole = lengthOf(distances(now.start, walked), walked.map((_, index) => index + 1));
    tell(codes.length ? `${codes.length}个点位 · 直线全程 ${metresText(whole)} · ${left ? `还剩${left}个` : "都已测"}` : "路线里没有点位。点「调整」，在下面的点位中加入。");
    from.textContent = fromText(now);
    the(bar, ".route-undo").hidden = !before;
    if (editing) showTools();
    arranged();
  }

  /** @param {string} code @param {number} index @param {import("../distance.js").Point|null} earlier */
  function showStop(code, index, earlier) {
    const { element, place, home } = /** @type {Row} */ (byCode.get(code));
    let stop = element.querySelector(".stop");
    if (!stop) {
      stop = made("span", "stop number");
      stop.append(made("span", "stop-number"), made("span", "stop-leg"), made("span", "site-street", home.getAttribute("aria-label") ?? ""));
      the(element, ".site-name").after(stop);
    }
    the(stop, ".stop-number").textContent = `第${index + 1}站`;
    // A row that is put where it is already would lose the focus.
    if (list.children[index] !== element) list.insertBefore(element, list.children[index] ?? null);
    the(stop, ".stop-leg").textContent = !place || !earlier ? "" : `${index ? "再往" : "往"}${wind(bearing(earlier, place))} ${metresText(distances(earlier, [place])[0][1])}`;
  }

  /** @param {boolean} on */
  function setEditing(on) {
    editing = on;
    root.classList.toggle("route-editing", on);
    the(bar, ".route-edit").setAttribute("aria-pressed", String(on));
    the(bar, ".route-edit").textContent = on ? "调整好了" : "调整";
    if (on) showTools();
    else for (const tools of document.querySelectorAll(".stop-tools")) tools.remove();
  }

  function showTools() {
    const stops = codesNow();
    for (const [code, { element }] of byCode) {
      const at = stops.indexOf(code);
      let tools = element.querySelector(".stop-tools");
      if (!tools || tools.classList.contains("stop-in") !== at >= 0) {
        tools?.remove();
        tools = at >= 0 ? stopTools(nameOf(code)) : addTool(nameOf(code));
        element.append(tools);
      }
      if (at >= 0) setEnds(tools, at, stops.length);
    }
  }

  /** @param {string} code @param {number} to place in the route, counted without it */
  function move(code, to) {
    const [now, stops] = [route.now(), codesNow()];
    if (!now) return;
    const index = Math.max(0, Math.min(stops.length - 1, to));
    change({ ...now, stops: moved(stops, stops.indexOf(code), index) });
    said.textContent = `${nameOf(code)}：现在是第${index + 1}站，共${stops.length}站`;
  }

  /** @type {Record<string, (code: string, button: HTMLButtonElement) => void>} */
  const acts = {
    up: (code, button) => step(code, -1, button),
    down: (code, button) => step(code, 1, button),
    out(code) {
      const now = route.now();
      if (!now) return;
      change({ ...now, stops: now.stops.filter((one) => one !== code) });
      said.textContent = `${nameOf(code)}：已移出路线`;
      focusOn(code);
    },
    in(code) {
      const now = route.now();
      if (!now) return;
      if (now.stops.length >= MOST_STOPS) return tell(`一条路线最多${MOST_STOPS}个点位`);
      change({ ...now, stops: [...now.stops, code] });
      said.textContent = `${nameOf(code)}：已加入，是最后一站。可点「从这里重排」`;
      focusOn(code);
    },
  };

  /** @param {string} code @param {number} by @param {HTMLButtonElement} button */
  function step(code, by, button) {
    move(code, codesNow().indexOf(code) + by);
    const other = /** @type {HTMLButtonElement} */ (button.parentElement?.querySelector(by < 0 ? "[data-act=down]" : "[data-act=up]"));
    (button.disabled ? other : button).focus({ preventScroll: true });
    button.scrollIntoView({ block: "nearest" });
  }

  /** The row went to another list, and its button is another one. @param {string} code */
  function focusOn(code) {
    /** @type {HTMLElement|null|undefined} */ (byCode.get(code)?.element.querySelector(".stop-tools button:not(:disabled)"))?.focus({ preventScroll: true });
  }

  /** @param {string} what */
  function tell(what) {
    bar.hidden = false;
    text.textContent = what;
  }

  the(bar, ".route-again").addEventListener("click", () => plan(codesNow));
  the(bar, ".route-anew").addEventListener("click", propose);
  the(bar, ".route-edit").addEventListener("click", () => setEditing(!editing));
  the(bar, ".route-undo").addEventListener("click", () => {
    if (!before) return;
    route.edit(before);
    changed(null);
    said.textContent = "已撤销";
    the(bar, ".route-again").focus();
  });
  document.addEventListener("click", (event) => {
    const button = /** @type {HTMLButtonElement|null} */ (/** @type {Element} */ (event.target).closest(".stop-tools button[data-act]"));
    const code = button?.closest("li")?.dataset.code;
    if (button && code) acts[button.dataset.act ?? ""]?.(code, button);
  });
  beginDragging(list, ".stop-drag", (from, to) => move(codesNow()[from], to));
  let soon = 0;
  const again = () => shown && readFinished().then(show);
  onOutboxChange(() => {
    clearTimeout(soon);
    soon = setTimeout(again, SOON_MS);
  });
  addEventListener("pageshow", (event) => event.persisted && again());
  return { open, close };
}

/** @returns {Promise<Fix|null>} the next position that the phone finds; null where there is none, or none soon */
function whereNow() {
  return new Promise((resolve) => {
    /** @param {Fix|null} fix */
    const end = (fix) => {
      clearTimeout(timer);
      unwatchFix(heard);
      resolve(fix);
    };
    const heard = () => {
      const { fix, kind } = fixState();
      if (fix || kind === "none") end(fix);
    };
    const timer = setTimeout(() => end(fixState().fix), LOCATE_MS);
    watchFix(heard);
  });
}

/** @param {Route} route */
function fromText({ start, at }) {
  const time = new Date(at).toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit" });
  return start ? `从${time}所在的位置（±${Math.round(start.accuracy_m)}米）出发` : `${time}没有定位，从第1站算起`;
}

function makeBar() {
  const bar = made("div", "route-bar");
  bar.hidden = true;
  const acts = made("div", "route-acts");
  for (const [name, label] of [["again", "从这里重排"], ["edit", "调整"], ["anew", "重新选点"], ["undo", "撤销"]]) {
    const button = made("button", `button button-small route-${name}`, label);
    button.setAttribute("type", "button");
    acts.append(button);
  }
  the(acts, ".route-edit").setAttribute("aria-pressed", "false");
  const said = made("p", "unseen route-said");
  said.setAttribute("role", "status");
  bar.append(made("p", "route-text number"), made("p", "route-from hint"), acts, said);
  return bar;
}

/** @param {string} name */
function stopTools(name) {
  const tools = made("div", "stop-tools stop-in");
  for (const [act, mark, label] of [["up", "↑", "上移"], ["drag", "⠿", "拖动"], ["down", "↓", "下移"], ["out", "✕", "移出路线"]]) {
    const button = made("button", "stop-tool", mark);
    button.setAttribute("type", "button");
    button.setAttribute("aria-label", `${label}：${name}`);
    if (act === "drag") {
      // By keyboard the arrows beside it do the same.
      button.classList.add("stop-drag");
      takeFingers(button);
      button.setAttribute("tabindex", "-1");
      button.setAttribute("aria-hidden", "true");
    } else button.dataset.act = act;
    tools.append(button);
  }
  return tools;
}

/** @param {Element} tools @param {number} at @param {number} count */
function setEnds(tools, at, count) {
  the(tools, "[data-act=up]").disabled = at === 0;
  the(tools, "[data-act=down]").disabled = at === count - 1;
}

/** @param {string} name */
function addTool(name) {
  const tools = made("div", "stop-tools");
  const button = made("button", "button button-small", "加入");
  button.setAttribute("type", "button");
  button.setAttribute("aria-label", `加入路线：${name}`);
  button.dataset.act = "in";
  tools.append(button);
  return tools;
}
