"""Second factors as documents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...domain.accounts.factors import Factors, Passkey
from ...domain.weeks import instant_of, utc_text
from ..collection import Collection, Document


def _read(name: str, document: Mapping[str, Any]) -> Factors:
    passkeys = tuple(
        Passkey(one["id"], one["public_key"], one["sign_count"], one["name"], instant_of(one["created_at"]))
        for one in document["passkeys"]
    )
    return Factors(document["totp"], document["last_step"], tuple(document["recovery"]), passkeys)


def _write(factors: Factors) -> Document:
    return {
        "totp": factors.totp,
        "last_step": factors.last_step,
        "recovery": list(factors.recovery),
        "passkey_ids": [one.id for one in factors.passkeys],
        "passkeys": [
            {
                "id": one.id,
                "public_key": one.public_key,
                "sign_count": one.sign_count,
                "name": one.name,
                "created_at": utc_text(one.created_at),
            }
            for one in factors.passkeys
        ],
    }


def _lasting(document: Document) -> Document:
    """Without what every use counts up."""
    passkeys = document.get("passkeys")
    if isinstance(passkeys, list):  # else somebody wrote it there behind the program's back
        passkeys = [{**one, "sign_count": 0} if isinstance(one, dict) else one for one in passkeys]
    return {**document, "last_step": 0, "passkeys": passkeys}


FACTORS: Collection[Factors] = Collection(
    "second_factors", _read, _write, by=("passkey_ids",), secret=("totp", "recovery"), lasting=_lasting
)
"""Second factors; an id is the account's name."""
