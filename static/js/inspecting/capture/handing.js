// Handing a finished form over to the outbox, and telling what becomes of it while its page is open.

import { the } from "../../fields.js";
import { rooted } from "../../root.js";
import { sendNow } from "../offline.js";
import { askToPersist } from "../safety.js";
import { stopHearing } from "../remarks/hearing.js";
import { inPage, storage } from "../storage/database.js";
import { mediaWord, mend, onOutboxChange, queue } from "../storage/outbox.js";
import { showHandedOver, showMessage, showSending } from "./bar.js";
import { presenceOf } from "./presence.js";

/** @typedef {import("../../evidence/camera.js").Photo} Photo */
/** @typedef {import("../storage/drafts.js").Draft} Draft */
/** @typedef {import("../storage/drafts.js").Media} Media */
/** @typedef {import("../storage/outbox.js").OutboxItem} OutboxItem */
/**
 * @typedef {object} Handed how far a page's form is
 * @property {boolean} over it is in the outbox: its draft is not written any more
 * @property {string[]} acknowledged SHA-256 of photos that the server has from an earlier try
 */
/**
 * @typedef {object} Options
 * @property {Handed} handed changed in place
 * @property {() => Draft} draftNow
 * @property {ReturnType<typeof import("./keeping.js").beginKeeping>} keeping
 * @property {ReturnType<typeof import("./photos.js").beginPhotos>} photos
 * @property {ReturnType<typeof import("./speaking.js").beginSpeaking>} spoken
 * @property {() => boolean} complete asked once all photos are ready
 * @property {boolean} [attended] whether its record says where the phone was meanwhile
 * @property {(draft: Draft, media: Media[], presence?: object) => object} recordOf as the server takes it
 * @property {(photo: Photo, problem: string) => void} unreadable
 * @property {(item: OutboxItem, text: string) => void} confirmed with what there is to tell
 * @property {(item: OutboxItem) => void} refused the draft is back and can be mended
 * @property {{href: string, text: string}} next where to go while it is on its way
 * @property {string} [outbox] address of the page that lists what waits to be sent
 */

/**
 * Hand the form over, once all that belongs to it is ready and kept. What is not part of it is not waited for: neither the
 * browser's promise to keep it (Firefox asks the user, who need not answer) nor anything that the server could add.
 * @param {Options} options
 */
export async function handOver(options) {
  const { handed, draftNow, keeping, photos, spoken, complete, attended, recordOf, unreadable } = options;
  void askToPersist();
  await stopHearing();
  await spoken.settled();
  const broken = await photos.settled();
  // What another page has entered in the same form is part of it; it may also have handed it over.
  await keeping.save();
  if (handed.over) return;
  if (broken || !complete()) {
    showSending(false);
    return broken && unreadable(broken, broken.problem || "手机读不出这张照片，请移除后重拍");
  }
  const presence = attended ? await presenceOf(draftNow()) : undefined;
  await keeping.save();
  if (handed.over) return;
  const draft = draftNow();
  const parts = [...photos.all().map(({ media }) => media), ...spoken.all()];
  handed.over = true;
  try {
    await queue(draft, recordOf(draft, parts, presence), parts);
  } catch (error) {
    handed.over = false;
    throw error;
  }
  showHandedOver();
  the(document, "#draft-notice").hidden = true;
  follow(draft.id, (item, sending) => tell(options, item, sending));
  await sendNow({ patient: false });
}

/** @param {Options} options @param {OutboxItem} item @param {string} sending */
function tell(options, item, sending) {
  if (item.state === "confirmed") return options.confirmed(item, confirmedText(item));
  if (item.state === "refused") return comeBack(options, item);
  const signin = sending === "signin";
  const link = signin ? { href: rooted(`/login?next=${outboxOf(options)}`), text: "去登录" } : options.next;
  return showMessage(progressText(item, sending), { failed: signin, link });
}

/** Back from the outbox: the inspector is still here. @param {Options} options @param {OutboxItem} item */
async function comeBack(options, item) {
  if (item.status === 409 || !item.draft) {
    const link = { href: outboxOf(options), text: "到「待发」处理" };
    return showMessage(`没有提交成功：${item.problem}`, { failed: true, link });
  }
  const { handed } = options;
  handed.acknowledged = (await mend(item.id))?.acknowledged ?? [];
  handed.over = false;
  showSending(false);
  return options.refused(item);
}

/** @param {Options} options */
const outboxOf = ({ outbox = rooted("/field/outbox") }) => outbox;

/** @param {OutboxItem} item @returns {string} how many of its photos the server has confirmed, for the inspector */
const confirmedText = ({ media }) => `已提交。${media.length ? `${media.length}/${media.length} ${mediaWord(media)}已确认。` : "服务器已确认。"}`;

/**
 * @param {string} id
 * @param {(item: OutboxItem, sending: string) => void} told of each change, until it is confirmed or refused
 */
function follow(id, told) {
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
function progressText(item, sending) {
  const sent = item.media.filter((part) => part.sent).length;
  const unkept = item.media.filter((part) => !part.sent && inPage.has(part.key)).length;
  const uploaded = item.media.length ? `${mediaWord(item.media)} ${sent}/${item.media.length} 已上传` : "";
  const photos = `${uploaded}${unkept ? `。${unkept} 张（段）没有存进手机，只在本页：发送完之前请不要关闭本页` : ""}`;
  if (sending === "offline") return `没有网络，已存入「待发」，有信号时自动发送。${photos}`;
  if (sending === "signin") return `登录已过期，内容已存入「待发」，登录后自动发送。${photos}`;
  if (sending === "trouble" || (item.state === "waiting" && item.problem)) {
    return `${item.problem || "服务器暂时有问题"}。已存入「待发」，会自动重试。${photos}`;
  }
  return `正在发送… ${photos}`;
}
