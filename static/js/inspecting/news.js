// What is new, above the list: opening it tells the server that it was looked at. Where that does not arrive, it is new
// again on the next page that comes over the network.

import { remember, remembered } from "../place/sites/remembered.js";

const SEEN = "inspect.news";

/** @param {HTMLDetailsElement|null} news */
export function beginNews(news) {
  if (!news) return;
  const mark = news.dataset.mark ?? "";
  const show = () => news.classList.toggle("news-seen", remembered(localStorage, SEEN) === mark);
  show();
  news.addEventListener("toggle", () => {
    if (!news.open) return;
    remember(localStorage, SEEN, mark);
    show();
    void tell(/** @type {HTMLFormElement} */ (news.querySelector("form")));
  });
}

/** @param {HTMLFormElement} form */
async function tell(form) {
  await fetch(form.action, { method: "POST", body: new FormData(form), redirect: "manual", keepalive: true }).catch(() => undefined);
}
