"""Where an object store with the interface of S3 is, as settings name it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

_WHERE = re.compile(r"s3://(?P<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?P<prefix>(/[A-Za-z0-9._-]+)*)/?")
_ENDPOINT = re.compile(r"https?://[^\s/?#]+")
_LOOPBACK = re.compile(r"http://(localhost|127\.[0-9.]+|\[::1\])(:[0-9]+)?")
NAMES = frozenset(
    {
        *("INSPECT_OBJECTS", "INSPECT_OBJECTS_ENDPOINT", "INSPECT_OBJECTS_REGION", "INSPECT_OBJECTS_KEY"),
        *("INSPECT_OBJECTS_SECRET", "INSPECT_OBJECTS_BUCKET_IN_HOST"),
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


def object_place_from(environment: Mapping[str, str]) -> ObjectPlace | None:
    """The place that ``INSPECT_OBJECTS`` and what belongs to it name; None where it is not set.

    Raises ``ObjectPlaceWrong`` naming the variable.
    """
    where = environment.get("INSPECT_OBJECTS", "")
    if not where:
        if left := sorted(name for name in NAMES if environment.get(name)):
            raise ObjectPlaceWrong(f"{left[0]}：没有 INSPECT_OBJECTS（如 s3://inspect/jingzhou），它没有作用")
        return None
    found = _WHERE.fullmatch(where)
    if not found:
        raise ObjectPlaceWrong(f"INSPECT_OBJECTS：应为 s3://桶名 或 s3://桶名/目录，实为「{where}」")
    return ObjectPlace(
        bucket=found["bucket"],
        prefix=f"{found['prefix'][1:]}/" if found["prefix"] else "",
        endpoint=_endpoint(environment),
        region=environment.get("INSPECT_OBJECTS_REGION") or "us-east-1",
        key=_needed(environment, "INSPECT_OBJECTS_KEY", "访问密钥的编号（access key）"),
        secret=_needed(environment, "INSPECT_OBJECTS_SECRET", "访问密钥（secret key）"),
        bucket_in_host=_switch(environment, "INSPECT_OBJECTS_BUCKET_IN_HOST"),
    )


def _endpoint(environment: Mapping[str, str]) -> str:
    text = environment.get("INSPECT_OBJECTS_ENDPOINT", "").rstrip("/")
    if not _ENDPOINT.fullmatch(text):
        raise ObjectPlaceWrong(
            f"INSPECT_OBJECTS_ENDPOINT：应为对象存储的网址，如 https://s3.example.cn，不带路径，实为「{text}」"
        )
    return text


def _needed(environment: Mapping[str, str], name: str, what: str) -> str:
    if not environment.get(name):
        raise ObjectPlaceWrong(f"{name}：设置了 INSPECT_OBJECTS，还要有对象存储的{what}")
    return environment[name]


def _switch(environment: Mapping[str, str], name: str) -> bool:
    text = environment.get(name, "")
    if text not in ("", "0", "1"):
        raise ObjectPlaceWrong(f"{name}：应为 1（打开）或 0，实为「{text}」")
    return text == "1"
