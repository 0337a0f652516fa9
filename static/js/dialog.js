// Dialogs over the whole screen, also in browsers without them (Safari before 15.4): there each is an element that covers
// the page.

/** @param {HTMLDialogElement} dialog on the page */
export function openDialog(dialog) {
  // Older browsers throw where it is open already, as after two taps.
  if (dialog.hasAttribute("open")) return;
  if (typeof dialog.showModal === "function") return dialog.showModal();
  Object.assign(dialog.style, { position: "fixed", inset: "0", zIndex: "100" });
  dialog.setAttribute("open", "");
}

/** @param {HTMLDialogElement} dialog @param {string} [answer] its `returnValue` */
export function closeDialog(dialog, answer = "") {
  if (typeof dialog.close === "function") return dialog.close(answer);
  dialog.returnValue = answer;
  dialog.removeAttribute("open");
  dialog.dispatchEvent(new Event("close"));
}
