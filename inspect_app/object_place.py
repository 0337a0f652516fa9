"""Where an object store with the interface of S3 is, as settings name it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

_WHERE = re.compile(r"s3://(?P<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?P<prefix>(/[A-Za-z0-9._-]+)*)/?")
_ENDPOINT = re.compile(r"https?://[^\s/?#]+")
_LOOPBACK = re.compile(r"http://(localhost|127\.[0-9.]+|\[::1\])(:[0-9]+)?")
PHOTOS_AT, BACKUPS_AT = "INSPECT_OBJECTS", "INSPECT_BACKUPS"
"""What photos, and backups, may lie in an object store by; the other variables begin as these do."""
_MORE = ("_ENDPOINT", "_REGION", "_KEY", "_SECRET", "_BUCKET_IN_HOST")
NAMES = frozenset(
    {
        *("INSPECT_OBJECTS", "INSPECT_OBJECTS_ENDPOINT", "INSPECT_OBJECTS_REGION", "INSPECT_OBJECTS_KEY"),
        *("INSPECT_OBJECTS_SECRET", "INSPECT_OBJECTS_BUCKET_IN_HOST"),
        *("INSPECT_BACKUPS", "INSPECT_BACKUPS_ENDPOINT", "INSPECT_BACKUPS_REGION", "INSPECT_BACKUPS_KEY"),
        *("INSPECT_BACKUPS_SECRET", "INSPECT_BACKUPS_BUCKET_IN_HOST"),
    }
)


class ObjectPlaceWrong(Exception):
    """A setting of the object store cannot be used; the message names it, in Chinese."""


@dataclass(frozen=True, slots=True)
class ObjectPlace:
    """A bucket, what all names in it begin with (``city/``, or nothing), and how it is reached.

    ``bucket_in_host``: the bucket's name is a part of the endpoint's host, as some clouds want it.
    """

    bucket: str
    prefix: str
    endpoint: str
    region: str
    key: str
    secret: str = field(repr=False)
    bucket_in_host: bool = False

    @property
    def is_readable_on_the_way(self) -> bool:
        """Whether photos go over a network unencrypted."""
        return self.endpoint.startswith("http://") and not _LOOPBACK.fullmatch(self.endpoint)

    def __str__(self) -> str:
        return f"{self.endpoint}/{self.bucket}/{self.prefix}".rstrip("/")


def object_place_from(environment: Mapping[str, str], name: str) -> ObjectPlace | None:
    """The place that a variable and what belongs to it name; None where it is not set, or names no object store.

    Raises ``ObjectPlaceWrong`` naming the variable.
    """
    where = environment.get(name, "")
    if not where or (name != PHOTOS_AT and not where.startswith("s3:")):
        if left := [more for more in _MORE if environment.get(f"{name}{more}")]:
            raise ObjectPlaceWrong(f"{name}{left[0]}：没有 {name}（如 s3://inspect/jingzhou），它没有作用")
        return None
    found = _WHERE.fullmatch(where)
    if not found:
        raise ObjectPlaceWrong(f"{name}：应为 s3://桶名 或 s3://桶名/目录，实为「{where}」")
    return ObjectPlace(
        bucket=found["bucket"],
        prefix=f"{found['prefix'][1:]}/" if found["prefix"] else "",
        endpoint=_endpoint(environment, f"{name}_ENDPOINT"),
        region=environment.get(f"{name}_REGION") or "us-east-1",
        key=_needed(environment, name, "_KEY", "访问密钥的编号（access key）"),
        secret=_needed(environment, name, "_SECRET", "访问密钥（secret key）"),
        bucket_in_host=_switch(environment, f"{name}_BUCKET_IN_HOST"),
    )


def _endpoint(environment: Mapping[str, str], name: str) -> str:
    text = environment.get(name, "").rstrip("/")
    if not _ENDPOINT.fullmatch(text):
        raise ObjectPlaceWrong(f"{name}：应为对象存储的网址，如 https://s3.example.cn，不带路径，实为「{text}」")
    return text


def _needed(environment: Mapping[str, str], name: str, more: str, what: str) -> str:
    if not environment.get(f"{name}{more}"):
        raise ObjectPlaceWrong(f"{name}{more}：设置了 {name}，还要有对象存储的{what}")
    return environment[f"{name}{more}"]


def _switch(environment: Mapping[str, str], name: str) -> bool:
    text = environment.get(name, "")
    if text not in ("", "0", "1"):
        raise ObjectPlaceWrong(f"{name}：应为 1（打开）或 0，实为「{text}」")
    return text == "1"
