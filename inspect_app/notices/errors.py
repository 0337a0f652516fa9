"""What can go wrong."""

from __future__ import annotations


class NotSent(Exception):
    """A message that nobody took; the reason, in Chinese. Trying again may help."""
