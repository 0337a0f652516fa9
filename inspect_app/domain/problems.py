"""What is wrong with an input, said so that the person who sent it can mend it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: where (file, row, field) and what, both in Chinese."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}：{self.what}"
