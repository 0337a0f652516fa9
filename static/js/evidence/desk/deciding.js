// Decisions on their way to the server: one request after the other, tried again until the network is back. The desk goes
// on meanwhile.

import { findingOf } from "./list.js";
import { Unreachable } from "./server.js";

/** @typedef {import("./server.js").Decision} Decision */
/** @typedef {import("./server.js").Result} Result */

const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 15_000;

/**
 * @param {object} options
 * @param {string} options.me account of who decides here
 * @param {(wanted: Decision[]) => Promise<{results: Result[]}>} options.send
 * @param {(results: Result[], mayUndo: boolean) => void} options.done
 * @param {(error: string) => void} options.refused nothing of what was sent was taken
 * @param {(waiting: number, trouble: string) => void} options.told how many are on their way, and what holds them up
 */
export function beginDeciding({ me, send, done, refused, told }) {
  /** @type {{wanted: Decision[], mayUndo: boolean}[]} */
  const queue = [];
  /** @type {Promise<void>|null} */
  let running = null;
  /** @type {() => void} */
  let wake = () => undefined;
  let trouble = "";

  const waiting = () => queue.flatMap(({ wanted }) => wanted);

  async function run() {
    let wait = FIRST_WAIT_MS;
    while (queue.length) {
      const [{ wanted, mayUndo }] = queue;
      told(waiting().length, trouble);
      try {
        const { results } = await send(wanted);
        queue.shift();
        [wait, trouble] = [FIRST_WAIT_MS, ""];
        done(results.map((one) => own(one, wanted)), mayUndo);
      } catch (error) {
        const text = error instanceof Error ? error.message : String(error);
        if (error instanceof Unreachable) {
          trouble = text;
          told(waiting().length, trouble);
          await pause(wait);
          wait = Math.min(LONGEST_WAIT_MS, wait * 2);
        } else {
          queue.shift();
          refused(text);
        }
      }
    }
    told(0, "");
  }

  /** An answer that was lost: the decision that stands is the one sent. @param {Result} result @param {Decision[]} wanted */
  function own(result, wanted) {
    const asked = wanted.find((one) => findingOf(one) === findingOf(result));
    const stands = result.status === 409 && result.review?.by === me && result.review.decision === asked?.decision;
    return stands && result.review.reason === asked?.reason ? { ...result, status: 200 } : result;
  }

  /** @param {number} ms */
  const pause = (ms) =>
    /** @type {Promise<void>} */ (
      new Promise((resolve) => {
        const timer = setTimeout(resolve, ms);
        wake = () => (clearTimeout(timer), resolve());
      })
    );

  addEventListener("online", () => wake());
  document.addEventListener("visibilitychange", () => document.hidden || wake());
  addEventListener("beforeunload", (event) => queue.length && event.preventDefault());

  return {
    /** @param {Decision[]} wanted @param {boolean} mayUndo */
    decide(wanted, mayUndo) {
      queue.push({ wanted, mayUndo });
      running ??= run().finally(() => (running = null));
    },
    /** @returns {Decision[]} all that are on their way, in order: later than anything that the server has told */
    waiting,
    /** Once nothing is on its way. */
    idle: async () => running,
  };
}
