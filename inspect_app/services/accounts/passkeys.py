"""Passkeys (通行密钥, WebAuthn): asked of a browser, and what it answers checked.

A passkey is always asked to make sure of its owner (by finger, face or PIN): it stands for both factors.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from ...collections.accounts.factors import FACTORS
from ...domain.accounts.factors import Factors, Passkey
from ...domain.accounts.user import User
from ...domain.problems import Problem
from ...store import Stale, Store
from .accounts import find_user

_NAME = "明察暗访"
_LONGEST_NAME = 40
_Wrong = (WebAuthnException, ValueError, KeyError, TypeError)


@dataclass(frozen=True, slots=True)
class PasskeySite:
    """Where passkeys are for: a host name, and the origin that pages of it have."""

    host: str
    origin: str


def registration_options(site: PasskeySite, user: User, factors: Factors, challenge: bytes) -> str:
    """What a browser is asked in order to make a passkey, as JSON."""
    options = generate_registration_options(
        rp_id=site.host,
        rp_name=_NAME,
        user_id=hashlib.sha256(f"passkey {user.name}".encode()).digest(),
        user_name=user.name,
        user_display_name=user.title,
        challenge=challenge,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=_named(factors),
    )
    return options_to_json(options)


def registered(
    site: PasskeySite, challenge: bytes, answer: Mapping[str, Any], name: str, now: datetime
) -> Passkey | list[Problem]:
    """The passkey that a browser made."""
    try:
        made = verify_registration_response(
            credential=dict(answer),
            expected_challenge=challenge,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            require_user_verification=True,
        )
    except _Wrong:
        return [Problem("accounts.passkey_answer_wrong")]
    name = " ".join(name.split())[:_LONGEST_NAME] or "通行密钥"
    id, key = bytes_to_base64url(made.credential_id), bytes_to_base64url(made.credential_public_key)
    return Passkey(id, key, made.sign_count, name, now)


def authentication_options(site: PasskeySite, challenge: bytes, factors: Factors | None = None) -> str:
    """What a browser is asked in order to use a passkey, as JSON: one of an account, or any."""
    options = generate_authentication_options(
        rp_id=site.host,
        challenge=challenge,
        allow_credentials=_named(factors) if factors else None,
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return options_to_json(options)


def authenticated(store: Store, site: PasskeySite, challenge: bytes, answer: Mapping[str, Any]) -> User | None:
    """The account whose passkey a browser used, or None. Notes how often the passkey says that it was used."""
    id = answer.get("id")
    kept = next(iter(FACTORS.find(store, passkey_ids=id)), None) if isinstance(id, str) else None
    if kept is None:
        return None
    passkey = next(one for one in kept.value.passkeys if one.id == id)
    try:
        used = verify_authentication_response(
            credential=dict(answer),
            expected_challenge=challenge,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            credential_public_key=base64url_to_bytes(passkey.public_key),
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=True,
        )
        if used.new_sign_count != passkey.sign_count:
            counted = replace(passkey, sign_count=used.new_sign_count)
            others = tuple(counted if one.id == id else one for one in kept.value.passkeys)
            FACTORS.update(store, kept, replace(kept.value, passkeys=others))
    except (*_Wrong, Stale):
        return None
    user = find_user(store, kept.id)
    return user if user and user.active else None


def _named(factors: Factors) -> list[PublicKeyCredentialDescriptor]:
    return [PublicKeyCredentialDescriptor(id=base64url_to_bytes(one.id)) for one in factors.passkeys]
