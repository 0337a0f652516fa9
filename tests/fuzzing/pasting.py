"""Text of every class of Unicode pasted into every field of every form, and then every page and file read strictly."""

from __future__ import annotations

import copy
import random
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from inspect_app.collections import ALL
from tests.fuzzing import hostile
from tests.fuzzing.asks import Ask, _parts
from tests.fuzzing.campaign import START, Campaign, Filled, Tally, documents
from tests.fuzzing.crawl import Form, crawled, endpoint_of
from tests.fuzzing.judge import Answer
from tests.fuzzing.strict import READERS, wrong_with
from tests.world import World, new_id

_NOTHING = "改正"
"""What a crawl has for a field in which nothing stands."""
MARK = "贴入"
CLASSES = {
    "control": "一\x0b二\x00三\x1b四\x7f五\x9c六",
    "breaks": "一\r\n二\u2028三\u2029四\x85五\x0c六\t七",
    "bidi": "一\u202e二\u2066三\u200f四",
    "zero width": "一\u200b二\ufeff三\u2060四\u200d五\xad六",
    "half pair": "一\ud800二\udfff三",
    "noncharacter": "一\ufffe二\uffff三\U0001ffff四\ufdd0五",
    "blanks": "\u3000\xa0一\u3000二\xa0\u2003",
    "composed": "e\u0301 ﾊﾟ ｶﾞ ﬁ Å 각",
    "rare": "\U00031350\U0002ebf0\U0002a6d6\ue81e\u9fff𠮷",
    "emoji": "😀👩\u200d👧🏽🇨🇳❤\ufe0f1\ufe0f\u20e3🏴\U000e0067\U000e0062\U000e007f",
    "right to left": "שלום مرحبا ١٢٣",
    "markup": "]]>&amp;<b>\"'{{7*7}}</script><!--",
    "escapes": "_x000B_ \\u0000 %00 &#0; &#xB; #{x} \\n *a* _b_ $c$ @d #e",
    "formula": "=1+1",
}
"""Each class once, whatever programs do with it."""
_ENDS_IT = ("logout", "revoke", "delete", "disable", "block", "password", "prove", "second", "out", "proof")
"""Forms by which somebody would be shut out."""
_NAMED_BY_IT = {"editions", "checklists", "library", "checklist_drafts", "schemes", "users", "tokens", "devices"}
"""Collections in which a name is an id, or a text is a program's."""
_TABLES = {
    "areas.import_areas": ("code,name,parent_code\n421002{},{},421002\n", {}),
    "sites_import.preview": ("code,name,type,area\nP-{},{},zebra-crossing,421002001\n", {"system": "wgs84"}),
}
"""Files that are imported, a row each, and the fields beside them."""
_OF_PHONES = {
    "api.put_inspection": "/api/v1/inspections/{}",
    "api.put_correction": "/api/v1/corrections/{}",
    "api.put_handling": "/api/v1/handlings/{}",
}
FREE = {
    "note", "place", "reason", "name", "description", "text", "title", "words", "address", "contact", "why", "remark",
    "by_name", "question", "detail", "comment", "city", "head",
}  # fmt: skip
"""Fields of documents in which somebody wrote."""


@dataclass
class Read:
    """What was found by reading: failures by address, kinds that were read, endpoints that showed what was pasted."""

    failures: dict[str, str] = field(default_factory=dict)
    kinds: Counter[str] = field(default_factory=Counter)
    shown: set[str] = field(default_factory=set)
    taken: Counter[str] = field(default_factory=Counter)
    """Endpoints that took it."""
    changed: int = 0
    """Documents that were kept before."""


