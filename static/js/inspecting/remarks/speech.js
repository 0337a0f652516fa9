// Speech to text by the browser. Most browsers send what is said to their maker: asked before the first time.

import { hears } from "./hearing.js";
import { withSaid } from "./text.js";

const REASONS = new Map(Object.entries({
  "not-allowed": "没有获得麦克风权限。请在浏览器设置里允许本网站使用麦克风，或改为打字",
  "service-not-allowed": "这个浏览器不让网页使用语音识别，请改为打字",
  "no-speech": "没有听到声音，请再点一次，靠近手机说",
  "audio-capture": "没有找到麦克风，请改为打字",
  network: "语音识别要联网，现在连不上，请改为打字或录音",
  "language-not-supported": "这个浏览器不会识别普通话，请改为打字",
  aborted: "",
}));
const OTHER = "语音没有识别成功，请再试或改为打字";
const ASKED = "语音由浏览器转成文字：多数浏览器会把您说的话传到浏览器厂商的服务器去识别，本系统管不到。请不要说姓名、电话等。同意使用吗？";

/** @param {string} error the browser's name of it @returns {string} a sentence; empty where nothing went wrong */
export const reasonOf = (error) => REASONS.get(error) ?? OTHER;

/** @returns {any} the browser's constructor, under either name */
const recognition = () => /** @type {any} */ (globalThis).SpeechRecognition ?? /** @type {any} */ (globalThis).webkitSpeechRecognition;

/** Whether the browser has speech to text, and lets this page use it. */
export const canHear = () => Boolean(globalThis.isSecureContext && recognition());

/** What is heard now; pages hear for one remark at a time. @type {{stop: () => void, for: Element}|null} */
let running = null;

/**
 * Begin to hear for a remark, or end it where it is heard for already.
 * @param {object} of
 * @param {HTMLTextAreaElement} of.remark
 * @param {string} of.owner who is asked before the first time
 * @param {HTMLElement} of.button
 * @param {HTMLElement} of.said tells what is heard, and what went wrong
 * @param {(remark: HTMLTextAreaElement, text: string) => void} of.write
 */
export function hear({ remark, owner, button, said, write }) {
  const again = running?.for === remark;
  running?.stop();
  if (again || !isAgreed(owner)) return;
  const heard = new (recognition())();
  heard.lang = "zh-CN";
  heard.continuous = true;
  heard.interimResults = true;
  const show = (on, text) => {
    button.setAttribute("aria-pressed", String(on));
    button.textContent = on ? "停止" : "说话转文字";
    said.textContent = text;
  };
  let trouble = "";
  heard.onresult = ({ resultIndex, results }) => {
    const newer = [...results].slice(resultIndex);
    for (const one of newer.filter(({ isFinal }) => isFinal)) insert(remark, one[0].transcript, write);
    show(true, newer.filter(({ isFinal }) => !isFinal).map((one) => one[0].transcript).join("") || "请说…");
  };
  heard.onerror = ({ error }) => (trouble = reasonOf(error));
  /** @type {() => void} */
  let end = () => undefined;
  hears({ stop: () => heard.stop(), ended: new Promise((resolve) => (end = resolve)) });
  heard.onend = () => {
    end();
    if (running?.for === remark) running = null;
    show(false, trouble);
  };
  running = { for: remark, stop: () => heard.stop() };
  try {
    heard.start();
    show(true, "请说…");
  } catch {
    end();
    running = null;
    show(false, OTHER);
  }
}

/** @param {HTMLTextAreaElement} remark @param {string} said @param {(remark: HTMLTextAreaElement, text: string) => void} write */
function insert(remark, said, write) {
  const { text, caret } = withSaid(remark.value, remark.selectionStart, remark.selectionEnd, said, remark.maxLength);
  write(remark, text);
  remark.setSelectionRange(caret, caret);
}

/** @param {string} owner */
function isAgreed(owner) {
  const name = `inspect.speech.${owner}`;
  try {
    if (localStorage.getItem(name)) return true;
  } catch {
    // Then it is asked each time.
  }
  if (!confirm(ASKED)) return false;
  try {
    localStorage.setItem(name, "agreed");
  } catch {
    // As above.
  }
  return true;
}
