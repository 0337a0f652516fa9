"""A published week as files, one module per format: each is a pure function of the frozen figures.

Whoever makes a file again from the same figures, on whatever day, gets the same bytes.
"""

from __future__ import annotations

LICENCE = "CC BY 4.0"
LICENCE_URL = "https://creativecommons.org/licenses/by/4.0/deed.zh-hans"
