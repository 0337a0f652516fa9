"""What one decoding tells of a photo, kept for a while: a request that asks several times decodes once."""

from __future__ import annotations

import threading
from collections import OrderedDict

from ..domain.problems import Problem
from .copies import Copies, Look, copies_of, look_of
from .intake import photo_problem

_MOST = 64
"""Looks in memory, some 15 kB each; a picture of its own size would be megabytes."""


class Looks:
    """The looks of the photos that were decoded last, by SHA-256. Safe to use from several threads.

    A photo's bytes never change, so neither does what they tell.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: OrderedDict[str, Look | Problem] = OrderedDict()

    def of(self, sha256: str, content: bytes) -> Look | Problem:
        """What the photo tells; a problem where it is no picture at all."""
        with self._lock:
            known = self._known.get(sha256)
        if known is not None:
            return known
        made = look_of(content)
        self._note(sha256, made)
        return made

    def decoded(self, sha256: str, content: bytes) -> Copies | Problem:
        """The photo decoded, for who needs its picture; what it tells is remembered."""
        made = copies_of(content)
        self._note(sha256, made.look if isinstance(made, Copies) else made)
        return made

    def _note(self, sha256: str, told: Look | Problem) -> None:
        with self._lock:
            self._known[sha256] = told
            self._known.move_to_end(sha256)
            while len(self._known) > _MOST:
                self._known.popitem(last=False)

    def problem(self, sha256: str, content: bytes, *, only_copy: bool = False) -> Problem | None:
        """As ``photo_problem``; a photo that has to be decoded whole for it is not decoded again afterwards."""

        def wrong_with(content: bytes) -> Problem | None:
            found = self.of(sha256, content)
            return found if isinstance(found, Problem) else None

        return photo_problem(content, only_copy=only_copy, wrong_with=wrong_with)
