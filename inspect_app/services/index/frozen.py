"""Published weeks as they were frozen: bytes named by their SHA-256, which is the week's digest.

They are kept apart from the documents: a published week is never changed, and years of them need not lie in memory.
A summary holds what the overview shows and names details and outlines, one JSON line an area, by hash and place; its
own hash therefore stands for all of the week.

The files of a revision are kept beside them, as the program made them then: a list of their names has its own hash, by
which the publication names it. It cannot be in the summary, whose hash is printed in the files.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from ...domain.index.figures import (
    AreaWeek,
    PublishedWeek,
    SiteWeek,
    detail_from_json,
    detail_to_json,
    head_from_json,
    head_to_json,
    row_to_json,
)
from ...domain.index.plausibility_figure import PlausibilityFigure
from ...domain.index.sample import sample_from_json, sample_to_json
from ...domain.place.outlines import Outline, outline_to_json, parse_outline
from ...domain.plan.validation import ValidationFigure, validation_to_json
from ...domain.problems import NOWHERE
from ...domain.signed_heads import SignedHead
from ...photos import PhotoStore
from ...photos.damage import OriginalDamaged
from ..lazily import LazyMapping

Value = TypeVar("Value")
_LIST = "文件目录"


class FrozenDamaged(Exception):
    """What is kept of a published week is gone, or no longer has the hash that names it."""


@dataclass(frozen=True, slots=True)
class WeekFile:
    """A file of a week: its media type, as HTTP says it, and its bytes."""

    type: str
    content: bytes


FilesMaker = Callable[[PublishedWeek, ZoneInfo], Iterable[tuple[str, WeekFile]]]
"""Makes all files of a week by name; the zone is the city's, for the day of publication."""


