"""What is said where an original is not held as it came."""

from __future__ import annotations


class OriginalDamaged(Exception):
    """An original's file is gone, or holds other bytes than came; the message names the file, in Chinese."""


class OriginalRemoved(OriginalDamaged):
    """An original was removed by a rule of retention; the message says so, in Chinese."""
