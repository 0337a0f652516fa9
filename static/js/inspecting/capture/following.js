// What becomes of an inspection after it was finished, told on its own page.

import { storage } from "../storage/database.js";
import { mediaWord, onOutboxChange } from "../storage/outbox.js";

/** @typedef {import("../storage/outbox.js").OutboxItem} OutboxItem */

/**
 * @param {string} id
 * @param {(item: OutboxItem, sending: string) => void} told of each change, until it is confirmed or refused
 */
export function follow(id, told) {
  let ended = false;
  const look = async () => {
    const db = await storage();
    const item = await db.get("outbox", id);
    if (!item || ended) return;
    ended = item.state === "confirmed" || item.state === "refused";
    told(item, (await db.get("kept", "sending"))?.value.state ?? "");
  };
  onOutboxChange(look);
  look();
}

/**
 * @param {OutboxItem} item that is neither confirmed nor refused
 * @param {string} sending what sending is doing
 * @returns {string} for the inspector
 */
export function progressText(item, sending) {
  const sent = item.media.filter((part) => part.sent).length;
  const photos = item.media.length ? `${mediaWord(item.media)} ${sent}/${item.media.length} 已上传` : "";
  if (sending === "offline") return `没有网络，已存入「待发」，有信号时自动发送。${photos}`;
  if (sending === "signin") return `登录已过期，内容已存入「待发」，登录后自动发送。${photos}`;
  if (sending === "trouble" || (item.state === "waiting" && item.problem)) {
    return `${item.problem || "服务器暂时有问题"}。已存入「待发」，会自动重试。${photos}`;
  }
  return `正在发送… ${photos}`;
}
