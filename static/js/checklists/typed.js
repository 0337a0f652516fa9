// What was typed into the fields of an item.

/**
 * The name of an item's field.
 * @param {{id: string}} item
 * @param {...string} rest names of its parts
 */
export const fieldName = (item, ...rest) => ["answers", item.id, ...rest].join(".");

/**
 * @param {string} text
 * @returns {number|undefined} undefined where nothing was typed, NaN where it is no number
 */
export const number = (text) => (text === "" ? undefined : Number(text));
