"""What a thing costs, told by what something known costs on the same machine at the same time.

A number of seconds alone asks how fast the machine is, and how much runs beside the test: a limit is a multiple of
something measured, or ample for whatever comes to an end at all.
"""

from __future__ import annotations

import time
from collections.abc import Callable

PATIENCE_S = 120.0
"""Until then a test waits for what is going to happen however busy the machine is, and after which it never will."""

PAGE_PATIENCE_S = 60.0
"""The same for what a page, or a phone, is going to show. Browsers share the processors with three other tests: what a
quiet machine shows in half a second came after thirty."""
PAGE_PATIENCE_MS = PAGE_PATIENCE_S * 1000


def processor_s(work: Callable[[], object]) -> float:
    """Seconds that this process's processors took for it."""
    began = time.process_time()
    work()
    return time.process_time() - began


def clock_s(work: Callable[[], object]) -> float:
    """Seconds until it was done."""
    began = time.monotonic()
    work()
    return time.monotonic() - began


def allowed_s(rule_s: float, quiet_s: float) -> float:
    """How long an answer may take that the rule promises within ``rule_s``, where a quiet server takes ``quiet_s``.

    A quiet answer takes a hundredth of a second or two. Where it takes more than a twentieth, because the machine is
    slow or others run on it, all may take as many times longer.
    """
    return max(rule_s, 20 * rule_s * quiet_s)
