// Marks on the photos of a page that the server has drawn up.

import { lay } from "./overlay.js";

/** @type {NodeListOf<HTMLImageElement>} */
const pictures = document.querySelectorAll("img[data-marks]");
for (const picture of pictures) lay(picture, JSON.parse(picture.dataset.marks ?? "[]"));
