// 合格 or 不合格.

import { check } from "../../fields.js";

/** @type {import("../methods.js").Method} */
export const method = {
  read: (read) => read("value") || undefined,
  failed: (value) => value === "fail",
  fine: (element) => check(element, "input[type=radio][value=pass]"),
};
