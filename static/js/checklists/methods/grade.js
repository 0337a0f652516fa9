// A grade out of a table.

import { check } from "../../fields.js";

/** @type {import("../methods.js").Method} */
export const method = {
  read: (read) => read("value") || undefined,
  failed: (value, rule) => (rule.grades.find((grade) => grade.key === value)?.score ?? 1) < 1,
  fine(element, { rule }) {
    const best = [...rule.grades].sort((a, b) => b.score - a.score)[0].key;
    check(element, `input[type=radio][value="${CSS.escape(best)}"]`);
  },
};
