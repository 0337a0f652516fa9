"""Taking a photo: checked, then kept for good. What is made of it waits until its inspection is there."""

from __future__ import annotations

from ...domain.problems import Problem
from ...photos.intake import hash_problem, photo_problem
from .. import Services


def receive_photo(services: Services, sha256: str, content: bytes, *, only_copy: bool = False) -> bool | Problem:
    """Keep a photo under its SHA-256; True where it is new, a problem where nothing is kept.

    Returns once the bytes are on disk. A photo that is kept already was checked when it came, and is not decoded again.
    With ``only_copy`` a JPEG that ends early is kept, too: the sender has no better one.
    """
    if problem := hash_problem(sha256, content):
        return problem
    if services.photos.has(sha256):
        return services.photos.keep(sha256, content)
    if problem := photo_problem(content, only_copy=only_copy):
        return problem
    return services.photos.keep(sha256, content)
