// What this phone still has of each site: a draft that is not finished, an inspection that is not sent.

import { edited } from "../../edits.js";
import { keptSession } from "../../inspecting/sending/session.js";
import { storage } from "../../inspecting/storage/database.js";
import { onOutboxChange } from "../../inspecting/storage/outbox.js";
import { keptToday } from "../../inspecting/today.js";

/** @typedef {"draft"|"waiting"|"refused"} Mark */

/** @type {Record<Mark, {text: string, kind: string}>} */
const MARKS = {
  draft: { text: "未完", kind: "badge-warn" },
  waiting: { text: "待发", kind: "badge-warn" },
  refused: { text: "未被接收", kind: "badge-bad" },
};

const SOON_MS = 300;

/**
 * The marks of each site. Pure.
 * @param {{inspector: string, site: string}[]} drafts
 * @param {{inspector: string, site: string, state: string}[]} outbox
 * @param {string} inspector
 * @returns {Map<string, Set<Mark>>}
 */
export function marksOf(drafts, outbox, inspector) {
  /** @type {Map<string, Set<Mark>>} */
  const marks = new Map();
  /** @param {{inspector: string, site: string}} one @param {Mark} mark */
  const add = (one, mark) => {
    if (!one.site || one.inspector !== inspector) return;
    marks.set(one.site, (marks.get(one.site) ?? new Set()).add(mark));
  };
  for (const draft of drafts) add(draft, "draft");
  for (const item of outbox) {
    if (item.state !== "confirmed") add(item, item.state === "refused" ? "refused" : "waiting");
  }
  return marks;
}

/**
 * Show the marks in the rows, now and after each change.
 * @param {Map<string, HTMLElement>} rows site code to its row
 */
export function beginMarks(rows) {
  /** @type {import("../../edits.js").Edited<Map<string, Set<Mark>>>} */
  const shown = edited(new Map());
  async function show() {
    const take = shown.ask();
    const db = await storage();
    const inspector = (await keptSession())?.user ?? (await keptToday())?.inspector ?? "";
    const marks = marksOf(await db.list("drafts"), await db.list("outbox"), inspector);
    const before = shown.now();
    if (!take(marks)) return;
    for (const code of new Set([...before.keys(), ...marks.keys()])) showMarks(rows.get(code), [...(marks.get(code) ?? [])]);
  }
  let soon = 0;
  // While photos are being sent there is a change with each.
  onOutboxChange(() => {
    clearTimeout(soon);
    soon = setTimeout(show, SOON_MS);
  });
  addEventListener("pageshow", show);
  document.addEventListener("visibilitychange", () => document.hidden || show());
  show();
}

/** @param {HTMLElement|undefined} row @param {Mark[]} marks */
function showMarks(row, marks) {
  const facts = row?.querySelector(".site-facts");
  if (!facts) return;
  for (const old of facts.querySelectorAll(".site-mark")) old.remove();
  for (const mark of marks) {
    const badge = document.createElement("span");
    badge.className = `badge ${MARKS[mark].kind} site-mark`;
    badge.textContent = MARKS[mark].text;
    facts.append(badge);
  }
}
