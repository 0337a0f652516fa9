// The outbox page: what sending is doing, each inspection with its photos, and what can be done about those that are
// refused. Green is shown for what the server has confirmed with a receipt, and for nothing else.

import { arriving } from "../arriving.js";
import { openDialog } from "../dialog.js";
import { made, the } from "../fields.js";
import { newId } from "../hash.js";
import { rooted } from "../root.js";
import { kindOf } from "./kinds.js";
import { beginOffline, sendNow } from "./offline.js";
import { askToPersist, foretellSafety } from "./safety.js";
import { dropDraft } from "./storage/drafts.js";
import { discard, mediaWord, mend, onOutboxChange, outboxItems, retry } from "./storage/outbox.js";
import { describe, showSpace, space } from "./storage/space.js";
import { storage } from "./storage/database.js";

/** @typedef {import("./storage/outbox.js").OutboxItem} OutboxItem */

const page = JSON.parse(the(document, "#page-data").textContent);
const SENDING = {
  sending: "正在发送…",
  done: "没有等待发送的内容",
  offline: "等待网络，有信号时自动发送",
  trouble: "服务器暂时有问题，会自动重试",
  signin: "登录已过期，登录后自动发送",
  later: "部分内容稍后自动重试",
};
const STATES = { waiting: "等待发送", sending: "正在发送", refused: "没有被接收", confirmed: "已确认" };

let shown = "";
let looking = false;
let again = false;

async function begin() {
  document.documentElement.classList.add("scripted");
  the(document, "#send-now").addEventListener("click", () => {
    void askToPersist();
    sendNow({ patient: false });
  });
  the(document, "#export").addEventListener("click", () => exportAll());
  onOutboxChange(look);
  // With the list, not after it: a line that came later would push the buttons below it from under a finger.
  await Promise.all([look(), showRoom(), foretellSafety()]);
  await beginOffline();
  setInterval(look, 5000);
  // Only now: what signs an export is not what the page waits for.
  arriving(() => import("./storage/device-key.js")).then(({ register }) => register(page.inspector)).catch(() => undefined);
}

/** Read and show, one reading at a time however often something changes. */
async function look() {
  again = true;
  if (looking) return;
  looking = true;
  while (again) {
    again = false;
    const began = performance.now();
    await show();
    // Where there is much to show, most of the phone's time is left to the sending.
    await new Promise((resolve) => setTimeout(resolve, Math.max(150, 4 * (performance.now() - began))));
  }
  looking = false;
}

async function show() {
  const db = await storage();
  const items = await outboxItems();
  const drafts = (await db.list("drafts")).filter(({ inspector }) => inspector === page.inspector);
  const mine = items.filter(({ inspector }) => inspector === page.inspector).map((item) => summary(item));
  const open = mine.filter(({ state }) => state !== "confirmed");
  const sending = (await db.get("kept", "sending"))?.value.state ?? "";
  const signature = JSON.stringify([mine, drafts.map(({ id, updated_at }) => [id, updated_at]), sending]);
  showSending(open, mine, sending);
  showForeign(items.filter(({ inspector, state }) => inspector !== page.inspector && state !== "confirmed"));
  if (signature === shown) return;
  shown = signature;
  the(document, "#items").replaceChildren(...mine.reverse().map(itemLine));
  the(document, "#no-items").hidden = mine.length > 0;
  the(document, "#drafts").replaceChildren(...drafts.map(draftLine));
  the(document, "#no-drafts").hidden = drafts.length > 0;
}

/** What the page shows of an item; the record itself may be large. @param {OutboxItem} item */
function summary({ body, draft, receipt, ...rest }) {
  return { ...rest, received: /** @type {any} */ (receipt)?.received_at ?? "" };
}

function showSending(open, mine, sending) {
  const waiting = open.filter(({ state }) => state !== "refused");
  const state = waiting.length ? (SENDING[sending] ?? "等待发送") : open.length ? "有测评没有被接收，请处理" : SENDING.done;
  const line = the(document, "#sending-state");
  if (line.textContent !== state) line.replaceChildren(state, ...(sending === "signin" && waiting.length ? [" ", signInLink()] : []));
  const photos = mine.flatMap(({ media }) => media);
  const confirmed = mine.filter((item) => item.state === "confirmed").flatMap(({ media }) => media).length;
  const bar = the(document, "#total");
  bar.hidden = !photos.length;
  bar.max = photos.length || 1;
  bar.value = confirmed;
  the(document, "#total-text").textContent = photos.length ? `照片 ${confirmed}/${photos.length} 已确认` : "";
  the(document, "#send-now").disabled = !waiting.length;
}

function signInLink() {
  const link = /** @type {HTMLAnchorElement} */ (made("a", "", "去登录"));
  link.href = rooted(`/login?next=${rooted("/field/outbox")}`);
  return link;
}

/** Another inspector's work on the same phone is counted, not shown. */
function showForeign(items) {
  const counts = new Map();
  for (const { inspector } of items) counts.set(inspector, (counts.get(inspector) ?? 0) + 1);
  const line = the(document, "#foreign");
  line.hidden = !counts.size;
  line.textContent = [...counts].map(([name, count]) => `另一账号「${name}」有 ${count} 份，登录该账号后发送。`).join("");
}

