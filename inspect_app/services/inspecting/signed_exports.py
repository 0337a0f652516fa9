"""Whether an export is as an inspector's own phone wrote it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ...domain.accounts.user import User
from .. import Services
from ..accounts.device_keys import is_signed_by, key_problem
from .exported import MANIFEST, ExportedFiles

FORMAT = "inspect-phone-export-files"
_PIECE = 1 << 20


def unsigned_because(
    services: Services, exported: ExportedFiles, manifest: Mapping[str, Any], user: User, now: datetime
) -> str:
    """Why nobody can say that the inspector's phone wrote this; empty where its signature covers every file."""
    text, signature = manifest.get("signed"), manifest.get("signature")
    if not isinstance(text, str) or not isinstance(signature, str):
        return "文件没有手机的签名"
    try:
        listed = json.loads(text)
        x, y, files = listed["key"]["x"], listed["key"]["y"], dict(listed["files"])
        whole = listed["format"] == FORMAT and isinstance(x, str) and isinstance(y, str)
    except (ValueError, KeyError, TypeError, RecursionError):
        whole = False
    if not whole or not is_signed_by(x, y, text.encode(), signature):
        return "手机的签名无效"
    if listed.get("inspector") != user.name:
        return "签名的不是这个测评员"
    return key_problem(services.store, user, x, y, now) or _changed(exported, files)


def _changed(exported: ExportedFiles, files: Mapping[str, Any]) -> str:
    held = exported.entries.keys() - {MANIFEST}
    if held != set(files):
        return "签名之后文件里有增减"
    for name in held:
        if _hash_of(exported, name) != files[name]:
            return "签名之后内容被改动"
    return ""


def _hash_of(exported: ExportedFiles, name: str) -> str:
    hashed = hashlib.sha256()
    with exported.open(name) as file:
        while piece := file.read(_PIECE):
            hashed.update(piece)
    return hashed.hexdigest()
