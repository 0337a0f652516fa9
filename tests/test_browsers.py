"""Scripts and styles ask for nothing that the oldest promised browser lacks, but where they have an answer without it.

The promise, and what older ones get, stand in docs/develop/browsers.md. Since when a browser has what: MDN's tables.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import PROJECT

SCRIPTS = PROJECT / "static" / "js"
STYLES = PROJECT / "static" / "css"
PROMISED = "Chromium and WebView 88, Safari 14.1, Firefox 89"
_COMMENT = re.compile(r"/\*.*?\*/|(?<![:\"'`])//[^\n]*", re.DOTALL)


@dataclass(frozen=True)
class Newer:
    """What came later than a promised browser: ``since`` there, ``used`` as a script would use it, an ``example``.

    ``asked``: what a script that uses it must have as well, so that it does without where the browser does, or that it
    is a worker, whose page has asked.
    """

    since: str
    used: str
    example: str
    asked: str = ""


NEWER = {
    "Array.at": Newer("Chromium 92, Safari 15.4", r"\.at\(-\d", "all.at(-1)"),
    "Object.hasOwn": Newer("Chromium 93, Safari 15.4", r"Object\.hasOwn\b", "Object.hasOwn(a, b)"),
    "structuredClone": Newer("Chromium 98, Safari 15.4", r"\bstructuredClone\b", "structuredClone(a)"),
    "Array.findLast": Newer("Chromium 97, Safari 15.4", r"\.findLast(Index)?\(", "all.findLast(is)"),
    "copying methods of arrays": Newer(
        "Chromium 110, Safari 16", r"\.(toSorted|toReversed|toSpliced)\(", "all.toSorted()"
    ),
    "groupBy": Newer("Chromium 117, Safari 17.4", r"\b(Object|Map)\.groupBy\b", "Object.groupBy(all, of)"),
    "Promise.withResolvers": Newer("Chromium 119, Safari 17.4", r"\bwithResolvers\b", "Promise.withResolvers()"),
    "methods of Set": Newer(
        "Chromium 122, Safari 17", r"\.(isSubsetOf|isSupersetOf|symmetricDifference)\(", "one.isSubsetOf(other)"
    ),
    "lookbehind": Newer("Safari 16.4: the module does not load", r"\(\?<[=!]", "/(?<=a)b/"),
    "static blocks": Newer("Chromium 94, Safari 16.4: does not load", r"\bstatic\s*\{", "static { a(); }"),
    "private methods": Newer("Safari 15: does not load", r"^\s*(async )?#\w+\(", "  #look() {"),
    "await of modules": Newer("Chromium 89, Safari 15: does not load", r"^await\b", "await kept();"),
    "AbortSignal.timeout": Newer(
        "Chromium 103, Safari 16", r"AbortSignal\.(timeout(?!\?\.)|any)", "AbortSignal.timeout(5)"
    ),
    "dialogs": Newer("Safari 15.4", r"\.showModal\(", "dialog.showModal()", r"typeof dialog\.showModal === "),
    "closing dialogs": Newer("Safari 15.4", r"\b[dD]ialog\.close\(", "dialog.close()", r"typeof dialog\.close === "),
    "BroadcastChannel": Newer(
        "Safari 15.4", r"\bnew BroadcastChannel\b", "new BroadcastChannel(a)", r'"BroadcastChannel" in globalThis'
    ),
    "Web Locks": Newer("Safari 15.4", r"navigator\.locks\.", "navigator.locks.request(a)", r"navigator\.locks \?"),
    "storage": Newer("Safari 15.2", r"navigator\.storage\.", "navigator.storage.persist()"),
    "permissions": Newer("Safari 16", r"navigator\.permissions\.", "navigator.permissions.query(a)"),
    "vibrate": Newer("no Safari", r"navigator\.vibrate\(", "navigator.vibrate(15)"),
    "requestIdleCallback": Newer("no Safari", r"\brequestIdleCallback\(", "requestIdleCallback(a)"),
    "OffscreenCanvas": Newer(
        "Safari 16.4", r"\bnew OffscreenCanvas\b", "new OffscreenCanvas(1, 1)", r"^addEventListener\(.message"
    ),
    "crypto.randomUUID": Newer("HTTPS alone, Safari 15.4", r"\brandomUUID\b", "crypto.randomUUID()"),
    "showPicker": Newer("Chromium 99, Safari 16", r"\.showPicker\(", "input.showPicker()"),
    "URL.canParse": Newer("Chromium 120, Safari 17", r"URL\.canParse\b", "URL.canParse(a)"),
}


def code_of(path: Path) -> str:
    return _COMMENT.sub("", path.read_text("utf-8"))


@pytest.mark.parametrize("name", NEWER)
def test_scripts_do_without_what_a_promised_browser_lacks(name: str):
    row = NEWER[name]
    used, asked = re.compile(row.used, re.MULTILINE), re.compile(row.asked, re.MULTILINE)
    assert used.search(row.example), "the rule would not notice it"
    scripts = {path: code_of(path) for path in sorted(SCRIPTS.rglob("*.js"))}
    assert len(scripts) > 100
    found = [
        str(path.relative_to(PROJECT))
        for path, code in scripts.items()
        if used.search(code) and not (row.asked and asked.search(code))
    ]
    assert not found, f"{name} ({row.since}) without another way; promised are {PROMISED}"


def rules_in(style: str) -> list[tuple[str, list[str]]]:
    """The selector and the declarations of each rule, those within ``@media`` too."""
    found = re.findall(r"([^{};]+)\{([^{}]*)\}", _COMMENT.sub("", style))
    return [(selector.strip(), [one.strip() for one in body.split(";") if one.strip()]) for selector, body in found]


def newer_styles(style: str) -> list[str]:
    """What an older browser would take for nothing, and with it something that it knows.

    One unknown selector of a list drops the whole rule; an unknown value needs a known one before it.
    """
    found = []
    for selector, declarations in rules_in(style):
        if ":has(" in selector and "," in re.sub(r"\([^()]*(\([^()]*\)[^()]*)*\)", "", selector):
            found.append(selector)
        earlier: set[str] = set()
        for declaration in declarations:
            name, _, value = declaration.partition(":")
            if re.search(r"\d[dsl]v[hw]\b|color-mix\(", value) and name not in earlier:
                found.append(f"{selector} {declaration}")
            earlier.add(name)
    return found


def test_styles_have_another_value_and_another_rule_where_one_is_newer():
    assert newer_styles("a { max-height: 94dvh } b, c:has(d) { color: red }") == ["a max-height: 94dvh", "b, c:has(d)"]
    assert not newer_styles("a { max-height: 94vh; max-height: 94dvh } c:has(d, e) { color: red }")
    found = {str(path.relative_to(PROJECT)): newer_styles(path.read_text("utf-8")) for path in STYLES.rglob("*.css")}
    assert not {path: wrong for path, wrong in found.items() if wrong}
