"""What passkeys sign: a challenge in the session, good once and for a short while, and the site that it is for."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from urllib.parse import urlsplit

from flask import Response, request, session
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url

from ...services.accounts.passkeys import PasskeySite
from ..context import now
from ..own_address import own_origin
from ..refusing import refuse

NO_PASSKEYS = "通行密钥需要用本站的域名经 HTTPS 打开，用IP地址打开时不能使用；在代理后面要设 INSPECT_ADDRESS"
_CHALLENGE, _LASTS = "challenge", timedelta(minutes=5)


def site() -> PasskeySite:
    """The site as the browser sees it. A passkey of another host or origin does not fit, whatever a request claims.

    409 where a request names a host that is not ours.
    """
    origin = own_origin()
    return _site_at(origin) if origin else refuse(409, NO_PASSKEYS)


def passkeys_possible() -> bool:
    """Whether browsers make passkeys here: by HTTPS or on this machine, under a name of ours and no bare address."""
    origin = own_origin()
    if origin is None:
        return False
    host = _site_at(origin).host
    try:
        ip_address(host)
    except ValueError:
        return request.is_secure or host == "localhost"
    return False


def _site_at(origin: str) -> PasskeySite:
    return PasskeySite(urlsplit(origin).hostname or "", origin)


def new_challenge() -> bytes:
    """A challenge for the passkey that is asked next."""
    challenge = secrets.token_bytes(32)
    session[_CHALLENGE] = {"bytes": bytes_to_base64url(challenge), "at": int(now().timestamp())}
    return challenge


def taken_challenge() -> bytes | None:
    """The challenge that this browser was given; None where there is none, it is used, or too old."""
    found = session.pop(_CHALLENGE, None)
    if not found or now() - datetime.fromtimestamp(found["at"], UTC) > _LASTS:
        return None
    return base64url_to_bytes(found["bytes"])


def taken_answer() -> tuple[bytes, dict[str, object]] | None:
    """The challenge, and the JSON object with which the browser answers it; None where either is missing."""
    challenge, answer = taken_challenge(), request.get_json(silent=True)
    return (challenge, answer) if challenge is not None and isinstance(answer, dict) else None


def json_answer(text: str) -> Response:
    """Options for a passkey, which are JSON already."""
    return Response(text, mimetype="application/json")
