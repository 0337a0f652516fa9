"""Published weeks as they were frozen: bytes named by their SHA-256, which is the week's digest.

They are kept apart from the documents: a published week is never changed, and years of them need not lie in memory.
A summary holds what the overview shows and names the details, one JSON line an area, by hash and place; its own hash
therefore stands for all of the week.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import Any

from ..domain.figures import (
    AreaDetail,
    AreaWeek,
    PublishedWeek,
    SiteWeek,
    WeekHead,
    detail_from_json,
    detail_to_json,
)
from ..photos import open_photo_store
from .lazily import LazyMapping


class FrozenDamaged(Exception):
    """What is kept of a published week is gone, or no longer has the hash that names it."""


class FrozenWeeks:
    """The frozen weeks of a folder; bytes by hash are kept as those of photos are."""

    def __init__(self, folder: Path) -> None:
        self._bytes = open_photo_store(folder)
        # A frozen week never changes, so what was read once stays right.
        self._summary = lru_cache(maxsize=64)(self._read_summary)
        self._details = lru_cache(maxsize=4)(self._read)

    def keep(self, week: PublishedWeek) -> str:
        """Freeze a week; its digest. Returns once all of it is on disk."""
        places: dict[str, tuple[int, int]] = {}
        lines: list[bytes] = []
        at = 0
        for area in week.details:
            line = _json(detail_to_json(week.details[area])) + b"\n"
            places[area] = (at, at + len(line))
            lines.append(line)
            at += len(line)
        head = asdict(week.head)
        del head["digest"]
        return self._write(
            _json(
                {
                    "head": head,
                    "rows": [asdict(row) for row in week.rows],
                    "sites": [asdict(site) for site in week.sites],
                    "details": {"sha256": self._write(b"".join(lines)), "places": places},
                }
            )
        )

    def week(self, digest: str) -> PublishedWeek:
        """The week with this digest, as it was frozen. Raises ``FrozenDamaged`` where the bytes are others."""
        summary = self._summary(digest)
        places = summary["details"]["places"]

        def detail(area: str) -> AreaDetail:
            start, end = places[area]
            return detail_from_json(json.loads(self._details(summary["details"]["sha256"])[start:end]))

        return PublishedWeek(
            head=WeekHead(**summary["head"], digest=digest),
            rows=tuple(AreaWeek(**row) for row in summary["rows"]),
            details=LazyMapping(list(places), detail),
            sites=tuple(SiteWeek(**site) for site in summary["sites"]),
        )

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


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
