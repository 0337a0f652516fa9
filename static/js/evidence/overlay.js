// An earlier photo laid over a new one: the range says how much of it is seen.

/** @param {HTMLElement} section */
function blend(section) {
  const figure = /** @type {HTMLElement | null} */ (section.querySelector(".reuse-blend"));
  const range = section.querySelector("input");
  const over = /** @type {HTMLElement | null} */ (section.querySelector(".reuse-over"));
  if (!figure || !range || !over) return;
  figure.hidden = false;
  const show = () => over.style.setProperty("opacity", String(Number(range.value) / 100));
  range.addEventListener("input", show);
  show();
}

for (const section of document.querySelectorAll("[data-overlay]")) blend(/** @type {HTMLElement} */ (section));
