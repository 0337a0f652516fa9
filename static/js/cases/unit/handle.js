// After-photos of a case: taken, kept and sent as an inspector's photos are.

import { instant } from "../../clock.js";
import { fixState, nextFix, watchFix } from "../../place/fix.js";
import { showFix, showKept, showMessage } from "../../inspecting/capture/bar.js";
import { enterAgain, entered, fillFields, made, readFields, the } from "../../fields.js";
import { beginHandingOver } from "../../inspecting/capture/handing.js";
import { takeIntent } from "../../inspecting/capture/intent.js";
import { beginKeeping } from "../../inspecting/capture/keeping.js";
import { beginLive } from "../../inspecting/capture/live.js";
import { beginPhotos } from "../../inspecting/capture/photos.js";
import { evidenceOf } from "../../inspecting/form/record.js";
import { beginTaking } from "../../inspecting/capture/taking.js";
import { newId } from "../../hash.js";
import { askSession, keptSession } from "../../inspecting/sending/session.js";
import { keepSending } from "../../inspecting/sending/schedule.js";
import { dropDraft, loadDraft, placeOf } from "../../inspecting/storage/drafts.js";

/** @typedef {import("../../inspecting/storage/drafts.js").Draft} Draft */

const page = JSON.parse(the(document, "#page-data").textContent ?? "");
const form = /** @type {HTMLFormElement} */ (the(document, "#report"));
const section = the(document, "#after-photos");
const field = (name) => /** @type {HTMLInputElement} */ (form.elements.namedItem(name));
/** What drafts and the outbox know the case by. */
const site = `case/${page.case}`;
const LIST = { href: "/unit/", text: "返回列表" };
let started = instant();

const keeping = beginKeeping(draftNow, showKept);
const photos = beginPhotos({ draftNow, keeping, maxBytes: page.maxPhotoBytes, longestPx: page.photoLongestPx, placeOf: () => section, changed });
const handing = beginHandingOver({
  draftNow,
  keeping,
  photos,
  spoken: { settled: async () => undefined, all: () => [], resume: async () => undefined },
  recordOf: (draft, media) => ({
    case: page.case,
    note: draft.fields.note?.trim() ?? "",
    photos: media.map((one) => ({ sha256: one.sha256, item: "after", ...evidenceOf(one) })),
  }),
  unreadable: (_photo, problem) => showMessage(problem, { failed: true }),
  confirmed: () => location.assign(location.pathname),
  refused: ({ problem, problems }) =>
    showMessage(`没有提交成功：${problems.map(({ where, what }) => `${where}：${what}`).join("；") || problem}`, { failed: true }),
  next: LIST,
  outbox: "/unit/",
});

async function begin() {
  const found = await loadDraft(page.user, site);
  const early = entered(form);
  field("id").value = found?.draft.id ?? newId();
  if (found) resume(found);
  form.addEventListener("input", changed);
  beginTaking(form, { draft: () => field("id").value, keeping, photos, opens: () => undefined });
  beginLive(form, {
    add: (file, place, takenMs) => photos.add(file, place, "live", takenMs),
    opens: () => void nextFix(),
    fails: (text) => showMessage(text, { failed: true }),
  });
  form.addEventListener("submit", submit);
  the(document, "#fix-state").addEventListener("click", async () => (await import("../../place/position/panel.js")).openPanel(null));
  addEventListener("beforeunload", (event) => keeping.busy() && event.preventDefault());
  watchFix(showFix);
  setInterval(showFix, 1000);
  showFix();
  show();
  document.documentElement.classList.add("scripted");
  enterAgain(early);
  if (takeIntent(field("id").value)) showMessage("打开相机时页面被系统重新载入，已填内容和照片都在。请再拍一次。");
  await keptSession();
  askSession().catch(() => undefined);
  keepSending();
}

/** @param {{draft: Draft, media: import("../../inspecting/storage/drafts.js").Media[]}} found */
function resume({ draft, media }) {
  started = draft.started_at;
  fillFields(form, draft.fields);
  handing.resume(draft);
  photos.resume(media);
  const notice = the(document, "#draft-notice");
  const button = made("button", "button button-small", "清空重拍");
  button.setAttribute("type", "button");
  button.addEventListener("click", async () => {
    if (!confirm("清空还没有提交的照片？清空后不能恢复。")) return;
    await keeping.end();
    await dropDraft(draft.id);
    location.reload();
  });
  notice.replaceChildren(made("p", "", `已恢复没有提交的照片 ${media.length} 张。`), button);
  notice.hidden = false;
}

/** @returns {Draft} as the page has it now */
function draftNow() {
  return {
    id: field("id").value,
    kind: "handling",
    place: placeOf(page.user, site),
    inspector: page.user,
    site,
    title: `${page.case} ${page.title}`,
    version: "",
    started_at: started,
    fields: readFields(form),
    watches: {},
    acknowledged: handing.acknowledged(),
    updated_at: Date.now(),
  };
}

function changed() {
  show();
  if (!handing.isOver()) keeping.save();
}

function show() {
  const count = photos.all().length;
  the(document, "#photo-count").textContent = count ? `照片 ${count} 张` : "还没有照片";
  if (count) complain("");
}

/** @param {string} text empty where nothing is wanting */
function complain(text) {
  const list = the(section, ".item-problems");
  section.classList.toggle("wanting", Boolean(text));
  list.hidden = !text;
  list.replaceChildren(...(text ? [made("p", "", text)] : []));
}

/** @param {Event} event */
async function submit(event) {
  event.preventDefault();
  const count = photos.all().length;
  const wants = !count ? "请拍一张整改后的照片" : count > page.most ? `最多${page.most}张，请移除多余的` : "";
  complain(wants);
  if (wants) return section.scrollIntoView({ block: "start" });
  if (!fixState().fix) nextFix();
  await handing.finish(() => photos.all().length > 0);
}

begin();
