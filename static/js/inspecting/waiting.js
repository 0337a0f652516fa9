// On the page of signing in: that this phone has work that was not sent, and how much. It says neither whose nor of which
// sites: whoever holds the phone may read this page.

import { made, the } from "../fields.js";
import { forgetWords } from "./words.js";

/** @returns {Promise<Record<"outbox"|"drafts", any[]>|null>} null where this browser has never kept anything */
async function unsent() {
  const databases = await indexedDB.databases?.();
  if (databases?.length === 0) return null;
  const { NAME, storage } = await import("./storage/database.js");
  if (databases && !databases.some(({ name }) => name === NAME)) return null;
  const db = await storage();
  const outbox = (await db.list("outbox")).filter(({ state }) => state !== "confirmed");
  return { outbox, drafts: await db.list("drafts") };
}

async function show() {
  const found = await unsent();
  if (!found || !(found.outbox.length || found.drafts.length)) return;
  const photos = found.outbox.flatMap(({ media }) => media).length;
  const waiting = found.outbox.length && `待发 ${found.outbox.length} 份${photos ? `（照片或录音 ${photos} 张、段）` : ""}`;
  const begun = found.drafts.length && `没有填完的 ${found.drafts.length} 份`;
  const text = `这部手机上还有${[waiting, begun].filter(Boolean).join("、")}，都在，没有丢。登录后自动发送。`;
  the(document, "main").prepend(made("p", "notice", text));
}

// Somebody who is signed in may open this page too.
if (!document.querySelector(".top-account")) forgetWords();
show().catch(() => undefined);
