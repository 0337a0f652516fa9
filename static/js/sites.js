// The site list, narrowed while typing. Without this script the server does the same.

import { beginOffline, refreshOffline } from "./offline.js";

const finder = document.querySelector(".finder");
if (finder instanceof HTMLFormElement) begin(finder);

/** @param {HTMLFormElement} form */
function begin(form) {
  const words = /** @type {HTMLInputElement} */ (form.elements.namedItem("q"));
  const chips = /** @type {NodeListOf<HTMLAnchorElement>} */ (document.querySelectorAll(".chip"));
  document.documentElement.classList.add("scripted");
  let type = document.querySelector(".chip[aria-current]")?.getAttribute("data-type") ?? "";

  const narrow = () => {
    show(words.value.toLowerCase().split(/\s+/).filter(Boolean), type);
    const address = new URL(location.href);
    set(address, "q", words.value.trim());
    set(address, "type", type);
    history.replaceState(null, "", address);
  };
  words.addEventListener("input", narrow);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    words.blur();
    narrow();
  });
  for (const chip of chips) {
    chip.addEventListener("click", (event) => {
      event.preventDefault();
      type = chip.dataset.type ?? "";
      for (const other of chips) other.removeAttribute("aria-current");
      chip.setAttribute("aria-current", "true");
      narrow();
    });
  }
}

/**
 * @param {string[]} words all must occur
 * @param {string} type site type, or "" for all
 */
function show(words, type) {
  let found = 0;
  for (const area of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(".area"))) {
    let shown = 0;
    for (const line of /** @type {NodeListOf<HTMLElement>} */ (area.querySelectorAll("li"))) {
      const { type: own = "", text = "" } = line.dataset;
      line.hidden = (type !== "" && own !== type) || !words.every((word) => text.includes(word));
      shown += line.hidden ? 0 : 1;
    }
    area.hidden = shown === 0;
    found += shown;
  }
  document.getElementById("nothing")?.toggleAttribute("hidden", found > 0);
  const told = document.getElementById("found");
  if (told) told.textContent = `找到 ${found} 个点位`;
}

/** @param {URL} address */
function set(address, name, value) {
  if (value) address.searchParams.set(name, value);
  else address.searchParams.delete(name);
}

beginOffline().then(refreshOffline);
