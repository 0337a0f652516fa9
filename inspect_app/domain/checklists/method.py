"""What a scoring method is: everything that the tool must know of one, from its file to its score.

Each module of ``methods/`` holds one, and ``METHODS`` there finds it. How to add one: docs/develop/adding.md.
"""

from __future__ import annotations

import random
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeGuard, TypeVar

from ..place.outlines import Ground
from ..place.positions import Place
from ..problems import Details, Problem
from .columns import Column, Nested
from .fields import Part, Typed
from .item import Item, Rule
from .questions import Asked
from .source import ItemReader

NOT_APPLICABLE = "na"
MAX_COUNT = 100_000
MAX_TEXT = 500
SEVERITIES: Mapping[str, str] = {"good": "合格", "slight": "轻微", "severe": "严重"}
"""What an item without grades of its own may show by photos: nothing wrong, something, much."""
Origin = Place | Ground | None
"""What distances are measured from: a site's registered position or its ground; None where neither is known."""

RuleT = TypeVar("RuleT", bound=Rule)
ValueT = TypeVar("ValueT")


@dataclass(frozen=True, slots=True)
class Scored:
    """What an answer is worth. ``state`` and ``detail`` are those of ``ItemScore``."""

    state: str
    score: float | None
    detail: str


@dataclass(frozen=True, slots=True)
class Blank:
    """One thing to fill in on paper; ``wide`` takes a line of its own."""

    text: str
    wide: bool = False


@dataclass(frozen=True, slots=True)
class Sample:
    """An answer as a submission has it, and as it is typed into the plain form (fields by their names in the item)."""

    value: object
    typed: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class NamedPhoto:
    """A photo that a value names by its SHA-256; ``place`` says in Chinese where in the value."""

    place: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Scene:
    """Where a visit is invented: chance, a phone's position so many metres from the site, and the demonstration's mark.

    ``fix_at`` is None where nobody knows the site's place.
    """

    rng: random.Random
    fix_at: Callable[[float], Mapping[str, Any]] | None
    mark: str


class Method(ABC, Generic[RuleT, ValueT]):
    """A scoring method: how its rule is read, asked, answered, scored and told. Values are what ``parse`` made of JSON.

    Without a rule of its own type no method is asked about an item: an item's rule was read by its method.
    """

    name: ClassVar[str]
    """As checklist files name it; its template and its module of the phone are called so as well."""
    label: ClassVar[str]
    order: ClassVar[int]
    """Where it stands in lists of methods."""
    rule: type[RuleT]
    words: ClassVar[Mapping[str, str]] = {}
    """What the rule's fields are called in Chinese."""
    value_words: ClassVar[Mapping[str, Mapping[Any, str]]] = {}
    """Fields of the rule whose values have other words in Chinese than in a checklist file."""
    sentences: ClassVar[Mapping[str, tuple[str, str]]] = {}
    """What is said of its own problems, by their codes: where and what, as ``wording`` has them."""
    columns: ClassVar[tuple[Column, ...]] = ()
    nested: ClassVar[tuple[Nested, ...]] = ()
    guide: ClassVar[str]
    """How the spreadsheet's columns are filled in: a line of its guide."""
    schemas: ClassVar[tuple[Mapping[str, Any], ...]]
    """JSON schemas of a value in the interface's description, any of which it may have."""
    shared_schemas: ClassVar[Mapping[str, Mapping[str, Any]]] = {}
    """Named schemas that these refer to."""
    examples: ClassVar[tuple[Mapping[str, Any], ...]]
    """The rule's fields as a checklist file has them: at least one that is right."""

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields of an item's table that are the rule's."""
        return (*(column.field for column in self.columns), *(nested.field for nested in self.nested))

    @abstractmethod
    def read(self, reader: ItemReader) -> RuleT:
        """The rule from the fields of an item; what is wrong with them is the reader's to gather."""

    def from_values(self, values: Mapping[str, Any]) -> RuleT:
        """The rule from what ``Rule.values`` made of it."""
        return self.rule(**values)

    @abstractmethod
    def parse(self, rule: RuleT, raw: object, where: Details) -> ValueT | list[Problem]:
        """The value from untrusted JSON; ``where`` names the item."""

    @abstractmethod
    def score(self, rule: RuleT, value: ValueT, site: Origin) -> Scored:
        """What a value is worth: points in [0, 1], or None where the item is left out."""

    def photos(self, value: ValueT) -> Sequence[NamedPhoto]:
        """The photos that a value names: a submission must bring them."""
        return ()

    def untimed(self, raw: Any) -> object:
        """Parsed JSON without the instants at which things were typed, which are those of the request."""
        return raw

    @abstractmethod
    def describe(self, rule: RuleT) -> str:
        """How it is scored, in Chinese, for those who read the checklist."""

    def scale(self, rule: RuleT) -> Mapping[str, str]:
        """What reference photos may be of, best first: key and label."""
        return SEVERITIES

    @abstractmethod
    def paper(self, rule: RuleT) -> Sequence[Blank]:
        """What is filled in on a printed form."""

    @abstractmethod
    def form(self, rule: RuleT, item: Item) -> tuple[Part, ...]:
        """The fields of the plain form; its template shows them."""

    @abstractmethod
    def entered(self, rule: RuleT, typed: Typed, at: str) -> object | None:
        """The value as a submission has it, from the plain form that came at this instant; None where nothing is typed.

        Judges nothing: text that is no number stays text. 不适用 by a box of its own is not asked here.
        """

    def typed(self, rule: RuleT, raw: Any) -> Mapping[str, str]:
        """The fields of the plain form, by their names in the item, by which ``entered`` gives this value."""
        return {"value": str(raw)}

    @abstractmethod
    def ask(self, rule: RuleT, item: Item) -> Asked:
        """The item's questions in an XLSForm."""

    @abstractmethod
    def right(self, rule: RuleT) -> Sample:
        """The best answer."""

    @abstractmethod
    def wrong(self, rule: RuleT, fix: Mapping[str, Any]) -> Sample:
        """An answer by which points are lost; ``fix`` is a phone's position right at the site."""

    @abstractmethod
    def invent(self, rule: RuleT, good: bool, scene: Scene) -> object:
        """An invented answer for demonstrations, as a submission has it; ``good`` ones lose hardly anything."""


AnyMethod = Method[Any, Any]
"""A method of whatever rule and value: the registry cannot know which, but each item's rule is one of its method's."""


def is_count(raw: object) -> TypeGuard[int]:
    """Whether this is a number of things seen."""
    return isinstance(raw, int) and not isinstance(raw, bool) and 0 <= raw <= MAX_COUNT
