"""A folder on a machine that is reached by SFTP.

A content is written under a name that nothing reads, synced, and only then renamed: who looks finds it whole. The
protocol has no way to sync folders: after a power cut over there a name may be gone, which the next ``verify`` tells.
"""

from __future__ import annotations

import asyncio
import os
import posixpath
import stat
import threading
import uuid
import weakref
from collections.abc import Callable, Coroutine, Iterator
from typing import TYPE_CHECKING, Any, TypeVar

from ..durable import UNFINISHED
from ..sftp_address import SftpAddress

if TYPE_CHECKING:
    from asyncssh import SFTPClient, SSHClientConnection

_T = TypeVar("_T")
_PATIENCE_S, _SLOWEST_BYTES_PER_S = 60.0, 16 * 1024
"""How long a request may take, and how much longer one that moves bytes."""
_SIGN_OF_LIFE_S = 15.0
_AT_ONCE = 16
"""Folders that are listed at once: over a long way each takes three answers."""


class SftpAway(OSError):
    """The other machine cannot be reached, or does not do what it is asked; the message is in Chinese."""


class SftpPlace:
    """The place of backups at an address. Connects when it is first asked, and again where the connection was lost.

    Safe for threads, which wait for each other. What is no longer held is disconnected.
    """

    def __init__(self, address: SftpAddress) -> None:
        self._address = address
        self._alone = threading.Lock()
        self._connected = _Connection(address)
        weakref.finalize(self, self._connected.hang_up)

    def put(self, name: str, content: bytes) -> None:
        self._done(lambda: self._put(name, content), len(content))

    def put_new(self, name: str, content: bytes) -> bool:
        # Not asked twice: what was kept by a request whose answer was lost would be taken for another's.
        return self._done(lambda: self._put_new(name, content), len(content), tries=1)

    def get(self, name: str) -> bytes | None:
        size = self._done(lambda: self._size(name))
        return None if size is None else self._done(lambda: self._get(name), size)

    def names(self, folder: str) -> Iterator[str]:
        found = self._done(lambda: self._under(folder))
        return (name for name in found if not posixpath.basename(name).startswith("."))

    def remove(self, name: str) -> None:
        self._done(lambda: self._remove(name))

    def remove_unfinished(self) -> int:
        left = [name for name in self._done(lambda: self._under("")) if UNFINISHED.fullmatch(posixpath.basename(name))]
        for name in left:
            self.remove(name)
        return len(left)

    def _done(self, ask: Callable[[], Coroutine[Any, Any, _T]], size: int = 0, tries: int = 2) -> _T:
        with self._alone:
            return self._connected.done(ask, _PATIENCE_S + size / _SLOWEST_BYTES_PER_S, tries)

    def _path(self, name: str) -> str:
        return posixpath.join(self._address.folder, name)

    async def _put(self, name: str, content: bytes) -> None:
        client = await self._connected.client()
        await client.posix_rename(await self._written_beside(client, name, content), self._path(name))

    async def _put_new(self, name: str, content: bytes) -> bool:
        from asyncssh import SFTPError

        client = await self._connected.client()
        if await client.exists(self._path(name)):
            return False
        partial = await self._written_beside(client, name, content)
        try:
            # Unlike posix_rename this one replaces nothing.
            await client.rename(partial, self._path(name))
        except SFTPError:
            await client.remove(partial)
            if await client.exists(self._path(name)):
                return False
            raise
        return True

    async def _written_beside(self, client: SFTPClient, name: str, content: bytes) -> str:
        """Write a content under a name that nothing reads; that name's path."""
        from asyncssh import SFTPAttrs

        folder, base = posixpath.split(self._path(name))
        partial = posixpath.join(folder, f".{base}.{uuid.uuid4().hex}")
        if folder not in self._connected.folders:
            await client.makedirs(folder, SFTPAttrs(permissions=0o700), exist_ok=True)
            self._connected.folders.add(folder)
        async with client.open(partial, "wb", SFTPAttrs(permissions=0o600)) as file:
            await file.write(content)
            await file.fsync()
        return partial

    async def _size(self, name: str) -> int | None:
        from asyncssh import SFTPNoSuchFile

        try:
            return (await (await self._connected.client()).stat(self._path(name))).size
        except SFTPNoSuchFile:
            return None

    async def _get(self, name: str) -> bytes | None:
        from asyncssh import SFTPNoSuchFile

        try:
            async with (await self._connected.client()).open(self._path(name), "rb") as file:
                content = await file.read()
        except SFTPNoSuchFile:
            return None
        return content if isinstance(content, bytes) else content.encode()

    async def _remove(self, name: str) -> None:
        from asyncssh import SFTPNoSuchFile

        try:
            await (await self._connected.client()).remove(self._path(name))
        except SFTPNoSuchFile:
            return

    async def _under(self, folder: str) -> list[str]:
        """The names of all files that lie anywhere under a folder, unfinished ones as well."""
        client, turn = await self._connected.client(), asyncio.Semaphore(_AT_ONCE)
        return await self._listed(client, folder, turn)

    async def _listed(self, client: SFTPClient, folder: str, turn: asyncio.Semaphore) -> list[str]:
        from asyncssh import FILEXFER_TYPE_DIRECTORY, SFTPNoSuchFile

        try:
            async with turn:
                entries = await client.readdir(self._path(folder))
        except SFTPNoSuchFile:
            return []
        files: list[str] = []
        folders: list[str] = []
        for entry in entries:
            base = str(entry.filename)
            if base not in (".", ".."):
                is_folder = entry.attrs.type == FILEXFER_TYPE_DIRECTORY
                (folders if is_folder else files).append(posixpath.join(folder, base))
        for more in await asyncio.gather(*(self._listed(client, one, turn) for one in folders)):
            files += more
        return files


