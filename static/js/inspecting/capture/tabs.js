// One form that is open in several pages of this phone is one draft: what is entered in one comes into the others, and what
// was handed over in one is not handed over again in another. Transactions of the storage decide, which every browser has.

import { arriving } from "../../arriving.js";
import { the } from "../../fields.js";
import { rooted } from "../../root.js";
import { asShown, lookAtDraft, shareDraft, tookIn } from "../storage/drafts.js";
import { showMessage } from "./bar.js";

/** @typedef {import("../storage/drafts.js").Draft} Draft */

const SENT = "这一份已在另一个页面交出，本页之后填的没有提交。要再测一次，请刷新本页。";
const GONE = "这一份已在另一个页面清空或删除，本页的内容不再保存。要重新填，请刷新本页。";

/**
 * @param {object} options
 * @param {() => Draft} options.draftNow
 * @param {import("./handing.js").Handed} options.handed changed in place
 * @param {(draft: Draft) => Promise<void>} options.join goes on with what another page has founded
 * @param {(was: Draft, kept: Draft) => Promise<void>} options.merge shows what another page has changed
 * @param {string} [options.outbox] address of the page that lists what waits to be sent
 */
export function beginTabs({ draftNow, handed, join, merge, outbox = rooted("/field/outbox") }) {
  /** Whether this page has begun a draft that nobody has written yet. */
  let fresh = false;
  /** @type {() => Promise<any>} */
  let keep = async () => undefined;

  /** Once, whoever finds it first. @type {Promise<void>|null} */
  let joining = null;

  /** Until it has joined the page goes on as one that has written nothing. @param {Draft} other @returns {Promise<void>} */
  async function joined(other) {
    if (!fresh) return;
    joining ??= join(other)
      .then(() => void (fresh = false))
      .finally(() => (joining = null));
    await joining;
  }

  /** @param {boolean|undefined} sent @returns {string} what is said of it */
  function ended(sent) {
    handed.over = true;
    the(document, "#submit").disabled = true;
    the(document, "#submit").textContent = sent ? "已交出" : "已清空";
    the(document, "#items").inert = true;
    the(document, "#draft-notice").hidden = true;
    const text = sent ? SENT : GONE;
    showMessage(text, { failed: true, ...(sent && { link: { href: outbox, text: "到「待发」看它" } }) });
    return text;
  }

  /** @param {Draft} draft @returns {Promise<void>} rejected where another page has handed it over or dropped it */
  async function save(draft) {
    const { kept, changed, other, sent, gone } = await shareDraft(draft, fresh);
    if (other) {
      await joined(other);
      return save(draftNow());
    }
    if (sent || gone) throw new Error(ended(sent));
    fresh = false;
    if (!kept || !changed) return;
    await merge(draft, kept);
    tookIn(asShown(draft, kept, draftNow()));
  }

  async function look() {
    if (document.hidden || handed.over) return;
    const { changed, other, sent, gone } = await lookAtDraft(draftNow(), fresh);
    if (handed.over) return;
    if (other) await joined(other);
    else if (sent || gone) ended(sent);
    else if (changed) await keep();
  }

  const shown = () => void look().catch(() => undefined);

  return {
    save,
    /** The page has begun a draft of its own. */
    found: () => void (fresh = true),
    /** Look at what other pages have done whenever this one is shown. @param {() => Promise<any>} keeps writes and merges */
    listen(keeps) {
      keep = keeps;
      document.addEventListener("visibilitychange", shown);
      addEventListener("pageshow", shown);
    },
    /** Be told at once where the browser can: its module is on the page by now. */
    async hear() {
      const { onOutboxChange } = await arriving(() => import("../storage/outbox.js"));
      onOutboxChange(shown);
    },
  };
}
