// 采用备注: one click puts the inspector's remark behind the description of a problem, the next one takes it out again.

/** @param {HTMLButtonElement} button */
function offer(button) {
  const field = button.closest(".unfiled")?.querySelector("input[name^='description.']");
  if (!(field instanceof HTMLInputElement)) return;
  const [take, back] = [button.textContent ?? "", "去掉备注"];
  const note = button.value.replace(/\s+/g, " ").trim(); // a field of one line drops line breaks
  const end = `：${note}`;
  const taken = () => field.value.endsWith(end) || field.value === note;
  const show = () => (button.textContent = taken() ? back : take);
  button.hidden = false;
  button.addEventListener("click", () => {
    const said = field.value.trim();
    if (taken()) field.value = said.endsWith(end) ? said.slice(0, -end.length) : "";
    else field.value = (said ? said + end : note).slice(0, field.maxLength);
    show();
  });
  field.addEventListener("input", show);
  show();
}

for (const button of document.querySelectorAll("button.take-note")) offer(/** @type {HTMLButtonElement} */ (button));