class _Connection:
    """The connection, and the loop that it lives in: in a thread, so that signs of life go on between requests."""

    def __init__(self, address: SftpAddress) -> None:
        self._address = address
        self._loop: asyncio.AbstractEventLoop | None = None
        self._connection: SSHClientConnection | None = None
        self._client: SFTPClient | None = None
        self.folders: set[str] = set()
        """Folders that are known to be there."""

    def done(self, ask: Callable[[], Coroutine[Any, Any, _T]], patience_s: float, tries: int) -> _T:
        """Ask, once more where the connection was lost meanwhile. Raises ``SftpAway``."""
        try:
            return self._run(ask(), patience_s)
        except Exception as error:
            self._run(self._disconnect(), _PATIENCE_S)
            if tries > 1 and _is_lost(error):
                return self.done(ask, patience_s, tries - 1)
            raise _away(error, self._address) from error

    def _run(self, asked: Coroutine[Any, Any, _T], patience_s: float) -> _T:
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
            threading.Thread(target=self._loop.run_forever, name="sftp", daemon=True).start()
        return asyncio.run_coroutine_threadsafe(asyncio.wait_for(asked, patience_s), self._loop).result()

    async def client(self) -> SFTPClient:
        if self._client is None or self._connection is None or self._connection.is_closed():
            await self._disconnect()
            await self._connect()
        assert self._client
        return self._client

    def hang_up(self) -> None:
        """Disconnect, and end the thread."""
        loop, self._loop = self._loop, None
        if loop is None:
            return

        async def end() -> None:
            await self._disconnect()
            loop.stop()

        asyncio.run_coroutine_threadsafe(end(), loop)

    async def _connect(self) -> None:
        import asyncssh

        address = self._address
        self._connection = await asyncssh.connect(
            address.host,
            address.port,
            username=address.user,
            password=address.password or None,
            client_keys=[_private_key(address)] if address.key_file else None,
            known_hosts=([_host_key(address)], [], []),
            # Nothing of the account that runs this: what is set is what counts.
            config=None,
            agent_path=None,
            gss_host=None,
            connect_timeout=20,
            login_timeout=30,
            keepalive_interval=_SIGN_OF_LIFE_S,
        )
        self._client = await self._connection.start_sftp_client()

    async def _disconnect(self) -> None:
        connection, self._connection, self._client = self._connection, None, None
        self.folders.clear()
        if connection is not None:
            connection.abort()
            await connection.wait_closed()


def _host_key(address: SftpAddress) -> Any:
    import asyncssh

    try:
        return asyncssh.import_public_key(address.host_key)
    except asyncssh.KeyImportError as error:
        raise SftpAway("INSPECT_BACKUPS_HOST_KEY 不是完整的公钥，没有连接：请从对方机器上重新复制") from error


def _private_key(address: SftpAddress) -> Any:
    import asyncssh

    assert address.key_file
    if os.name == "posix" and stat.S_IMODE(address.key_file.stat().st_mode) & 0o077:
        raise SftpAway(f"私钥 {address.key_file} 别的账号也能读，不用它：请 chmod 600")
    try:
        return asyncssh.read_private_key(address.key_file)
    except asyncssh.KeyImportError as error:
        raise SftpAway(f"{address.key_file} 不是私钥文件，或有口令：请生成一把没有口令的，只给备份用") from error


def _is_lost(error: Exception) -> bool:
    """Whether a connection ended that there was; one that cannot be made is no such thing."""
    import asyncssh

    lost = (asyncssh.SFTPConnectionLost, asyncssh.SFTPNoConnection, asyncssh.ConnectionLost, BrokenPipeError)
    return isinstance(error, (*lost, ConnectionResetError))


def _away(error: Exception, address: SftpAddress) -> SftpAway:
    """What went wrong, in a sentence."""
    import asyncssh

    if isinstance(error, SftpAway):
        return error
    if isinstance(error, FileNotFoundError | PermissionError) and error.filename:
        return SftpAway(f"读不了私钥 {error.filename}：{error.strerror}")
    said = "连不上，或中途断开"
    if isinstance(error, TimeoutError):
        said = "太久没有回答"
    elif isinstance(error, asyncssh.HostKeyNotVerifiable):
        said = "主机公钥与 INSPECT_BACKUPS_HOST_KEY 不同，可能是别的机器冒充，没有登录"
    elif isinstance(error, asyncssh.PermissionDenied):
        said = "不接受这个账号的私钥或密码"
    elif isinstance(error, asyncssh.SFTPError) and not _is_lost(error):
        said = f"没有照办（{error.reason or type(error).__name__}），可能没有写的权限，或磁盘满了"
    return SftpAway(f"{address} {said}")