class FrozenWeeks:
    """The frozen weeks of an installation; bytes by hash are kept as those of photos are."""

    def __init__(self, bytes_: PhotoStore) -> None:
        self._bytes = bytes_
        # A frozen week never changes, so what was read once stays right.
        self._summary = lru_cache(maxsize=64)(self._read_summary)
        self._details = lru_cache(maxsize=8)(self._read)
        self._lists = lru_cache(maxsize=64)(self._read_list)

    @property
    def contents(self) -> PhotoStore:
        """Where their bytes are, by hash."""
        return self._bytes

    def keep(self, week: PublishedWeek) -> str:
        """Freeze a week; its digest. Returns once all of it is on disk."""
        head = head_to_json(week.head)
        del head["digest"]
        return self._write(
            _json(
                {
                    "head": head,
                    "rows": [row_to_json(row) for row in week.rows],
                    "sites": [asdict(site) for site in week.sites],
                    "details": self._write_lines(week.details, detail_to_json),
                    # The same outlines have the same hash: weeks share them as long as they do not change.
                    "outlines": self._write_lines(week.outlines, outline_to_json),
                    **({"sample": sample_to_json(week.sample)} if week.sample else {}),
                    **({"validation": validation_to_json(week.validation)} if week.validation else {}),
                    **({"plausibility": asdict(week.plausibility)} if week.plausibility else {}),
                }
            )
        )

    def week(self, digest: str) -> PublishedWeek:
        """The week with this digest, as it was frozen. Raises ``FrozenDamaged`` where the bytes are others."""
        summary = self._summary(digest)
        return PublishedWeek(
            head=head_from_json(summary["head"], digest),
            rows=tuple(AreaWeek(**row) for row in summary["rows"]),
            details=self._lines(summary["details"], detail_from_json),
            sites=tuple(SiteWeek(**site) for site in summary["sites"]),
            outlines=self._lines(summary["outlines"], _outline),
            sample=sample_from_json(summary["sample"]) if "sample" in summary else None,
            validation=ValidationFigure(**summary["validation"]) if "validation" in summary else None,
            plausibility=PlausibilityFigure(**summary["plausibility"]) if "plausibility" in summary else None,
        )

    def log_head(self, digest: str) -> SignedHead | None:
        """The head of the log that was printed in a week; None where none was, or the week is damaged."""
        try:
            return head_from_json(self._summary(digest)["head"], digest).log
        except FrozenDamaged:
            return None

    def is_empty(self) -> bool:
        """Whether nothing was ever frozen."""
        return self._bytes.is_empty()

    def damaged(self, digest: str) -> str | None:
        """The name of the first bytes of a week that are gone or others than were frozen, read anew; None where none.

        Raises nothing: a week that cannot be read is a damaged one.
        """
        names = [digest]
        while names:
            name = names.pop(0)
            try:
                content = self._read(name)
            except FrozenDamaged:
                return name
            if name == digest:
                summary = json.loads(content)
                names = [summary["details"]["sha256"], summary["outlines"]["sha256"]]
        return None

    def keep_files(self, files: Iterable[tuple[str, WeekFile]]) -> str:
        """Freeze files by name; the hash of their list. Returns once all of them are on disk."""
        listed = {name: {"sha256": self._write(one.content), "type": one.type} for name, one in files}
        return self._write(_json({"files": listed}))

    def file(self, files: str, name: str) -> WeekFile | None:
        """A frozen file of the list with this hash; None where it has none of that name.

        Its bytes are compared just now. Raises ``FrozenDamaged``, which names the file, where they are others or gone.
        """
        found = self._lists(files).get(name)
        return WeekFile(found["type"], self._whole(found["sha256"], name)) if found else None

    def damaged_files(self, files: str) -> Iterator[str]:
        """What is wrong with the list or its files, each with its name, in Chinese; all are read anew."""
        try:
            listed = self._read_list(files)
        except FrozenDamaged as error:
            yield str(error)
            return
        for name, one in listed.items():
            try:
                self._whole(one["sha256"], name)
            except FrozenDamaged as error:
                yield str(error)

    def _read_list(self, files: str) -> dict[str, dict[str, str]]:
        found: dict[str, dict[str, str]] = json.loads(self._whole(files, _LIST))["files"]
        return found

    def _whole(self, sha256: str, name: str) -> bytes:
        try:
            return self._bytes.whole(sha256)
        except OriginalDamaged as error:
            raise FrozenDamaged(f"已发布的「{name}」：{error}") from error

    def _write_lines(self, values: Mapping[str, Value], to_json: Callable[[Value], Any]) -> dict[str, Any]:
        """Keep one JSON line for each value; the hash of them all, and where each lies."""
        places: dict[str, tuple[int, int]] = {}
        lines: list[bytes] = []
        at = 0
        for key, value in values.items():
            line = _json(to_json(value)) + b"\n"
            places[key] = (at, at + len(line))
            lines.append(line)
            at += len(line)
        return {"sha256": self._write(b"".join(lines)), "places": places}

    def _lines(self, kept: Mapping[str, Any], from_json: Callable[[Any], Value]) -> Mapping[str, Value]:
        def line(key: str) -> Value:
            start, end = kept["places"][key]
            return from_json(json.loads(self._details(kept["sha256"])[start:end]))

        return LazyMapping(list(kept["places"]), line)

    def _read_summary(self, digest: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self._read(digest))
        return found

    def _read(self, sha256: str) -> bytes:
        content = self._bytes.read(sha256)
        if content is None or hashlib.sha256(content).hexdigest() != sha256:
            raise FrozenDamaged(f"已发布数据「{sha256}」缺失或损坏，请从备份恢复 data/published")
        return content

    def _write(self, content: bytes) -> str:
        sha256 = hashlib.sha256(content).hexdigest()
        self._bytes.keep(sha256, content)
        return sha256


def _outline(raw: Any) -> Outline:
    parsed = parse_outline(raw, NOWHERE)
    assert isinstance(parsed, Outline), parsed
    return parsed


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
