"""The fields of the plain form, which phones without JavaScript send, as data; and what was typed into them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Field:
    """One input: ``kind`` is text, hidden, tick, choice or photo; ``choices`` are values and their words."""

    name: str
    kind: str
    label: str = ""
    choices: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """Fields that stand together under one name, joined to theirs with a dot."""

    name: str
    label: str
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Rows:
    """The same fields several times, numbered from 0; at ``least`` so many are shown.

    A row counts where any field of ``filled_by`` is filled in. A row with a field ``photo`` of the kind photo has a
    hidden one ``kept`` beside it, for the SHA-256 of the photo once it was received.
    """

    name: str
    fields: tuple[Field, ...]
    least: int
    filled_by: tuple[str, ...]


Part = Field | Group | Rows
NOT_APPLICABLE_CHOICE = ("na", "不适用")
NOT_APPLICABLE_TICK = Field("na", "tick", "不适用")


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed into the fields of an item, of a group or of a row, by the names of fields, groups and rows.

    ``rows`` are those that count.
    """

    texts: Mapping[str, str]
    ticked: Collection[str] = ()
    groups: Mapping[str, Typed] = field(default_factory=dict)
    rows: Mapping[str, Sequence[Typed]] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """As typed; empty where nothing was."""
        return self.texts.get(name, "")

    def number(self, name: str, kind: Callable[[str], float]) -> float | str | None:
        """A number; the text itself where it is none, for the rules to refuse; None where nothing was typed."""
        text = self.text(name).strip()
        if not text:
            return None
        try:
            return text if "_" in text else kind(text)
        except ValueError:
            return text
