"""The head of the log as it is printed and signed, so that it is known outside of the office."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .commitments import canonical

FORMAT = "inspect-log-head"
_PRINTED = re.compile(r"(?<![0-9])([1-9][0-9]{0,11})\s*[:：]\s*((?:[0-9a-f]\s*){63}[0-9a-f])(?![0-9a-f])")


@dataclass(frozen=True, slots=True)
class SignedHead:
    """``head`` is ``<seq>:<hash>`` of the log's last entry at ``at`` (UTC, ISO 8601).

    ``key`` is the SHA-256 of the public key (SubjectPublicKeyInfo, DER) that verifies ``signature``: ECDSA over P-256
    with SHA-256 of ``statement``, DER in base64.
    """

    head: str
    at: str
    key: str
    signature: str

    @property
    def seq(self) -> int:
        return int(self.head.partition(":")[0])

    @property
    def hash(self) -> str:
        return self.head.partition(":")[2]


def statement(head: str, at: str) -> bytes:
    """What is signed of a head: canonical JSON."""
    return canonical({"format": FORMAT, "head": head, "at": at})


def printed(head: str) -> str:
    """A head in groups that a line can break between."""
    seq, _, hash = head.partition(":")
    return f"{seq}:{' '.join(hash[at : at + 16] for at in range(0, len(hash), 16))}"


def heads_in(text: str) -> list[tuple[int, str]]:
    """Number and hash of every head that a text names, as it was published or printed, in the order of numbers."""
    found = {(int(seq), re.sub(r"\s", "", hash)) for seq, hash in _PRINTED.findall(text)}
    return sorted(found)