class Pasting(Campaign):
    """One role over a world that all roles share."""

    def __init__(self, city: Filled, world: World, role: str, rng: random.Random, read: Read, *, clean: bool) -> None:
        self._shared, self._read, self._clean = world, read, clean
        super().__init__(city, Path(), role, rng, Tally())

    def paste(self) -> None:
        """Send every form that the role finds, each field once with something pasted, and what the phone sends."""
        with self.listening():
            found = crawled(self.app, super()._page, START)
            for endpoint, forms in sorted(found.forms.items()):
                for form in () if any(word in f"{endpoint}/{forms[0].path}" for word in _ENDS_IT) else forms[:1]:
                    for ask in self._pasted(endpoint, form):
                        self._sent(ask)
                    for number, text in enumerate(CLASSES.values() if endpoint in _TABLES else (), start=901):
                        self._sent(self._table(endpoint, form, number, MARK + text))
            for endpoint, listed in documents(self.world, self._city.near).items():
                for document in listed:
                    self._sent(self._document(endpoint, document))

    def read(self) -> None:
        """Open every page, file, feed and letter that the role finds."""
        with self.listening():
            crawled(self.app, self._page, START)

    def _sent(self, ask: Ask | None) -> None:
        if ask is None:
            return
        answer = self.asked(ask)
        self._judge(ask.endpoint, ask.told(), answer)
        if ask.method != "GET" and answer.status < 400:
            self._read.taken[ask.endpoint] += 1

    def _pasted(self, endpoint: str, form: Form) -> Iterator[Ask]:
        """The form once for each of its fields; in what is free to write, every time."""
        usual = [(name, "" if likely[0] == _NOTHING else likely[0]) for name, likely in form.fields]
        for at, (name, likely) in enumerate(form.fields):
            if len(likely) > 1 and likely[0] != _NOTHING:
                continue
            spoilt = [*usual[:at], (name, self._text()), *usual[at + 1 :]]
            body = urlencode(spoilt, errors="surrogatepass").encode()
            yield Ask(endpoint, "POST", form.path.encode(), body=body, type="application/x-www-form-urlencoded")

    def _table(self, endpoint: str, form: Form, number: int, text: str) -> Ask:
        written, fields = _TABLES[endpoint]
        quoted = '"{}"'.format(text.replace('"', '""'))
        content = written.format(number, quoted).encode("utf-8", "replace")
        body = _parts(self._rng, [*fields.items()], {"file": content})
        return Ask(endpoint, "POST", form.path.encode(), body=body, type="multipart/form-data; boundary=zqzq")

    def _document(self, endpoint: str, document: Any) -> Ask | None:
        path = _OF_PHONES.get(endpoint)
        if path is None:
            return None
        spoilt = pasted(copy.deepcopy(document), self._text)
        content = hostile.encoded(self._rng, spoilt)
        return Ask(endpoint, "PUT", path.format(new_id()).encode(), body=content, type="application/json")

    def _text(self) -> str:
        return MARK + self._rng.choice(list(CLASSES.values()))

    def _page(self, path: str) -> str:
        address, _, query = path.partition("?")
        answer = self.asked(Ask("", "GET", address.encode(), query))
        self._judge(endpoint_of(self.app, path) or "", path, answer)
        is_page = answer.status == 200 and "html" in answer.header("content-type")
        return answer.body.decode("utf-8", "replace") if is_page else ""

    def _judge(self, endpoint: str, told: str, answer: Answer) -> None:
        kind = answer.header("content-type")
        if answer.status >= 500 or answer.logged:
            self._read.failures[told] = f"{answer.status} {answer.logged[-600:]}"
        elif answer.body and (wrong := wrong_with(answer.body, kind, clean=self._clean)):
            self._read.failures[told] = f"{kind}: {wrong}"
        self._read.kinds[next((name for name in READERS if name in kind), kind)] += 1
        if MARK.encode() in answer.body:
            self._read.shown.add(endpoint)

    def _afresh(self) -> None:
        self.world = self._world = self._shared
        self.app = self.world.app()


def pasted(tree: Any, text: Callable[[], str]) -> Any:
    """A value of JSON with something pasted into each of its free texts."""
    for holder, key in list(hostile._places({"": tree})):
        if key in FREE and isinstance(holder[key], str):
            holder[key] = text()
    return tree


def as_kept_before(world: World, rng: random.Random) -> int:
    """Put into every kept document what earlier versions took as it came; how many have some."""
    store, changed = world.services.store, 0
    texts = [text for name, text in CLASSES.items() if name != "half pair"]  # which no store could ever keep
    for collection in (one for one in ALL if one.name not in _NAMED_BY_IT):
        for stored in store.find(collection.name):
            before = copy.deepcopy(dict(stored.document))
            after = pasted(copy.deepcopy(before), lambda: MARK + rng.choice(texts))
            if after != before:
                store.update(collection.name, stored.id, after, expected_revision=stored.revision)
                changed += 1
    return changed


def paste_and_read(city: Filled, folder: Path, pasting: Collection[str], reading: Collection[str], seed: int) -> Read:
    """Some roles paste, and then some read what there is."""
    read, rng = Read(), random.Random(seed)
    with _opened(city, folder) as world:
        for role in pasting:
            Pasting(city, world, role, rng, read, clean=True).paste()
        world.services.after.wait()
        for role in reading:
            Pasting(city, world, role, rng, read, clean=True).read()
    return read


def read_as_kept_before(city: Filled, folder: Path, reading: Collection[str], seed: int) -> Read:
    """Some roles read what earlier versions kept."""
    read, rng = Read(), random.Random(seed)
    with _opened(city, folder) as world:
        read.changed = as_kept_before(world, rng)
        for role in reading:
            Pasting(city, world, role, rng, read, clean=False).read()
    return read


@contextmanager
def _opened(city: Filled, folder: Path) -> Iterator[World]:
    world = city.opened(folder)
    try:
        yield world
    finally:
        world.services.after.wait()
        world.services.store.close()
