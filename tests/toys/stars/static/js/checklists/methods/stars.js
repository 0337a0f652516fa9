// One to five stars.

import { check } from "../../fields.js";
import { number } from "../typed.js";

/** @type {import("../methods.js").Method} */
export const method = {
  read: (read) => (read("value") === "na" ? "na" : number(read("value"))),
  failed: (value, rule) => value < rule.full_from,
  fine: (element) => check(element, 'input[type=radio][value="5"]'),
};
