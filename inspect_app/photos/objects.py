"""An object store with the interface of S3: what was put is there whole, or an error is raised.

``obstore`` signs, sends and repeats requests. An object's checksum goes with it, so that an engine which looks at it
refuses what was changed on the way; because not every engine does, the tag of what it kept is compared as well.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from ..object_place import ObjectPlace

if TYPE_CHECKING:
    from obstore.store import S3Store

_CONNECT, _WHOLE = "3s", "60s"
_TRIES, _TRY_FOR = 3, timedelta(seconds=15)
"""An engine that restarts is waited for within a request, one that is away is not."""
_FOUNDED = "inspect-objects.json"
"""What stands in a bucket that is ours: an empty or another one is not taken for one that has lost its photos."""


class ObjectsAway(OSError):
    """The object store cannot be reached, or does not do what it is asked; the message is in Chinese."""


class ObjectUnreadable(ObjectsAway):
    """The object store names an object and does not give its bytes: it has lost them, or has not found them yet."""


class ObjectsUnfit(Exception):
    """The object store, the bucket or the key cannot be used at all; the message is in Chinese."""


@dataclass(frozen=True, slots=True)
class Found:
    """An object as it is named: bytes, when it was put last (UTC, whole seconds), and its tag."""

    name: str
    size: int
    put_at: datetime
    tag: str

    @property
    def version(self) -> tuple[object, ...]:
        return self.tag, self.size, self.put_at


class Objects:
    """The objects of a place by name. Every method raises ``ObjectsAway`` where the store does not answer as it should.

    Safe for threads; opened by the process that uses it.
    """

    def __init__(self, place: ObjectPlace) -> None:
        self._place = place
        self._store: S3Store = _connected(place)
        self._has_failed = False

    def put_new(self, name: str, content: bytes) -> bool:
        """Put an object where none has the name; False where one has."""
        import obstore
        from obstore.exceptions import AlreadyExistsError

        with self._answering():
            try:
                put = obstore.put(self._store, name, content, mode="create")
            except AlreadyExistsError:
                return False
        self._check(name, content, put["e_tag"])
        return True

    def put(self, name: str, content: bytes) -> None:
        """Put an object in place of what has the name."""
        import obstore

        with self._answering():
            # In one: the tag of what came in parts is no MD5 of the whole.
            put = obstore.put(self._store, name, content, use_multipart=False)
        self._check(name, content, put["e_tag"])

    def replace(self, found: Found, content: bytes) -> bool:
        """Put an object in place of one that was found; False where that is another one by now."""
        import obstore
        from obstore.exceptions import PreconditionError

        with self._answering():
            try:
                obstore.put(self._store, found.name, content, mode={"e_tag": found.tag})
            except PreconditionError:
                return False
        return True

    def get(self, name: str) -> tuple[bytes, Found] | None:
        """An object's content, and how it was found; None where there is none.

        Raises ``ObjectUnreadable`` where there is one, and only its bytes do not come.
        """
        import obstore
        from obstore.exceptions import BaseError

        with self._answering():
            try:
                got = obstore.get(self._store, name)
                return bytes(got.bytes()), _found(got.meta)
            except FileNotFoundError:
                return None
            except BaseError as error:
                # Engines keep names and bytes apart (SeaweedFS: filer and volumes), and may lose the one alone.
                if self.find(name) is None:
                    return None
                raise ObjectUnreadable(f"对象存储认得「{name}」，却给不出内容") from error

    def find(self, name: str) -> Found | None:
        """An object without its content; None where there is none."""
        import obstore

        with self._answering():
            try:
                return _found(obstore.head(self._store, name))
            except FileNotFoundError:
                return None

    def remove(self, name: str) -> None:
        """Have no object of the name."""
        import obstore

        with self._answering():
            try:
                obstore.delete(self._store, name)
            except FileNotFoundError:
                return

    def clock(self) -> datetime:
        """What time it is by the store (UTC, whole seconds), by which alone the ages of its objects can be told."""
        name = f"probes/{uuid.uuid4().hex}"
        self.put(name, b"1")
        found = self.find(name)
        self.remove(name)
        if found is None:
            raise ObjectsAway(f"对象存储没有保存「{name}」")
        return found.put_at

    def under(self, folder: str) -> Iterator[Found]:
        """The objects whose names begin with ``folder/``, a thousand at a time."""
        import obstore

        with self._answering():
            for some in obstore.list(self._store, folder, chunk_size=1000):
                yield from map(_found, some)

    def probe(self) -> None:
        """Try what everything rests on: that nothing is put over what has a name already.

        Raises ``ObjectsUnfit`` where it can be, or where address, bucket or key are wrong.
        """
        name = f"probes/{uuid.uuid4().hex}"
        try:
            self.put(name, b"1")
            if self.put_new(name, b"2"):
                raise ObjectsUnfit(f"对象存储 {self._place}：不支持「没有才写入」（If-None-Match），不能用来存照片")
            self.remove(name)
        except ObjectsAway as error:
            raise ObjectsUnfit(f"对象存储 {self._place} 不能用：{error}") from error

    def has_failed(self) -> bool:
        """Whether it did not answer as it should since this was asked last."""
        failed, self._has_failed = self._has_failed, False
        return failed

    def keeps_versions(self) -> bool:
        """Whether the bucket keeps what is removed or put anew as an earlier version."""
        import obstore

        name = f"probes/{uuid.uuid4().hex}"
        with self._answering():
            version = obstore.put(self._store, name, b"1", use_multipart=False)["version"]
        self.remove(name)
        return version not in (None, "", "null")

    def found(self, owner: str) -> None:
        """Mark the place as somebody's, unless it is marked already."""
        self.put_new(_FOUNDED, json.dumps({"format": 1, "of": owner}).encode())

    def owner(self) -> str | None:
        """Whose the place is; None where it is nobody's yet."""
        found = self.get(_FOUNDED)
        return str(json.loads(found[0])["of"]) if found else None

    def _check(self, name: str, content: bytes, tag: str | None) -> None:
        """An object's tag is its MD5 (not where the store encrypts with keys of its own: then it is read again)."""
        if tag and tag.strip('"') == hashlib.md5(content, usedforsecurity=False).hexdigest():
            return
        again = self.get(name)
        if again is None or again[0] != content:
            raise ObjectsAway(f"对象存储没有原样保存「{name}」")

    @contextmanager
    def _answering(self) -> Iterator[None]:
        from obstore.exceptions import BaseError, PermissionDeniedError, UnauthenticatedError

        try:
            yield
        except ObjectsAway:
            self._has_failed = True
            raise
        except (PermissionDeniedError, UnauthenticatedError) as error:
            raise ObjectsAway("密钥不对，或没有这个桶的权限") from error
        except BaseError as error:
            self._has_failed = True
            if "NoSuchBucket" in str(error):
                raise ObjectsAway("没有这个桶") from error
            raise ObjectsAway(f"连不上对象存储，或它出了错（{_first_line(error)}）") from error


def unique() -> bytes:
    """A content that no other object has, and so a tag of its own."""
    return uuid.uuid4().hex.encode()


def _connected(place: ObjectPlace) -> S3Store:
    from obstore.store import S3Store

    endpoint = place.endpoint
    if place.bucket_in_host:
        scheme, host = endpoint.split("://")
        endpoint = f"{scheme}://{place.bucket}.{host}"
    return S3Store(
        place.bucket,
        prefix=place.prefix.rstrip("/") or None,
        endpoint=endpoint,
        region=place.region,
        access_key_id=place.key,
        secret_access_key=place.secret,
        virtual_hosted_style_request=place.bucket_in_host,
        checksum_algorithm="sha256",
        client_options={"allow_http": endpoint.startswith("http://"), "connect_timeout": _CONNECT, "timeout": _WHOLE},
        retry_config={"max_retries": _TRIES, "retry_timeout": _TRY_FOR},
    )


def _found(meta: Any) -> Found:
    return Found(meta["path"], meta["size"], meta["last_modified"].astimezone(UTC), meta["e_tag"] or "")


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0][:200]
