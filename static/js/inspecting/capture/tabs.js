// One form that is open in several pages of this phone is one draft: what is entered in one comes into the others, and what
// was handed over in one is not handed over again in another. Transactions of the storage decide, which every browser has.

import { the } from "../../fields.js";
import { rooted } from "../../root.js";
import { lookAtDraft, shareDraft } from "../storage/drafts.js";
import { showMessage } from "./bar.js";

/** @typedef {import("../storage/drafts.js").Draft} Draft */

const SENT = "这一份已在另一个页面交出，本页之后填的没有提交。要再测一次，请刷新本页。";

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

  /** @param {Draft} other */
  function joined(other) {
    fresh = false;
    return (joining ??= join(other));
  }

  function ended() {
    handed.over = true;
    the(document, "#submit").disabled = true;
    the(document, "#submit").textContent = "已交出";
    the(document, "#items").inert = true;
    the(document, "#draft-notice").hidden = true;
    showMessage(SENT, { failed: true, link: { href: outbox, text: "到「待发」看它" } });
  }

  /** @param {Draft} draft @returns {Promise<void>} rejected where another page has handed it over */
  async function save(draft) {
    const { kept, changed, other, sent } = await shareDraft(draft, fresh);
    if (other) {
      await joined(other);
      return save(draftNow());
    }
    if (sent) {
      ended();
      throw new Error(SENT);
    }
    fresh = false;
    if (kept && changed) await merge(draft, kept);
  }

  async function look() {
    if (document.hidden || handed.over) return;
    const { changed, other, sent } = await lookAtDraft(draftNow(), fresh);
    if (handed.over) return;
    if (other) await joined(other);
    else if (sent) ended();
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
      const { onOutboxChange } = await import("../storage/outbox.js");
      onOutboxChange(shown);
    },
  };
}
