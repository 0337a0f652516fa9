// The page with a sign-in code: counts down, and is loaded again as soon as the server has something else to say of it.

const ASK_EVERY_MS = 2_000;

const page = document.querySelector("[data-code]");
if (page instanceof HTMLElement) begin(page);

/** @param {HTMLElement} page */
function begin({ dataset: { code = "", seconds } }) {
  const end = performance.now() + Number(seconds) * 1000;
  for (const hidden of document.querySelectorAll(".code-countdown, .code-watching")) hidden.removeAttribute("hidden");
  document.querySelector(".code-reload")?.remove();
  count(end);
  setInterval(() => count(end), 1000);
  void watch(code);
}

/** @param {number} end by the clock of `performance.now()`, in ms */
function count(end) {
  const left = Math.max(0, Math.ceil((end - performance.now()) / 1000));
  const shown = document.querySelector(".code-countdown [role=timer]");
  if (shown) shown.textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
}

/** @param {string} address where the server tells the code's state */
async function watch(address) {
  while (await isWaiting(address)) {
    await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS));
    if (document.visibilityState === "hidden") {
      await new Promise((resolve) => document.addEventListener("visibilitychange", resolve, { once: true }));
    }
  }
  location.reload();
}

/**
 * Whether there is nothing new; a server that cannot be reached has nothing new to say.
 * @param {string} address
 */
async function isWaiting(address) {
  try {
    // Signed out meanwhile, the answer leads to the login, and so does the page.
    const answer = await fetch(address, { redirect: "manual" });
    if (answer.type === "opaqueredirect") return false;
    return !answer.ok || (await answer.json()).state === "waiting";
  } catch {
    return true;
  }
}
