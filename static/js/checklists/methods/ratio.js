// How many of those observed did right, by class where there are classes.

import { duration } from "../../clock.js";
import { say, tap, the } from "../../fields.js";
import { elapsed, stopped, toggled } from "../../stopwatch.js";
import { counted, counterOf, share, total, undone } from "../counter.js";
import { number } from "../typed.js";

/** @type {import("../methods.js").Method} */
export const method = {
  read: readCounts,
  problem: (value) => countsProblem(Object.values(asCounts(value))),
  failed(value, rule) {
    const { yes, of } = total(asCounts(value));
    if (of < rule.minimum) return false;
    return !(rule.full_marks_from !== null && yes * 100 >= rule.full_marks_from * of) && yes < of;
  },
  begin: beginCounting,
};

const asCounts = (value) => (typeof value.of === "number" ? { "": value } : value);

function readCounts(read, item) {
  const ids = item.rule.classes.length ? item.rule.classes.map((entry) => entry.id) : [""];
  const counts = ids.map((id) => [id, number(read("class", id, "yes")), number(read("class", id, "of"))]);
  const filled = counts.filter(([, yes, of]) => yes !== undefined || of !== undefined);
  if (!filled.length) return undefined;
  const value = Object.fromEntries(filled.map(([id, yes = 0, of = 0]) => [id, { yes, of }]));
  return item.rule.classes.length ? value : value[""];
}

function countsProblem(counts) {
  const right = ({ yes, of }) => Number.isInteger(yes) && Number.isInteger(of) && 0 <= yes && yes <= of;
  return counts.every(right) ? "" : "数字应为整数，且不大于观察总数";
}

/**
 * Counting by class with two big buttons each, undo, and a clock.
 * @param {HTMLElement} element the item's
 * @param {import("../methods.js").Item} item
 * @param {import("../methods.js").Page} page
 */
function beginCounting(element, item, { changed }) {
  const hand = /** @type {HTMLDetailsElement} */ (the(element, ".by-hand"));
  const notApplicable = /** @type {HTMLInputElement} */ (the(element, ".choice-na input"));
  const toggle = /** @type {HTMLButtonElement} */ (the(element, ".stopwatch-toggle"));
  let counter = counterOf(countsIn(hand));
  let watch = stopped();
  hand.open = false;

  const take = (next) => {
    counter = next;
    writeCounts(hand, counter.counts);
    notApplicable.checked = false;
    tap();
    changed();
  };
  for (const button of element.querySelectorAll("button.count")) {
    const id = button.closest("[data-class]")?.getAttribute("data-class") ?? "";
    button.addEventListener("click", () => take(counted(counter, id, button.getAttribute("data-yes") === "1")));
  }
  the(element, ".tally-undo").addEventListener("click", () => take(undone(counter)));
  hand.addEventListener("input", () => {
    counter = counterOf(countsIn(hand));
    notApplicable.checked = false;
  });
  toggle.addEventListener("click", () => {
    watch = toggled(watch, Date.now());
    changed();
  });

  return {
    show() {
      if (!counter.taps.length) counter = counterOf(countsIn(hand));
      showCounts(element, item, counter);
    },
    tick() {
      const ran = elapsed(watch, Date.now());
      say(the(element, ".stopwatch-time"), duration(ran / 1000));
      toggle.setAttribute("aria-pressed", String(watch.since !== null));
      say(toggle, watch.since !== null ? "暂停" : ran ? "继续计时" : "开始计时");
    },
    watched: () => elapsed(watch, Date.now()),
    /** @param {number} elapsedMs */
    resume(elapsedMs) {
      watch = stopped(elapsedMs);
    },
  };
}

/** @returns {Record<string, import("../counter.js").Count>} */
function countsIn(hand) {
  const whole = (row, part) => Math.max(0, Number.parseInt(the(row, `[data-part=${part}]`).value, 10) || 0);
  return Object.fromEntries(
    [...hand.querySelectorAll("[data-class]")].map((row) => [
      row.getAttribute("data-class"),
      { yes: whole(row, "yes"), of: whole(row, "of") },
    ]),
  );
}

function writeCounts(hand, counts) {
  for (const row of hand.querySelectorAll("[data-class]")) {
    const count = counts[row.getAttribute("data-class")] ?? { yes: 0, of: 0 };
    for (const part of ["yes", "of"]) the(row, `[data-part=${part}]`).value = String(count[part]);
  }
}

function showCounts(element, item, { counts, taps }) {
  const { rule } = item;
  const all = total(counts);
  say(the(element, ".tally-rate"), share(all));
  say(the(element, ".tally-text"), all.of ? `观察 ${all.of}，${rule.yes_label} ${all.yes}` : "还没有观察");
  const hint = the(element, ".tally-hint");
  const lacking = rule.minimum - all.of;
  const full = rule.full_marks_from === null ? "" : `；${rule.full_marks_from}% 起满分`;
  say(hint, lacking > 0 ? `还需观察 ${lacking} 个（至少 ${rule.minimum}，不够不计分）` : `样本已够（至少 ${rule.minimum}）${full}`);
  hint.classList.toggle("enough", lacking <= 0);
  hint.classList.toggle("short", lacking > 0 && all.of > 0);
  the(element, ".tally-undo").disabled = !taps.length;
  for (const row of element.querySelectorAll(".tally-class")) {
    const count = counts[row.getAttribute("data-class") ?? ""] ?? { yes: 0, of: 0 };
    say(the(row, ".tally-share"), count.of ? `${count.yes}/${count.of} · ${share(count)}` : "");
    say(the(row, ".count-yes b"), String(count.yes));
    say(the(row, ".count-no b"), String(count.of - count.yes));
  }
}
