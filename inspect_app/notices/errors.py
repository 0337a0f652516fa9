"""What can go wrong."""

from __future__ import annotations


class NotSent(Exception):
    """A message that nobody took; the reason, in Chinese. Trying again may help: in a while where it ``is_passing``, as
    nobody answered, or who did is busy; else once what is refused was put right.
    """

    def __init__(self, reason: str, *, is_passing: bool = False) -> None:
        super().__init__(reason)
        self.is_passing = is_passing