function itemLine(item) {
  const line = made("li", `is-${item.state}`);
  const at = new Date(item.queued_at).toLocaleString("zh-CN", { dateStyle: "short", timeStyle: "short" });
  const sent = item.media.filter((part) => part.sent).length;
  line.append(made("h3", "", item.title), made("p", "hint number", `${at} 完成 · ${STATES[item.state]}`));
  if (item.state === "confirmed") {
    const received = new Date(item.received).toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit" });
    const photos = item.media.length ? `${sent}/${item.media.length} ${mediaWord(item.media)}已确认` : "服务器已确认";
    line.append(made("p", "confirmed number", `✓ ${photos} · 服务器 ${received} 收到`));
    if (item.page) line.append(link(item.page, "查看结果"));
    return line;
  }
  if (item.media.length) line.append(made("p", "number", `${mediaWord(item.media)} ${sent}/${item.media.length} 已上传`));
  if (item.problem) line.append(made("p", item.state === "refused" ? "problem" : "hint", item.problem + pause(item)));
  if (item.problems.length) {
    const list = made("ul", "hint");
    list.append(...item.problems.slice(0, 5).map(({ where, what }) => made("li", "", `${where}：${what}`)));
    line.append(list);
  }
  if (item.state === "refused" && item.held && !isTakenOver(item)) line.append(made("p", "hint", "办公室已收到这一份，连同上面已上传的照片，会处理；能改的请改正后再发。"));
  line.append(actions(item));
  return line;
}

function pause({ state, not_before }) {
  const seconds = Math.round((not_before - Date.now()) / 1000);
  return state === "waiting" && seconds > 0 ? `（约 ${seconds} 秒后重试）` : "";
}

function actions(item) {
  const line = made("p", "actions");
  if (item.state === "refused" && !isTakenOver(item)) {
    line.append(button("改正", () => change(item)), button("重新发送", () => resend(item.id)));
  }
  line.append(button("导出", () => exportAll(item.id)));
  if (item.state === "refused") line.append(button("删除", () => remove(item)));
  return line;
}

/** The office has made a visit of it: under an id of its own it would be a second one. */
const isTakenOver = ({ problems }) => problems.some(({ code }) => code === "submission.taken_over");

/** Another inspection under the same id is with the server: the mended one needs an id of its own. */
async function change(item) {
  const draft = await mend(item.id, item.status === 409 ? newId() : item.id);
  if (draft) location.assign(kindOf(item.kind).page(item.site, draft.version));
}

async function resend(id) {
  await retry(id);
  sendNow({ patient: false });
}

async function remove(item) {
  const lost = item.media.length ? `和它的 ${item.media.length} 张照片` : "";
  const where = item.held ? "办公室已有这一份，手机上的删除后不能恢复。" : "服务器没有收到它，删除后不能恢复。";
  if (await sure(`删除「${item.title}」${lost}？${where}`)) await discard(item.id);
}

function draftLine(draft) {
  const line = made("li", "");
  const at = new Date(draft.updated_at).toLocaleString("zh-CN", { dateStyle: "short", timeStyle: "short" });
  const buttons = made("p", "actions");
  buttons.append(link(kindOf(draft.kind).page(draft.site, draft.version), "继续", "button"));
  buttons.append(
    button("删除", async () => {
      if (!(await sure(`删除「${draft.title}」的草稿和它的照片？删除后不能恢复。`))) return;
      await dropDraft(draft.id);
      look();
    }),
  );
  line.append(made("h3", "", draft.title), made("p", "hint number", `最后改动 ${at}`), buttons);
  return line;
}

/** @returns {Promise<boolean>} */
function sure(question) {
  const dialog = the(document, "#sure");
  the(document, "#sure-text").textContent = question;
  dialog.returnValue = "no";
  openDialog(dialog);
  return new Promise((resolve) => dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true }));
}

/** @param {string} [id] of one inspection; everything where it is missing */
async function exportAll(id) {
  const state = the(document, "#export-state");
  const tell = (text) => (state.textContent = text);
  tell("正在准备…");
  try {
    const { archive, share } = await arriving(() => import("./storage/archive.js"));
    await share(await archive(page.inspector, id, (done, of) => tell(`正在读取照片 ${done}/${of}…`)));
    tell("已导出。请确认文件已保存，再清理手机。");
  } catch (error) {
    tell(`没有导出：${error instanceof Error ? error.message : error}`);
  }
}

async function showRoom() {
  const { persisted, left } = describe(await space());
  the(document, "#persisted").textContent = persisted;
  the(document, "#space").textContent = left;
  await showSpace();
}

function button(text, act) {
  const element = made("button", "button button-small", text);
  element.setAttribute("type", "button");
  element.addEventListener("click", act);
  return element;
}

function link(href, text, className = "") {
  const element = /** @type {HTMLAnchorElement} */ (made("a", className, text));
  element.href = href;
  return element;
}

begin();
