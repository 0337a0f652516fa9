// When to send: at once, when the network or the page comes back, and again after growing pauses. Nobody has to touch
// anything.

import { onOutboxChange, prune, retryAll } from "../storage/outbox.js";
import { drain, openItems, waitMs } from "./drain.js";
import { keptSession } from "./session.js";

/** @type {ReturnType<typeof setTimeout>|undefined} */
let timer;
let running = false;
let again = false;
let hurry = false;
let failures = 0;

/** Keep sending from this page as long as it is open. */
export function keepSending() {
  addEventListener("online", () => sendNow({ patient: false, back: true }));
  document.addEventListener("visibilitychange", () => document.hidden || sendNow({ patient: false }));
  addEventListener("pageshow", (event) => event.persisted && sendNow({ patient: false }));
  onOutboxChange((type) => type === "queued" && sendNow());
  prune().catch(() => undefined);
  sendNow();
}

/**
 * Send what there is.
 * @param {{patient?: boolean, back?: boolean}} [how] impatient: waiting times of earlier failures do not count; back:
 *   nor do those of what is under way, for the network has only just come back
 * @returns {Promise<import("./drain.js").Ended>}
 */
export async function sendNow({ patient = true, back = false } = {}) {
  if (running) {
    again = true;
    hurry ||= back;
    return "busy";
  }
  running = true;
  clearTimeout(timer);
  timer = undefined;
  /** @type {import("./drain.js").Ended} */
  let ended = "offline";
  try {
    hurry = !patient;
    do {
      again = false;
      if (hurry) {
        hurry = false;
        await retryAll();
      }
      ended = await drain();
    } while (again);
  } catch (error) {
    console.error(error);
  } finally {
    running = false;
  }
  await plan(ended);
  return ended;
}

/** @param {import("./drain.js").Ended} ended */
async function plan(ended) {
  failures = ["offline", "trouble", "signin"].includes(ended) ? failures + 1 : 0;
  if (ended === "done") return;
  askForWakeUp();
  if (ended === "later") {
    const mine = await openItems((await keptSession())?.user ?? "");
    const soonest = Math.min(...mine.map(({ not_before }) => not_before));
    // Where nothing could be noted, as on a full phone, the pause is the usual one.
    return later(soonest > Date.now() ? Math.min(soonest - Date.now(), 300_000) : waitMs(1));
  }
  later(ended === "busy" ? waitMs(1) : waitMs(failures));
}

function later(ms) {
  clearTimeout(timer);
  timer = setTimeout(() => {
    timer = undefined;
    sendNow();
  }, ms);
}

/** Where the browser offers it, the service worker goes on sending after the page is closed. */
async function askForWakeUp() {
  try {
    const registration = await navigator.serviceWorker?.getRegistration();
    await /** @type {any} */ (registration)?.sync?.register("outbox");
  } catch {
    // A wish; the page sends by itself as well.
  }
}
