// What the server found wrong, and which item it is about.

/** @typedef {{where: string, what: string, path?: (string|number)[], code?: string}} Problem as the server tells it */

/** The code of a problem that a photo, or a reason why there is none, would mend. */
export const PHOTO_WANTED = "submission.photo_wanted";

/**
 * @param {Problem} problem
 * @param {import("./checklists/answers.js").Item[]} items
 * @param {string[]} photoItems the item of each photo in the order sent
 * @returns {string} the item's id; "" where the problem is about none
 */
export function itemOf({ path = [] }, items, photoItems) {
  const [part, of] = path;
  if (part === "photos") return photoItems[Number(of)] ?? "";
  return part === "answers" && items.some((item) => item.id === of) ? String(of) : "";
}
