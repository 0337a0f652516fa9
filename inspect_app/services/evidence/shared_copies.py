"""The copies of a photo that leave the office: pixels alone, of one size and shape, so that they tell no phone."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from PIL import Image

from ...domain.evidence.marks import Mark
from ...photos.caption import captioned
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
    words = hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16] if lines else "plain"
    name = f"{sha256}-{words}-{'small' if small else 'whole'}{marks_name(marks)}"

    def shared(review: Image.Image) -> Image.Image:
        picture = uniform(drawn(review, marks), SMALL_PX if small else SIDE_PX)
        return captioned(picture, lines) if lines else picture

    return copy_made_once(services, "shared", name, sha256, shared, anew=anew)
