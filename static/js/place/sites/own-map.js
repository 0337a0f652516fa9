// The map of one's own sites, over the list. All of it is loaded at the first tap; the service worker keeps it for work
// without a network.

import { arriving } from "../../arriving.js";
import { openDialog } from "../../dialog.js";
import { the } from "../../fields.js";
import { stylesheet } from "../../stylesheet.js";

/** @type {Promise<{open: () => void}>|null} */
let map = null;

export async function openMap() {
  const dialog = /** @type {HTMLDialogElement} */ (the(document, "#own-map"));
  await stylesheet("place/own-map.css");
  openDialog(dialog);
  try {
    map ??= load(dialog);
    (await map).open();
  } catch (error) {
    map = null;
    the(dialog, ".own-map-state").textContent = "地图没有载全，请联网后关闭再打开，还是不行就刷新本页";
    console.warn(error);
  }
}

/** Leaflet is a script that sets a global, which our module reads when it is loaded. @param {HTMLDialogElement} dialog */
async function load(dialog) {
  const { script = "", styles = "" } = dialog.dataset;
  const sheets = styles.split(" ").map((href) => arrived(Object.assign(document.createElement("link"), { rel: "stylesheet", href })));
  await Promise.all([...sheets, arrived(Object.assign(document.createElement("script"), { src: script }))]);
  return (await arriving(() => import("../map/own.js"))).beginOwnMap(dialog);
}

/** @param {HTMLElement} element */
function arrived(element) {
  return new Promise((resolve, reject) => {
    element.onload = resolve;
    element.onerror = () => reject(new Error("没有载全"));
    document.head.append(element);
  });
}
