// Handing a finished form over to the outbox, and telling what becomes of it while its page is open.

import { mediaWord, mend, queue } from "../storage/outbox.js";
import { showMessage, showSending } from "./bar.js";
import { the } from "../../fields.js";
import { follow, progressText } from "./following.js";

/** @typedef {import("../../evidence/camera.js").Photo} Photo */
/** @typedef {import("../storage/drafts.js").Draft} Draft */
/** @typedef {import("../storage/drafts.js").Media} Media */
/** @typedef {import("../storage/outbox.js").OutboxItem} OutboxItem */

/**
 * @param {object} options
 * @param {() => Draft} options.draftNow
 * @param {ReturnType<typeof import("./keeping.js").beginKeeping>} options.keeping
 * @param {ReturnType<typeof import("./photos.js").beginPhotos>} options.photos
 * @param {ReturnType<typeof import("./speaking.js").beginSpeaking>} options.spoken
 * @param {(draft: Draft, media: Media[]) => object} options.recordOf as the server takes it
 * @param {(photo: Photo, problem: string) => void} options.unreadable
 * @param {(item: OutboxItem) => void} options.confirmed
 * @param {(item: OutboxItem) => void} options.refused the draft is back and can be mended
 * @param {{href: string, text: string}} options.next where to go while it is on its way
 * @param {string} [options.outbox] address of the page that lists what waits to be sent
 */
export function beginHandingOver({ draftNow, keeping, photos, spoken, recordOf, unreadable, confirmed, refused, next, outbox = "/field/outbox" }) {
  let over = false;
  /** @type {string[]} */
  let acknowledged = [];

  /** @param {() => boolean} whole asked once all photos are ready */
  async function handOver(whole) {
    const { askToPersist, sendNow } = await import("../offline.js");
    await askToPersist();
    await spoken.settled();
    const broken = await photos.settled();
    await keeping.settled();
    if (broken || !whole()) {
      showSending(false);
      return broken && unreadable(broken, broken.problem || "手机读不出这张照片，请移除后重拍");
    }
    const draft = draftNow();
    const parts = [...photos.all().map(({ media }) => media), ...spoken.all()];
    await keeping.save(...parts);
    over = true;
    try {
      await queue(draft, recordOf(draft, parts), parts);
    } catch (error) {
      over = false;
      throw error;
    }
    the(document, "#draft-notice").hidden = true;
    follow(draft.id, tell);
    await sendNow({ patient: false });
  }

  /** @param {OutboxItem} item @param {string} sending */
  function tell(item, sending) {
    if (item.state === "confirmed") return confirmed(item);
    if (item.state === "refused") return comeBack(item);
    const signin = sending === "signin";
    const link = signin ? { href: `/login?next=${outbox}`, text: "去登录" } : next;
    return showMessage(progressText(item, sending), { failed: signin, link });
  }

  /** Back from the outbox: the inspector is still here. @param {OutboxItem} item */
  async function comeBack(item) {
    if (item.status === 409 || !item.draft) {
      const link = { href: outbox, text: "到「待发」处理" };
      return showMessage(`没有提交成功：${item.problem}`, { failed: true, link });
    }
    acknowledged = (await mend(item.id))?.acknowledged ?? [];
    over = false;
    showSending(false);
    return refused(item);
  }

  return {
    /** Whether the form is in the outbox: its draft is not written any more. */
    isOver: () => over,
    /** SHA-256 of photos that the server has from an earlier try. */
    acknowledged: () => acknowledged,
    /** @param {Draft} draft that is taken up again */
    resume(draft) {
      acknowledged = draft.acknowledged ?? [];
    },
    /** @param {() => boolean} [whole] asked once all photos are ready */
    async finish(whole = () => true) {
      showSending(true);
      showMessage("正在存入手机…");
      try {
        await handOver(whole);
      } catch (error) {
        showSending(false);
        showMessage(`没有提交：${error instanceof Error ? error.message : error}`, { failed: true });
      }
    },
  };
}

/** @param {OutboxItem} item @returns {string} how many of its photos the server has confirmed, for the inspector */
export const confirmedText = ({ media }) => `已提交。${media.length ? `${media.length}/${media.length} ${mediaWord(media)}已确认。` : "服务器已确认。"}`;
