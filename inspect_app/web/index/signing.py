"""The office's public key at an address that stays, and what checks its signatures: for everybody."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, render_template

from ...services.evidence.bundle import VERIFIER
from ...services.index.timestamping import PublishedHead, published_heads
from .. import access
from ..context import services
from ..downloads import download
from ..refusing import refuse
from .pages import public_answer

blueprint = Blueprint("signing", __name__, url_prefix="/key")

_SHOWN = 52
"""Printed heads that the page lists, the newest first."""


@blueprint.get("/")
@access.public
def show() -> Response:
    """The key's fingerprint, and how heads of the log and bundles are checked with it."""
    heads = list(published_heads(services()))[-_SHOWN:]
    page = render_template("index/key.html", office=services().office, heads=heads[::-1], settings=services().settings)
    return public_answer(make_response(page))


@blueprint.get("/office.pem")
@access.public
def key() -> Response:
    """The public key, as ``openssl`` and ``verify.py`` read it."""
    if not services().office.pem:
        refuse(404, "办公室的公钥暂时不知道：密钥缺失。请向办公室索取留存的公钥")
    return _file(services().office.pem, "application/x-pem-file", "office.pem")


@blueprint.get("/verify.py")
@access.public
def verifier() -> Response:
    """The script that checks an evidence bundle."""
    return _file(VERIFIER.read_bytes(), "text/x-python; charset=utf-8", "verify.py")


@blueprint.get("/<week>/<int:revision>/head.json")
@access.public
def head(week: str, revision: int) -> Response:
    """The bytes that the office signed, and an outside service stamped, when it published a revision."""
    return _file(_printed(week, revision).statement, "application/json; charset=utf-8", f"{week}-{revision}-head.json")


@blueprint.get("/<week>/<int:revision>/head.tsr")
@access.public
def timestamp(week: str, revision: int) -> Response:
    """The time-stamp of these bytes (RFC 3161)."""
    found = _printed(week, revision).stamp
    if found is None or not found.token:
        refuse(404, "这一版的日志末条还没有时间戳")
    return _file(found.token, "application/timestamp-reply", f"{week}-{revision}-head.tsr")


def _printed(week: str, revision: int) -> PublishedHead:
    for one in published_heads(services()):
        if (one.week, one.revision) == (week, revision):
            return one
    refuse(404, f"{week} 第{revision}版没有印出日志末条")


def _file(content: bytes, kind: str, name: str) -> Response:
    return public_answer(download(content, kind, name))
