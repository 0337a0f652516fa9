"""What was found about an inspection's photos when they were checked."""

from __future__ import annotations

from dataclasses import dataclass

from .exif import Exif
from .signals import Signal


@dataclass(frozen=True, slots=True)
class CheckedPhoto:
    """One photo of an inspection as checked: item, whether the file is whole, what it says, and its signals.

    ``exif`` is None where the file is no picture, or gone.
    """

    sha256: str
    item: str
    whole: bool
    exif: Exif | None
    signals: tuple[Signal, ...]


@dataclass(frozen=True, slots=True)
class Checks:
    """All photos of one inspection as checked; ``number`` is that of the rules by which they were."""

    week: str
    number: int
    photos: tuple[CheckedPhoto, ...]
