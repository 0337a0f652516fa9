// What a QR code says, as far as it is the label of one of this installation's sites. Pure.

/**
 * @param {string} text as read
 * @param {string[]} roots what addresses of sites' forms begin with, whole, with the slash behind: of this page, and of labels
 * @param {(code: string) => boolean} known whether the list has a site with this code
 * @returns {{code: string, problem: string}} the site's code, "" with a sentence where it is no label of ours
 */
export function siteOf(text, roots, known) {
  const code = roots.map((root) => codeAfter(text.trim(), root)).find(Boolean) ?? "";
  if (!code) return { code: "", problem: "这不是本站的点位码，没有打开" };
  return known(code) ? { code, problem: "" } : { code: "", problem: `点位列表里没有「${code}」，可能已经停用` };
}

/** @param {string} text @param {string} root */
function codeAfter(text, root) {
  if (!text.startsWith(root)) return "";
  try {
    const code = decodeURIComponent(text.slice(root.length));
    // An address of ours has nothing behind the code: neither a path nor a query.
    return /^[^/?#\\\s]{1,60}$/.test(code) ? code : "";
  } catch {
    return "";
  }
}
