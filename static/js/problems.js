// What the server found wrong, and which item it is about.

/**
 * @param {{where: string, what: string}} problem
 * @param {import("./checklists/answers.js").Item[]} items
 * @param {string[]} photoItems the item of each photo in the order sent
 * @returns {string} the item's id; "" where the problem is about none
 */
export function itemOf(problem, items, photoItems) {
  const photo = /^第(\d+)张照片/.exec(problem.where);
  if (photo) return photoItems[Number(photo[1]) - 1] ?? "";
  const named =
    items.find((item) => new RegExp(`[(\\uff08]${item.id}[)\\uff09]`).test(problem.where)) ??
    items.find((item) => problem.where.includes(`「${item.text}」`));
  return named?.id ?? "";
}
