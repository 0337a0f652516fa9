// Runs axe-core on a page. Its rules on colours, which take most of its time, judge one text of each kind.
(() => {
  "use strict";
  const CONTRAST = ["color-contrast", "color-contrast-enhanced"];
  const COLOURS = [...CONTRAST, "link-in-text-block"];
  const FIELDS = "select, textarea, input:not([type=hidden], [type=range], [type=color], [type=checkbox], [type=radio])";
  const LINKS = "a[href], [role=link]";
  const JUDGED = "data-colours-are-judged";
  const OWN = [
    "color", "fontSize", "fontWeight", "textShadow", "textIndent", "webkitTextFillColor", "webkitTextStrokeWidth",
  ];
  const LINK = ["display", "textDecorationLine", "textDecorationStyle", "borderBottomWidth", "borderBottomStyle",
                "outlineStyle", "fontStyle", "fontFamily", "backgroundColor", "backgroundImage"];
  const PLAIN = { opacity: "1", filter: "none", mixBlendMode: "normal", clipPath: "none", clip: "auto",
                  position: "static", overflow: "visible" };
  const GROUND = [
    "backgroundColor", "backgroundImage", "backgroundClip", "backgroundSize", "zIndex", ...Object.keys(PLAIN),
  ];
  const PSEUDO = ["content", "backgroundColor", "backgroundImage", "opacity", "position", "width", "height"];

  const told = (style, names) => names.map((name) => style[name]).join("|");
  const paints = ({ backgroundColor, backgroundImage }) =>
    backgroundImage !== "none" || !/^(transparent|rgba\(.*, 0\))$/.test(backgroundColor);
  const inside = (inner, outer) =>
    inner.left >= outer.left - 1 && inner.right <= outer.right + 1 &&
    inner.top >= outer.top - 1 && inner.bottom <= outer.bottom + 1;
  const meet = (one, other) =>
    one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom;
  const textOf = ({ childNodes }) =>
    [...childNodes].map(({ nodeType, data }) => (nodeType === Node.TEXT_NODE ? data : "")).join("").trim();

  const isSigns = (text) => text && !/[\p{L}\p{N}]/u.test(text);
  const isLink = (element) => element.matches(LINKS) && element.textContent.trim() !== "";
  const outOfSight = ({ right, bottom, width, height }) =>
    width <= 1 || height <= 1 || right + scrollX <= 0 || bottom + scrollY <= 0;

  /* A text as a short one that no other text has (cyrb53, which anybody may use: 53 bits). */
  function short(text) {
    let [one, other] = [0xdeadbeef, 0x41c6ce57];
    for (let at = 0; at < text.length; at++) {
      const code = text.charCodeAt(at);
      one = Math.imul(one ^ code, 2654435761);
      other = Math.imul(other ^ code, 1597334677);
    }
    one = Math.imul(one ^ (one >>> 16), 2246822507) ^ Math.imul(other ^ (other >>> 13), 3266489909);
    other = Math.imul(other ^ (other >>> 16), 2246822507) ^ Math.imul(one ^ (one >>> 13), 3266489909);
    return (4294967296 * (2097151 & other) + (one >>> 0)).toString(36);
  }

  /* Every element with its box, the next ground that is painted under it, and its way: what from the root to it makes a
     difference to colours. */
  function placed() {
    const found = new Map();
    for (const element of document.querySelectorAll("*")) {
      const style = getComputedStyle(element);
      const above = found.get(element.parentElement);
      const painted = paints(style);
      const parts = [];
      if (painted || Object.entries(PLAIN).some(([name, value]) => style[name] !== value)) {
        parts.push(told(style, GROUND));
      }
      if (element.matches(":disabled, [aria-disabled=true]")) parts.push("disabled");
      for (const side of ["::before", "::after"]) {
        const pseudo = getComputedStyle(element, side);
        if (!/^(none|normal)$/.test(pseudo.content)) parts.push(side, told(pseudo, PSEUDO));
      }
      const way = parts.length ? short([above?.way, ...parts].join("/")) : above?.way ?? "";
      const ground = !above || painted ? element : above.ground;
      found.set(element, { style, ground, way, box: element.getBoundingClientRect() });
    }
    return found;
  }

  /* All elements with text by kinds: those together that have the same colours on the same grounds in the same sizes. */
  function kindsOfText() {
    const all = placed();
    const laid = [...all.keys()].filter((one) =>
      all.get(one).style.position !== "static" && (all.get(one).ground === one || one.matches("img, svg, video, canvas")));
    const named = new Set([...document.querySelectorAll("[aria-labelledby]")].flatMap((one) =>
      one.getAttribute("aria-labelledby").split(/\s+/)));
    const kinds = new Map();
    for (const [element, { style, ground, way, box }] of all) {
      const text = textOf(element);
      if (!text && !element.matches(FIELDS) && !isLink(element)) continue;
      if (element.localName === "option" || !element.checkVisibility({ visibilityProperty: true })) continue;
      const across = laid.filter((one) => !one.contains(element) && !element.contains(one) && meet(box, all.get(one).box));
      const kind = [
        way, told(style, OWN), isLink(element) && linked(element, all),
        across.map((one) => all.get(one).way), element.getAttribute("type"), !text, outOfSight(box), inside(box, all.get(ground).box),
        element.closest("label")?.control?.matches(":disabled"),
        // Axe-core takes a single letter, or nothing but signs, for no text, and judges nothing that names what is disabled.
        text.length > 1, isSigns(text) && text, named.has(element.id) && element.id,
      ].join("/");
      const id = short(kind);
      kinds.set(id, [...(kinds.get(id) ?? []), element]);
    }
    return kinds;
  }

  /* What tells a link from the text around it. */
  function linked(element, all) {
    const around = [element, element.parentElement, element.parentElement.parentElement].filter(Boolean);
    return around.map((one) => [one.localName, told(all.get(one).style, OWN), told(all.get(one).style, LINK)]);
  }

  async function run(elements, options) {
    for (const one of elements) one.setAttribute(JUDGED, "");
    const found = await window.axe.run(document, options);
    for (const one of elements) one.removeAttribute(JUDGED);
    return found;
  }

  const sayings = ({ id, impact, nodes }) => nodes.map(({ target, failureSummary }) =>
    `${id} (${impact}) ${target.at(-1)}: ${failureSummary.split(/\s+/).join(" ")}`);

  let kinds = new Map();

  // What lies under the floating bar can be scrolled out from there, and which part does depends on the moment.
  const float = (position) => { for (const bar of document.querySelectorAll(".bar")) bar.style.position = position; };

  /* The kinds of text that the page has in its look of the moment; or every text as a kind of its own. */
  window.kindsOfText = (everyText = false) => {
    float("static");
    kinds = kindsOfText();
    if (everyText) kinds = new Map([...kinds.values()].flat().map((one, number) => [`${number}`, [one]]));
    float("");
    return [...kinds.keys()];
  };

  /* What is serious or critical by axe-core's rules that ``options`` name, those on colours for these kinds of text;
     and the kinds that are right: measured, or none that axe-core would measure. */
  window.seriousFindings = async (options, asked) => {
    float("static");
    // Rules whose breach is never serious need not be run.
    const slight = window.axe._audit.rules.filter(({ impact }) => ["minor", "moderate"].includes(impact));
    if (!options.runOnly) for (const { id } of slight) options.rules[id] = { enabled: false };
    window.axe.configure({ rules: CONTRAST.map((id) => ({ id, selector: `[${JUDGED}]` })) });
    window.axe.configure({ rules: [{ id: "link-in-text-block", selector: `:is(${LINKS})[${JUDGED}]` }] });
    const { violations, incomplete, passes } = await run(asked.map((kind) => kinds.get(kind)[0]), options);
    const found = [violations];
    const of = (results) => new Set(results.filter(({ id }) => COLOURS.includes(id)).flatMap(({ nodes }) => nodes)
      .map(({ element }) => element));
    const open = of([...violations, ...incomplete]);
    const measured = new Set(passes.filter(({ id }) => CONTRAST.includes(id)).flatMap(({ nodes }) => nodes)
      .filter(({ any: [{ data }] }) => data?.contrastRatio).map(({ element }) => element));
    const wrong = of(violations);
    const right = asked.filter((kind) => {
      const [first] = kinds.get(kind);
      if (wrong.has(first)) return false;
      if (isSigns(textOf(first)) || outOfSight(first.getBoundingClientRect())) return true;
      return !open.has(first) && (measured.has(first) || (isLink(first) && !textOf(first)));
    });
    // One that axe-core could not judge, as something partly covers it perhaps, does not speak for the others.
    const others = asked.filter((kind) => open.has(kinds.get(kind)[0])).flatMap((kind) => kinds.get(kind).slice(1));
    if (others.length) {
      const values = options.runOnly?.values ?? COLOURS.filter((id) => id !== "color-contrast-enhanced");
      found.push((await run(others, { ...options, rules: {}, runOnly: { type: "rule", values } })).violations);
    }
    float("");
    const serious = found.flat().filter(({ impact }) => impact === "serious" || impact === "critical");
    return [serious.flatMap(sayings), right];
  };
})();
