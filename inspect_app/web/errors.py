"""One place that turns what went wrong into an answer: JSON for clients, a page for people."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from dataclasses import asdict

from flask import Flask, Response, jsonify, make_response, render_template, request
from flask_wtf.csrf import CSRFError
from markupsafe import escape
from werkzeug.exceptions import HTTPException

from ..collections import TooNew
from ..domain.problems import Problem
from ..durable import is_full
from ..photos.damage import OriginalDamaged, OriginalRemoved
from ..photos.objects import ObjectsAway
from ..photos.raster import Unable
from ..services.index.frozen import FrozenDamaged
from ..store import Stale, StoreAway, StoreBarred, StoreDamaged, StoreLeft
from ..wording import all_said, say
from .context import services, visitor
from .refusing import DISK_FULL, Refused

_log = logging.getLogger(__name__)
_AGAIN_AFTER_S = 10
_PLAIN = '<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>{sentence}</title><h1>{sentence}</h1></html>'
_PICTURE = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 320 240" width="320" height="240" role="img">'
    '<rect width="320" height="240" fill="#eceff1"/><text x="160" y="124" fill="#37474f" font-size="25"'
    ' font-family="sans-serif" text-anchor="middle">{sentence}</text></svg>'
)
_AWAY = {
    "read": "数据库暂时连不上，请稍后再打开",
    "not kept": "数据库暂时连不上，没有保存这次提交的内容，请稍后再提交；手机会自动重发",
    "unknown": "数据库的回答丢了，不知道这次提交的内容是否已保存，请稍后再提交一次；手机会自动重发，同样的内容不会重复",
}
"""What is said where the database is away: of what was to be read, or kept, and where nobody can tell."""
_BARRED = {
    "read": "数据库现在不让本系统使用，请告诉管理员，稍后再打开",
    "not kept": "数据库现在不让本系统使用，没有保存这次提交的内容，请告诉管理员，稍后再提交；手机会自动重发",
}
_NEWER = "这里有更新版本的程序写下的内容，这台服务器的程序还是旧的，请稍后再试；手机会自动重发"
_DAMAGED = "这里需要的数据有缺损，暂时不能提供。其他页面照常可用"
"""What strangers are told: names of our files are nothing for them."""
_SENTENCES = {
    400: "请求有误",
    401: "请先登录",
    403: "没有权限",
    404: "没有找到",
    405: "不支持这种请求方式",
    409: "内容有冲突",
    413: "内容过大，超过上限",
    415: "不支持这种内容类型",
    422: "提交内容有误",
    429: "尝试次数过多，请稍后再试",
    503: "服务器正忙，请稍后再试",
    500: "服务器内部错误，已记录；没有保存任何内容的请求可以重新提交",
}


def handle(app: Flask) -> None:
    """Register the handlers, and the filter by which templates say problems."""
    app.add_template_filter(say, "said")
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(CSRFError, _expired)
    app.register_error_handler(Stale, _stale)
    app.register_error_handler(Unable, _busy)
    app.register_error_handler(StoreAway, _away)
    app.register_error_handler(OriginalRemoved, _removed)
    app.register_error_handler(TooNew, _newer)
    for damage in (OriginalDamaged, FrozenDamaged, StoreDamaged):
        app.register_error_handler(damage, _damaged)
    app.register_error_handler(ObjectsAway, _photos_away)
    app.register_error_handler(OSError, _of_the_system)
    app.register_error_handler(Exception, _unexpected)


def problem_answer(status: int, problems: Sequence[Problem], **more: object) -> Response:
    """A JSON answer that lists what is wrong: ``{"error": …, "problems": [{"code", "path", "where", "what"}, …]}``.

    Code and path are for programs (see ``Problem``), the others for people (see ``say``).
    """
    body = {
        "error": all_said(problems, most=3) or _SENTENCES[status],
        "problems": [
            {"code": problem.code, "path": list(problem.path), **asdict(say(problem))} for problem in problems
        ],
        **more,
    }
    return make_response(jsonify(body), status)


def error_page(status: int, sentence: str) -> Response:
    """An error as a page, or as JSON under ``/api/`` and to scripts that sent JSON."""
    if request.path.startswith("/api/") or request.is_json:
        return make_response(jsonify(error=sentence, problems=[]), status)
    try:
        page = render_template("error.html", status=status, sentence=sentence)
    except (StoreDamaged, StoreAway, TooNew):  # the frame of every page asks the store as well
        page = _PLAIN.format(sentence=escape(sentence))
    return make_response(page, status)


def _http(error: HTTPException) -> Response:
    status = error.code or 500
    if error.response is not None or status < 400:
        return make_response(error.get_response())
    own = error.description if isinstance(error, Refused) else None
    answer = error_page(status, own or _SENTENCES.get(status, "请求无法处理"))
    if isinstance(error, Refused) and error.again_after_s:
        answer.headers["Retry-After"] = str(error.again_after_s)
    if status == 401:
        answer.headers["WWW-Authenticate"] = "Bearer"
    return answer


def _expired(_: CSRFError) -> Response:
    return error_page(400, "页面已过期（CSRF校验未通过），请返回刷新页面后重试")


def _stale(_: Stale) -> Response:
    return error_page(409, "刚刚有其他人改动了同一内容，没有保存您的改动；请返回刷新后再试")


def _busy(_: Unable) -> Response:
    answer = error_page(503, "服务器正在处理很多大图，这一张没有接收，请稍后再发；手机会自动重发")
    answer.headers["Retry-After"] = str(_AGAIN_AFTER_S)
    return answer


def _photos_away(error: ObjectsAway) -> Response:
    """Nothing that was sent is acknowledged; what needs no photo works."""
    _log.error("%s: %s", request.endpoint, error)
    answer = error_page(503, "存放照片的服务器暂时连不上，这一次没有确认保存；稍后再试，手机会自动重发")
    answer.headers["Retry-After"] = str(_AGAIN_AFTER_S)
    return answer


def _away(error: StoreAway) -> Response:
    """The database cannot be asked: the page's own frame would ask it as well, so there is none."""
    _log.error("%s: %s", request.endpoint, error)
    if isinstance(error, StoreLeft):
        return _without_frame(str(error))
    what = "unknown" if error.is_unknown else "read" if request.method in ("GET", "HEAD") else "not kept"
    return _without_frame((_BARRED if isinstance(error, StoreBarred) else _AWAY)[what])


