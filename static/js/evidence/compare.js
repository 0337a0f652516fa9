// Before and after in one frame: what is left of the handle is before, what is right of it after.

/** @param {HTMLElement} figure */
function compare(figure) {
  const range = figure.querySelector("input");
  if (!range) return;
  figure.classList.add("compare-live");
  range.hidden = false;
  const show = () => figure.style.setProperty("--split", `${range.value}%`);
  range.addEventListener("input", show);
  show();
}

for (const figure of document.querySelectorAll("[data-compare]")) compare(/** @type {HTMLElement} */ (figure));
