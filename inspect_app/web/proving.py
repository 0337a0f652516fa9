"""Whether somebody who is signed in has just shown who it is, and the page that asks for it.

A form that asks for a dangerous act is shown again, with a field for the password beside what was filled in, and is
then sent where it was to go: nothing has to be typed twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from flask import Response, make_response, render_template, request, session
from werkzeug.wrappers import Response as BaseResponse

from ..domain.accounts.factors import PROOF_LASTS
from ..domain.accounts.user import User
from ..services.accounts.factors import factors_of
from ..services.accounts.signing_in import Wait, try_code, try_password
from ..services.accounts.throttle import keys_of
from .context import here, now, services
from .errors import error_page
from .known_devices import known_device

FIELD = "proof"
"""The field with the password or the code."""
_PROVED = "proved_at"


def note_proof() -> None:
    """Whoever is signed in has shown who it is."""
    session[_PROVED] = int(now().timestamp())


def has_proved() -> bool:
    """Whether that was a short while ago."""
    at = session.get(_PROVED)
    return at is not None and abs(now() - datetime.fromtimestamp(at, UTC)) < PROOF_LASTS


def proved_or_asked(user: User) -> BaseResponse | None:
    """None where whoever is signed in may go on; else the answer that asks for password or code."""
    given = request.form.get(FIELD, "") if request.method == "POST" else ""
    if has_proved():
        return None
    if request.is_json or request.path.startswith("/api/"):
        return error_page(403, "请先确认是您本人：刷新页面，输入密码后再试")
    if not given:
        return prove_page(user, 403)
    if problem := wrong_proof(user, given):
        return prove_page(user, 403, problem)
    note_proof()
    return None


def wrong_proof(user: User, given: str) -> str:
    """What is wrong with a password or code of the account; empty where it is right."""
    store = services().store
    if len(given.strip()) == 6 and given.strip().isdecimal() and factors_of(store, user.name).totp:
        fits: bool | User | Wait | None = try_code(services(), user, given, now())
    else:
        keys = keys_of(services().tries_key, user.name, request.remote_addr or "", known_device(user.name))
        fits = try_password(store, user.name, given, keys, now())
    if isinstance(fits, Wait):
        return wait_words(fits)
    return "" if fits else "密码或验证码不对"


def wait_words(wait: Wait) -> str:
    """How long to wait, for people."""
    return f"输错的次数太多，请在{wait.seconds}秒后再试"


def prove_page(user: User, status: int, problem: str = "", target: str = "") -> Response:
    """The page that asks for the password or a code; it leads to ``target``, or sends the same form again."""
    page = render_template(
        "accounts/prove.html",
        target=target or here(),
        fields=list(_fields()),
        files=bool(request.files),
        problem=problem,
        factors=factors_of(services().store, user.name),
        field=FIELD,
    )
    return make_response(page, status)


def _fields() -> Iterator[tuple[str, str]]:
    """What was filled in, but what the page puts there itself."""
    if request.method == "POST":
        for name, values in request.form.lists():
            if name not in (FIELD, "csrf_token"):
                yield from ((name, value) for value in values)