def _newer(error: TooNew) -> Response:
    """While servers are brought to a new release one after another, an old one meets what a new one wrote."""
    _log.error("%s: %s", request.endpoint, error)
    return _without_frame(_NEWER)


def _without_frame(sentence: str) -> Response:
    """It cannot be had now, and may be had soon. A page's own frame may need what cannot be had."""
    if request.path.startswith("/api/") or request.is_json:
        answer = make_response(jsonify(error=sentence, problems=[]), 503)
    else:
        answer = make_response(_PLAIN.format(sentence=escape(sentence)), 503)
    answer.headers["Retry-After"] = str(_AGAIN_AFTER_S)
    return answer


def _damaged(error: Exception) -> Response:
    """What needs a damaged file says so, with its name to who is signed in; all else works."""
    _log.error("%s: %s", request.endpoint, error)
    within = str(error).replace(f"{services().settings.data}{os.sep}", "")
    return error_page(503, f"{within}。不需要它的页面照常可用，请把这句话告诉管理员" if visitor() else _DAMAGED)


def _removed(error: OriginalRemoved) -> Response:
    """Gone for good, by the rule (410): as a page, or as a picture where a page asks for one."""
    if request.accept_mimetypes.best_match(["text/html", "image/svg+xml"]) == "image/svg+xml":
        answer = make_response(_PICTURE.format(sentence=escape(str(error))), 410)
        answer.mimetype = "image/svg+xml"
    else:
        answer = error_page(410, str(error))
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def _of_the_system(error: OSError) -> Response:
    """A full disk: nothing that was sent is acknowledged, and all that is there can be read."""
    if not is_full(error):
        return _unexpected(error)
    _log.error("%s: the disk is full (%s)", request.endpoint, error)
    return error_page(507, DISK_FULL)


def _unexpected(error: Exception) -> Response:
    # The address of a sign-in page holds its code, which is nothing for a log.
    path = request.url_rule if request.blueprint == "devices" else request.path
    _log.exception("%s %s failed", request.method, path, exc_info=error)
    return error_page(500, _SENTENCES[500])
