// After-photos of a case: taken, kept and sent as an inspector's photos are.

import { fixState, nextFix } from "../../place/fix.js";
import { beginCapture } from "../../inspecting/capture.js";
import { showPhotoCount, showWanting } from "../../inspecting/capture/bar.js";
import { mediaSent } from "../../inspecting/capture/sent.js";
import { rooted } from "../../root.js";
import { the } from "../../fields.js";

const page = JSON.parse(the(document, "#page-data").textContent ?? "");
const section = the(document, "#after-photos");

const capture = beginCapture({
  kind: "handling",
  owner: page.user,
  subject: () => `case/${page.case}`,
  title: () => `${page.case} ${page.title}`,
  form: the(document, "#report"),
  limits: page,
  words: {
    restored: (_draft, photos) => `已恢复没有提交的照片 ${photos} 张。`,
    clear: "清空重拍",
    clearing: "清空还没有提交的照片？",
    again: "请再拍一次。",
  },
  photosAt: () => section,
  show,
  complete,
  finishing: () => void (fixState().fix ?? nextFix()),
  recordOf: ({ fields }, media) => ({ case: page.case, note: fields.note?.trim() ?? "", ...mediaSent(media, "after") }),
  confirmed: () => location.assign(location.pathname),
  next: { href: rooted("/unit/"), text: "返回列表" },
  outbox: rooted("/unit/"),
  reopens: false,
});

const count = () => capture.photos.all().length;

function show() {
  showPhotoCount(count());
  if (count()) showWanting(section, "");
}

function complete() {
  const wants = !count() ? "请拍一张整改后的照片" : count() > page.most ? `最多${page.most}张，请移除多余的` : "";
  showWanting(section, wants);
  if (wants) section.scrollIntoView({ block: "start" });
  return !wants;
}

capture.start();
