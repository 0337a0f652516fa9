"""The copies of a photo that leave the office: pixels alone, of one size and shape, so that they tell no phone."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from ...photos.caption import captioned
from ...photos.copies import as_jpeg
from ...photos.uniform import SIDE_PX, SMALL_PX, uniform
from .. import Services
from .examining import decoded

_QUALITY = 82


def shared_copy(services: Services, sha256: str, *, small: bool = False, lines: Sequence[str] = ()) -> bytes | None:
    """The JPEG of a kept photo for units, leaders and letters, with ``lines`` burnt in; None where it is no picture."""
    words = hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16] if lines else "plain"
    name = f"{sha256}-{words}-{'small' if small else 'whole'}"
    made = services.photos.derived("shared", name)
    if made is None and (copies := decoded(services, sha256)):
        picture = uniform(copies.review, SMALL_PX if small else SIDE_PX)
        made = as_jpeg(captioned(picture, lines) if lines else picture, _QUALITY)
        services.photos.keep_derived("shared", name, made)
    return made
