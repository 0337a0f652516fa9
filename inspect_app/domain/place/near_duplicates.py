"""Sites that may be one and the same under two codes: of one type, with similar names, and close by."""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from .shift import offset_m
from .sites import Site

CLOSE_M = 100.0
"""Sites of similar names within this distance may be one, more where their positions are less sure than that."""
_MOST_ROOM_M = 300.0
_SIMILAR = 0.7
_CELL = 0.004
"""Degrees: at least 300 m in longitude everywhere in China."""
_MOST_COMPARED = 60
_TELLING = re.compile("[0-9一二三四五六七八九十甲乙丙丁东南西北上下左右]")
_NOISE = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Twin:
    """A site that may be the same one; ``metres`` is None where one of them has no position."""

    other: Site
    metres: float | None

    def __str__(self) -> str:
        far = "位置未登记" if self.metres is None else f"相距{self.metres:.0f}米"
        return f"与「{self.other.name}」（{self.other.code}）名称相近，{far}"


@dataclass(frozen=True, slots=True)
class _Known:
    site: Site
    plain: str
    telling: str
    pairs: Counter[str]
    lat: float
    lon: float
    room_m: float


class Sites:
    """Sites that others are compared with, found by where they are."""

    def __init__(self, sites: Iterable[Site]) -> None:
        self._near: dict[tuple[str, str, int, int], list[_Known]] = {}
        self._named: dict[tuple[str, str, str], list[_Known]] = {}
        for site in sites:
            self.add(site)

    def add(self, site: Site) -> None:
        known = _known(site)
        self._named.setdefault((site.site_type, site.area, known.plain), []).append(known)
        if site.place:
            self._near.setdefault((site.site_type, known.telling, *_cell(known)), []).append(known)

    def twin(self, site: Site) -> Twin | None:
        """The nearest one that may be this site under another code."""
        own = _known(site)
        found = [Twin(other.site, metres) for other, metres in self._candidates(own) if _alike(own, other)]
        if found:
            return min(found, key=lambda twin: (twin.metres if twin.metres is not None else math.inf, twin.other.code))
        same = self._named.get((site.site_type, site.area, own.plain), [])
        for other in same[:_MOST_COMPARED]:
            if other.site.code != site.code and (site.place is None or other.site.place is None):
                return Twin(other.site, None)
        return None

    def _candidates(self, own: _Known) -> Iterator[tuple[_Known, float]]:
        if own.site.place is None:
            return
        row, column = _cell(own)
        for near_row in (row - 1, row, row + 1):
            for near_column in (column - 1, column, column + 1):
                cell = (own.site.site_type, own.telling, near_row, near_column)
                for other in self._near.get(cell, ())[:_MOST_COMPARED]:
                    metres = math.hypot(*offset_m((own.lat, own.lon), (other.lat, other.lon)))
                    if other.site.code != own.site.code and metres <= max(own.room_m, other.room_m):
                        yield other, metres


def similar_names(one: str, other: str) -> bool:
    """Whether two names may be one place's: most of their letters agree, and every number and direction does.

    第1卫生间 and 第2卫生间 are two, as are 北京路东段 and 北京路西段.
    """
    return _similar(_plain(one), _plain(other))


def _alike(own: _Known, other: _Known) -> bool:
    return _similar(own.plain, other.plain, own.pairs, other.pairs)


def _similar(
    one: str, other: str, one_pairs: Counter[str] | None = None, other_pairs: Counter[str] | None = None
) -> bool:
    if _telling(one) != _telling(other):
        return False
    shorter, longer = sorted((one, other), key=len)
    if one == other or (len(shorter) >= 3 and (shorter in longer or _abbreviates(shorter, longer))):
        return True
    first, second = one_pairs or _pairs(one), other_pairs or _pairs(other)
    total = first.total() + second.total()
    return bool(total) and 2 * (first & second).total() / total >= _SIMILAR


def _abbreviates(shorter: str, longer: str) -> bool:
    """Whether letters were left out only, at most every other one: 沙市一中 for 沙市第一中学, 公厕 for 公共厕所."""
    rest = iter(longer)
    return 2 * len(shorter) >= len(longer) and all(letter in rest for letter in shorter)


def _known(site: Site) -> _Known:
    plain, place = _plain(site.name), site.place
    room = min(_MOST_ROOM_M, max(CLOSE_M, place.accuracy_m)) if place else 0.0
    lat, lon = (place.lat, place.lon) if place else (0.0, 0.0)
    return _Known(site, plain, _telling(plain), _pairs(plain), lat, lon, room)


def _plain(name: str) -> str:
    return _NOISE.sub("", unicodedata.normalize("NFKC", name)).casefold()


def _telling(plain: str) -> str:
    return "".join(sorted(_TELLING.findall(plain)))


def _pairs(plain: str) -> Counter[str]:
    return Counter(plain[start : start + 2] for start in range(len(plain) - 1))


def _cell(known: _Known) -> tuple[int, int]:
    return math.floor(known.lat / _CELL), math.floor(known.lon / _CELL)
