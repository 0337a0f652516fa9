// Drawing and dragging with a finger.

/**
 * What a finger does on an element is the page's alone. Otherwise the browser takes a quick stroke for a fling, though
 * nothing can be scrolled there, and swallows the next tap, which is to end the fling.
 * @param {Element} element on which nothing is scrolled, zoomed or tapped by the browser
 */
export const takeFingers = (element) =>
  element.addEventListener("touchstart", (event) => event.preventDefault(), { passive: false });
