// The unit's list: what waits on this phone is sent, and told.

import { the } from "../../fields.js";
import { openItems } from "../../inspecting/sending/drain.js";
import { keepSending } from "../../inspecting/sending/schedule.js";
import { keptSession } from "../../inspecting/sending/session.js";
import { onOutboxChange } from "../../inspecting/storage/outbox.js";

const { user } = JSON.parse(the(document, "#page-data").textContent ?? "");
const notice = the(document, "#waiting");
let waited = false;

async function show() {
  const waiting = await openItems(user);
  notice.hidden = !waiting.length;
  notice.textContent = `手机上还有 ${waiting.length} 件整改后照片没有发出，正在自动发送：${waiting.map(({ title }) => title).join("、")}`;
  // What has just been sent changes what the list says.
  if (waited && !waiting.length) location.reload();
  waited = waiting.length > 0;
}

onOutboxChange(show);
keptSession().then(() => {
  keepSending();
  show();
});
