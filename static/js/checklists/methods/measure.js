// A number that is to lie within bounds.

import { number } from "../typed.js";

/** @type {import("../methods.js").Method} */
export const method = {
  read: (read) => number(read("value")),
  problem: (value) => (Number.isFinite(value) ? "" : "请填写数字"),
  failed: (value, rule) =>
    (rule.at_least !== null && value < rule.at_least) || (rule.at_most !== null && value > rule.at_most),
};
