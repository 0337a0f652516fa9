// Passkeys: made on the own account's page, used at the login and where somebody has to show once more who it is.

const WRONG = "没有成功，请再试一次，或改用密码";

if (globalThis.PublicKeyCredential && globalThis.isSecureContext) {
  for (const box of document.querySelectorAll("[data-passkey-options]")) begin(/** @type {HTMLElement} */ (box));
}

/** @param {HTMLElement} box with a button and a place for words; its data names where to ask and where to answer */
function begin(box) {
  const { passkeyOptions = "", passkeyAnswer = "", passkeyMake } = box.dataset;
  const said = box.querySelector("[role=status]");
  box.hidden = false;
  box.querySelector("button")?.addEventListener("click", async () => {
    if (said) said.textContent = "";
    try {
      const options = await send(passkeyOptions, {});
      const { next } = await send(passkeyAnswer, passkeyMake === undefined ? await used(options) : await made(options));
      if (next) location.assign(next);
      else box.closest("form")?.submit();
    } catch (error) {
      console.warn(error);
      if (said) said.textContent = error instanceof Refused ? error.message : WRONG;
    }
  });
}

/** The server said no, and why. */
class Refused extends Error {}

/** @param {string} address @param {object} body @returns {Promise<any>} */
async function send(address, body) {
  const field = /** @type {HTMLInputElement|null} */ (document.querySelector("input[name=csrf_token]"));
  const meta = /** @type {HTMLMetaElement|null} */ (document.querySelector("meta[name=csrf-token]"));
  const headers = { "Content-Type": "application/json", "X-CSRFToken": field?.value ?? meta?.content ?? "" };
  const answer = await fetch(address, { method: "POST", headers, body: JSON.stringify(body), credentials: "same-origin" });
  const told = await answer.json();
  if (!answer.ok) throw new Refused(told.error);
  return told;
}

/** @param {any} options */
async function made(options) {
  const publicKey = {
    ...options,
    challenge: bytes(options.challenge),
    user: { ...options.user, id: bytes(options.user.id) },
    excludeCredentials: named(options.excludeCredentials),
  };
  const { id, type, rawId, response } = /** @type {any} */ (await navigator.credentials.create({ publicKey }));
  const { clientDataJSON, attestationObject } = response;
  return { id, type, rawId: text(rawId), response: { clientDataJSON: text(clientDataJSON), attestationObject: text(attestationObject) } };
}

/** @param {any} options */
async function used(options) {
  const publicKey = { ...options, challenge: bytes(options.challenge), allowCredentials: named(options.allowCredentials) };
  const { id, type, rawId, response } = /** @type {any} */ (await navigator.credentials.get({ publicKey }));
  const { clientDataJSON, authenticatorData, signature, userHandle } = response;
  const signed = { clientDataJSON: text(clientDataJSON), authenticatorData: text(authenticatorData), signature: text(signature) };
  return { id, type, rawId: text(rawId), response: { ...signed, userHandle: userHandle ? text(userHandle) : null } };
}

/** @param {{id: string, type: string}[]|undefined} keys */
const named = (keys) => keys?.map((key) => ({ ...key, id: bytes(key.id) }));

/** @param {string} base64url */
const bytes = (base64url) => Uint8Array.from(atob(base64url.replaceAll("-", "+").replaceAll("_", "/")), (sign) => sign.charCodeAt(0));

/** @param {ArrayBuffer} buffer */
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
