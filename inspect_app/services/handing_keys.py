"""Keys on their way to another server of the same database: a file that opens by a code alone (AES-256-GCM).

The code has 130 random bits, so it needs no slow hash, and who finds the file gets nothing out of it. What comes is
compared with what the database has noted of each key before any of it is put into place, and nothing takes the place of
another one.
"""

from __future__ import annotations

import base64
import json
import re
import secrets
from collections.abc import Mapping
from contextlib import closing
from datetime import datetime
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from ..collections.noted_key import NOTED_KEYS
from ..durable import keep_once, make_folder
from ..settings import Settings
from . import Services
from .audit import Entry, keep
from .keys import KEY_FILES, SHARED, digest_of
from .opening import source_of
from .shelf_files import NAMING_KEY

_HEAD, _NONCE = b"inspect keys 1\n", 12
"""How a file begins: with its form, then as many random bytes."""
_LETTERS, _GROUP = "abcdefghijklmnopqrstuvwxyz234567", 5
_NO_LETTER = re.compile(r"[^a-z2-7]")


class KeysRefused(Exception):
    """Keys cannot be handed over, or taken; the message says why, in Chinese. Nothing was written."""


def new_code() -> str:
    """A code to be told by another way than the file: 26 letters and digits, in groups."""
    letters = "".join(secrets.choice(_LETTERS) for _ in range(26))
    return "-".join(letters[at : at + _GROUP] for at in range(0, len(letters), _GROUP))


def keys_to_hand_over(services: Services, code: str, who: str, now: datetime) -> bytes:
    """The keys of this server, encrypted by a code. It is logged. Raises ``KeysRefused`` and ``KeyLost``."""
    if services.shelf is None:
        raise KeysRefused("文档在数据目录里，只能由一台服务器用；要几台，先把文档搬进数据库，见 docs/operate/moving.md")
    services.keys.open_for_servers()
    paths = {file.name: services.keys.path(file) for file in KEY_FILES.values()}
    paths[NAMING_KEY] = services.settings.data / NAMING_KEY
    held = {name: path.read_bytes() for name, path in paths.items() if path.is_file()}
    keep(services.store, who, now, [Entry("key.exported", "key/all", after={"names": sorted(held)})], [])
    told = {name: base64.b64encode(one).decode() for name, one in held.items()}
    nonce = secrets.token_bytes(_NONCE)
    return _HEAD + nonce + _cipher(code).encrypt(nonce, json.dumps(told).encode(), _HEAD)


def take_keys(settings: Settings, content: bytes, code: str) -> list[str]:
    """Put the keys of another server in their places here; the names of those that were not there yet.

    Raises ``KeysRefused``, ``StoreAway``, ``StoreUnfit`` and ``OSError``.
    """
    if not settings.database:
        raise KeysRefused("没有设置 INSPECT_DATABASE：密钥要与数据库里记下的核对，请先设置与已有的服务器相同的数据库")
    held = _opened(content, code)
    noted = _noted(settings)
    if unknown := [name for name in held if name in KEY_FILES and noted.get(name) != digest_of(held[name])]:
        raise KeysRefused(
            f"{unknown[0]} 不是这个数据库里记下的那一把，什么也没有放入：文件可能是另一套系统的，或导出以后换过密钥，"
            "请重新导出；也请核对 INSPECT_DATABASE"
        )
    places = {name: _place(settings, name) for name in held}
    if other := [name for name, path in places.items() if path.exists() and path.read_bytes() != held[name]]:
        raise KeysRefused(f"{places[other[0]]} 已经有另一把，什么也没有放入：核对无误后请把它移到别处，再运行一次")
    settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    new = [name for name, path in places.items() if not path.exists()]
    for name in new:
        make_folder(places[name].parent)
        keep_once(places[name], held[name])
    return new


def _opened(content: bytes, code: str) -> dict[str, bytes]:
    """The keys in a file, by name; of names that nobody knows none. Raises ``KeysRefused``."""
    nonce, sealed = content[len(_HEAD) :][:_NONCE], content[len(_HEAD) + _NONCE :]
    if not content.startswith(_HEAD) or not sealed:
        raise KeysRefused("不是 keys export 导出的文件，或由别的版本的程序导出，或不完整")
    try:
        told = json.loads(_cipher(code).decrypt(nonce, sealed, _HEAD))
    except InvalidTag as error:
        raise KeysRefused("口令不对，或文件不完整") from error
    held = {name: base64.b64decode(text) for name, text in told.items()}
    return {name: one for name, one in held.items() if name in KEY_FILES or name == NAMING_KEY}


def _noted(settings: Settings) -> Mapping[str, str]:
    """What a database has noted of its keys, by name. It is only read: a new one is not founded."""
    with closing(source_of(settings)) as source, source.reading() as image:
        part = (NOTED_KEYS.name, "all")
        rows = list(image.rows(part)) if part in image.parts() else []
    return {row.id: json.loads(row.text)["digest"] for row in rows}


def _place(settings: Settings, name: str) -> Path:
    shared = {file.name for file in SHARED}
    return (settings.keys if settings.keys and name in shared else settings.data) / name


def _cipher(code: str) -> AESGCM:
    """By a code, with or without its hyphens, in letters of either size."""
    plain = _NO_LETTER.sub("", code.lower()).encode()
    return AESGCM(HKDF(hashes.SHA256(), 32, None, _HEAD).derive(plain))
