// The remarks of a page; what helps to write them is loaded when the first is opened.

import { arriving } from "../arriving.js";

/**
 * @typedef {object} Remarks
 * @property {string} owner who is signed in
 * @property {{id: string, items: {id: string, phrases?: string[]}[]}} checklist
 * @property {(remark: Element) => string} itemOf the item that a remark is about; "" where none is chosen
 */

/** @param {HTMLFormElement} form @param {Remarks} remarks */
export function beginRemarks(form, remarks) {
  /** @type {Promise<(remark: HTMLTextAreaElement) => void>|null} */
  let loading = null;
  /** @param {Event} event */
  async function opened({ target }) {
    const remark = /** @type {Element} */ (target).closest(".note[open], .field")?.querySelector("textarea");
    if (!remark) return;
    loading ??= arriving(() => import("./remarks/tools.js")).then(({ beginTools }) => beginTools(form, remarks));
    await loading.then((open) => open(remark)).catch(() => (loading = null));
  }
  form.addEventListener("toggle", opened, true);
  form.addEventListener("focusin", opened);
}
