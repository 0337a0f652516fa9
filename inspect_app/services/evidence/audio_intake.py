"""Taking a recording: checked, then kept for good, byte for byte."""

from __future__ import annotations

from ...domain.evidence.recordings import MAX_BYTES, mimetype_of
from ...domain.problems import Problem
from ...photos.intake import hash_problem
from .. import Services


def receive_recording(services: Services, sha256: str, content: bytes) -> bool | Problem:
    """Keep a recording under its SHA-256; True where it is new, a problem where nothing is kept.

    Returns once the bytes are on disk. A recording that ends early (the phone died) is kept as it is: players play
    what there is.
    """
    if len(content) > MAX_BYTES:
        return Problem("录音", f"超过上限{MAX_BYTES // 1024 // 1024}MB")
    if problem := hash_problem(sha256, content, "录音"):
        return problem
    if mimetype_of(content) is None:
        return Problem("录音", "不是可以识别的录音，支持 WebM、MP4、Ogg")
    return services.recordings.keep(sha256, content)
