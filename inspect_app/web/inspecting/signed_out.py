"""What becomes of a whole form whose session had ended when it came: the server keeps it until its owner signs in.

The browser is given a secret of its own in a cookie; the account is the one that the ended session was of.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator

from flask import Response, current_app, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from ...domain.accounts.user import User
from ...services.inspecting.unsent import KEPT_FOR, MOST_BYTES, Sent, keep
from ...wording import say
from ..context import now, services
from ..cookies import give_cookie, given_cookie
from ..refusing import refuse

_COOKIE = "unsent"
_SECRET = re.compile(r"[A-Za-z0-9_-]{43}")
_NOT_KEPT = "登录已失效，这份表单没有保存：{why}。请用浏览器的「返回」回到填好的页面，另开一页登录"
_STATUSES = {"too_large": 413, "too_many": 409, "no_room": 503}


def limit_form() -> None:
    """Take no more of a form than is kept; called before anything of it is read."""
    if (request.content_length or 0) > MOST_BYTES:
        refuse(413, _NOT_KEPT.format(why=f"超过{MOST_BYTES >> 20}MB"))
    request.max_content_length = min(MOST_BYTES, current_app.config["MAX_CONTENT_LENGTH"])


def keep_form(user: User) -> BaseResponse:
    """Keep the form that came, for an account; the answer leads to signing in, and from there to what waits."""
    fields = tuple((name, text) for name, text in request.form.items(multi=True) if name != "csrf_token")
    secret = browsers_secret() or secrets.token_urlsafe(32)
    about = request.view_args or {}
    sent = Sent(user.name, about.get("code", ""), fields, about.get("id", ""))
    if problem := keep(services(), secret, sent, _files(), request.content_length or MOST_BYTES, now()):
        refuse(_STATUSES[problem.code.removeprefix("unsent.")], _NOT_KEPT.format(why=say(problem).what))
    answer = redirect(url_for("auth.login", next=url_for("unsent.show")), 303, Response)
    give_cookie(answer, _COOKIE, secret, KEPT_FOR)
    return answer


def browsers_secret() -> str:
    """By which a browser's forms are found; empty where it has none."""
    given = given_cookie(_COOKIE)
    return given if _SECRET.fullmatch(given) else ""


def _files() -> Iterator[tuple[str, str, bytes]]:
    for field, file in request.files.items(multi=True):
        if file.filename and (content := file.read()):
            yield field, file.filename, content
