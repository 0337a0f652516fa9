// The time by the server's clock, as far as this page knows it. Phone clocks are wrong or changed; the server says its
// time in the page, so what the page adds is only the time that the page took to arrive.

let offsetMs = 0;

/**
 * Take the server's clock as the right one.
 * @param {string} serverNow ISO instant, written when the page was made
 */
export function anchor(serverNow) {
  offsetMs = Date.parse(serverNow) - Date.now();
}

/**
 * An instant as sent to the server.
 * @param {number} phoneMs milliseconds by the phone's clock
 * @returns {string} ISO 8601 in UTC
 */
export function instant(phoneMs = Date.now()) {
  return new Date(phoneMs + offsetMs).toISOString();
}

/**
 * @param {number} seconds
 * @returns {string} for example 03:07, or 1:03:07
 */
export function duration(seconds) {
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, Math.floor(seconds) % 60];
  const shown = parts[0] ? parts : parts.slice(1);
  return shown.map((part, index) => (index === 0 && parts[0] ? String(part) : String(part).padStart(2, "0"))).join(":");
}
