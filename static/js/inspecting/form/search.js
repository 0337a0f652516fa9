// Finding items of a long checklist by words or clause number. Hidden items keep their answers and are sent as well.

import { the } from "../../fields.js";

/**
 * A text as it is compared: full-width letters, digits and brackets as half-width ones, small letters.
 * @param {string} text
 */
export function plain(text) {
  return text.normalize("NFKC").toLowerCase();
}

/**
 * Show the items that each word of the query stands in; all where it is empty.
 * @param {{id: string, text: string, guidance: string, clauses: string[], units: string[]}[]} items
 * @param {(id: string) => HTMLElement} elementOf
 */
export function beginSearch(items, elementOf) {
  const field = /** @type {HTMLInputElement} */ (the(document, "#item-search"));
  const hay = new Map(
    items.map((item) => [item.id, plain([item.text, item.guidance, ...item.clauses, ...item.units].join("\n"))]),
  );
  const show = () => {
    const words = plain(field.value).split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const [id, text] of hay) {
      const fits = words.every((word) => text.includes(word));
      elementOf(id).hidden = !fits;
      shown += Number(fits);
    }
    the(document, "#item-search-result").textContent = words.length ? `显示 ${shown}/${items.length} 项` : "";
  };
  field.addEventListener("input", (event) => {
    event.stopPropagation();
    show();
  });
  return {
    /** Show all items again, so that none stays out of sight when it needs attention. */
    clear() {
      if (!field.value) return;
      field.value = "";
      show();
    },
  };
}
