// Dialogs over the whole screen, also in browsers without them (Safari before 15.4): there each is an element that covers
// the page, and the buttons of its `<form method="dialog">` close it, where the form itself would be sent.

/** @type {WeakSet<HTMLDialogElement>} */
const heard = new WeakSet();

/** @param {HTMLDialogElement} dialog on the page */
export function openDialog(dialog) {
  // Older browsers throw where it is open already, as after two taps.
  if (dialog.hasAttribute("open")) return;
  if (typeof dialog.showModal === "function") return dialog.showModal();
  Object.assign(dialog.style, { position: "fixed", inset: "0", zIndex: "100" });
  dialog.setAttribute("open", "");
  if (!heard.has(dialog)) dialog.addEventListener("click", closeByButton);
  heard.add(dialog);
}

/** @param {MouseEvent} event */
function closeByButton(event) {
  const button = /** @type {HTMLElement} */ (event.target).closest('form[method="dialog"] button');
  if (!button) return;
  event.preventDefault();
  closeDialog(/** @type {HTMLDialogElement} */ (event.currentTarget), button.getAttribute("value") ?? "");
}

/** @param {HTMLDialogElement} dialog @param {string} [answer] its `returnValue` */
export function closeDialog(dialog, answer = "") {
  if (typeof dialog.close === "function") return dialog.close(answer);
  dialog.returnValue = answer;
  dialog.removeAttribute("open");
  dialog.dispatchEvent(new Event("close"));
}
