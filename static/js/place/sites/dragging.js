// Rows of a list put elsewhere by dragging a handle, by finger or mouse. Rows stay where they are until they are let go;
// a line shows where the row will be.

/** What stays on the screen there, and a little more. */
const EDGE_PX = { top: 90, bottom: 140 };
const SCROLL_PX = 14;
const LINES = ["drop-above", "drop-below"];

/**
 * @param {HTMLElement} list its children are the rows
 * @param {string} handle selector of what is taken hold of; its style has `touch-action: none`
 * @param {(from: number, to: number) => void} dropped indexes, the second one counted without the row
 */
export function beginDragging(list, handle, dropped) {
  /** @type {{row: HTMLElement, pointer: number, startY: number, y: number, to: number}|null} */
  let drag = null;
  const rows = () => /** @type {HTMLElement[]} */ ([...list.children]);

  list.addEventListener("pointerdown", (event) => {
    const held = /** @type {Element} */ (event.target).closest(handle);
    const row = /** @type {HTMLElement|null|undefined} */ (held?.closest("li"));
    if (!held || !row || event.button !== 0 || drag) return;
    event.preventDefault();
    held.setPointerCapture(event.pointerId);
    drag = { row, pointer: event.pointerId, startY: event.clientY + scrollY, y: event.clientY, to: rows().indexOf(row) };
    row.classList.add("dragged");
    requestAnimationFrame(follow);
  });
  list.addEventListener("pointermove", (event) => {
    if (drag?.pointer === event.pointerId) drag.y = event.clientY;
  });
  list.addEventListener("pointerup", (event) => drag?.pointer === event.pointerId && end(true));
  list.addEventListener("pointercancel", (event) => drag?.pointer === event.pointerId && end(false));
  addEventListener("keydown", (event) => event.key === "Escape" && drag && end(false));

  function follow() {
    if (!drag) return;
    const { row, y, startY } = drag;
    if (y < EDGE_PX.top) scrollBy(0, -SCROLL_PX);
    else if (y > innerHeight - EDGE_PX.bottom) scrollBy(0, SCROLL_PX);
    row.style.transform = `translateY(${y + scrollY - startY}px)`;
    mark();
    requestAnimationFrame(follow);
  }

  /** Where the row would be: after all whose middle is above the finger. */
  function mark() {
    if (!drag) return;
    const { row, y } = drag;
    const others = rows().filter((one) => one !== row && !one.hidden);
    const above = others.filter((one) => one.getBoundingClientRect().top + one.offsetHeight / 2 < y);
    const [last, next] = [above[above.length - 1], others[above.length]];
    const all = rows().filter((one) => one !== row);
    drag.to = last ? all.indexOf(last) + 1 : next ? all.indexOf(next) : 0;
    clear();
    if (last) last.classList.add("drop-below");
    else next?.classList.add("drop-above");
  }

  function clear() {
    for (const one of rows()) one.classList.remove(...LINES);
  }

  /** @param {boolean} take */
  function end(take) {
    if (!drag) return;
    mark();
    const { row, to } = drag;
    const from = rows().indexOf(row);
    drag = null;
    clear();
    row.classList.remove("dragged");
    row.style.transform = "";
    if (take && to !== from) dropped(from, to);
  }
}
