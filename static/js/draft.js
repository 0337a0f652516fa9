// Answers kept over a reload: opening the camera reloads the page on many phones. Photos are not kept here.

/**
 * @typedef {object} Draft
 * @property {string} id of the inspection
 * @property {string} version of the checklist
 * @property {string} startedAt
 * @property {Record<string, string>} fields form field to value
 * @property {Record<string, number>} watches item to milliseconds watched
 * @property {number} photos how many photos were on the page, which are lost
 */

const key = (inspector, site) => `inspect.draft.${inspector}.${site}`;

/**
 * @param {string} inspector
 * @param {string} site
 * @returns {Draft|null}
 */
export function loadDraft(inspector, site) {
  try {
    const draft = JSON.parse(localStorage.getItem(key(inspector, site)) ?? "null");
    return draft && typeof draft.fields === "object" && typeof draft.id === "string" ? draft : null;
  } catch {
    return null;
  }
}

/**
 * @param {string} inspector
 * @param {string} site
 * @param {Draft} draft
 * @returns {boolean} whether it is kept; false in private windows and where the storage is full
 */
export function saveDraft(inspector, site, draft) {
  try {
    localStorage.setItem(key(inspector, site), JSON.stringify(draft));
    return true;
  } catch {
    return false;
  }
}

/**
 * @param {string} inspector
 * @param {string} site
 */
export function dropDraft(inspector, site) {
  try {
    localStorage.removeItem(key(inspector, site));
  } catch {
    // Storage that cannot be reached holds no draft.
  }
}
