"""The copies of a photo that leave the office: pixels alone, of one size and shape, so that they tell no phone."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from PIL import Image

from ...domain.evidence.marks import Mark
from ...photos.caption import LOOK, captioned
from ...photos.marks import drawn
from ...photos.uniform import SIDE_PX, SMALL_PX, uniform
from .. import Services
from .examining import copy_made_once
from .marking import marks_name


def shared_copy(
    services: Services,
    sha256: str,
    *,
    marks: Sequence[Mark],
    small: bool = False,
    lines: Sequence[str] = (),
    anew: bool = False,
) -> bytes | None:
    """The JPEG of a kept photo for units, leaders and letters, with marks and ``lines`` burnt in.

    What the marks hide is gone from its pixels. None where it is no picture. ``anew`` as for ``copy_made_once``.
    """
    words = f"{hashlib.sha256(chr(10).join(lines).encode()).hexdigest()[:16]}-look{LOOK}" if lines else "plain"
    name = f"{sha256}-{words}-{'small' if small else 'whole'}{marks_name(marks)}"

    def marked(review: Image.Image) -> Image.Image:
        return drawn(review, marks)

    def finished(picture: Image.Image) -> Image.Image:
        return captioned(uniform(picture, SMALL_PX if small else SIDE_PX), lines)

    return copy_made_once(services, "shared", name, sha256, marked, finished, anew=anew)
