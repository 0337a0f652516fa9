"""Sign-in codes as documents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...domain.accounts.sign_in_code import CodeOnRecord, CodeState
from ...domain.weeks import instant_of, utc_text
from ..collection import Collection, Document


def _read(digest: str, document: Mapping[str, Any]) -> CodeOnRecord:
    ended = document.get("ended_at")
    return CodeOnRecord(
        user=document["user"],
        epoch=document["epoch"],
        made_by=document["made_by"],
        created_at=instant_of(document["created_at"]),
        expires_at=instant_of(document["expires_at"]),
        state=CodeState(document["state"]),
        ended_at=instant_of(ended) if ended else None,
        device=document.get("device", ""),
        claim=document.get("claim", ""),
    )


def _write(code: CodeOnRecord) -> Document:
    return {
        "user": code.user,
        "epoch": code.epoch,
        "made_by": code.made_by,
        "created_at": utc_text(code.created_at),
        "expires_at": utc_text(code.expires_at),
        "state": code.state.value,
        **({"ended_at": utc_text(code.ended_at)} if code.ended_at else {}),
        **({"device": code.device, "claim": code.claim} if code.device else {}),
    }


SIGN_IN_CODES: Collection[CodeOnRecord] = Collection("sign_in_codes", _read, _write, by=("state",))
"""Codes; an id is the code's SHA-256, the code itself is kept nowhere."""
