"""A real SFTP server to test with: OpenSSH's own, behind a server of SSH in a thread of this process."""

from __future__ import annotations

import asyncio
import subprocess
import threading
from pathlib import Path
from typing import Any

import asyncssh

from inspect_app.sftp_address import SftpAddress, sftp_address_from
from tests.ports import free_port

USER, PASSWORD = "backup", "secret-of-tests"


class SftpServer:
    """Lets one account in, by a key or a password, to a folder. ``start`` after ``stop`` goes on with what is there."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.port = free_port()
        self._host_key = asyncssh.generate_private_key("ssh-ed25519")
        self.key_file = folder / "key"
        self.write_key(self.key_file)
        self._loop = asyncio.new_event_loop()
        self._thread: threading.Thread | None = None
        self._connections: list[asyncssh.SSHServerConnection] = []
        self._server: asyncssh.SSHAcceptor | None = None
        (folder / "home").mkdir()

    @property
    def home(self) -> Path:
        """The account's home."""
        return self._folder / "home"

    def write_key(self, path: Path, passphrase: str | None = None) -> None:
        """Have a new key of the account in a file."""
        key = asyncssh.generate_private_key("ssh-ed25519")
        path.write_bytes(key.export_private_key("pkcs8-pem", passphrase))
        path.chmod(0o600)
        self._let_in = key.export_public_key().decode()

    def environment(self, **other: str) -> dict[str, str]:
        """What names it to the program."""
        return {
            "INSPECT_BACKUPS": f"sftp://{USER}@127.0.0.1:{self.port}/~/backups",
            "INSPECT_BACKUPS_HOST_KEY": self._host_key.export_public_key().decode().strip(),
            "INSPECT_BACKUPS_KEY_FILE": str(self.key_file),
        } | other

    def address(self, **other: str) -> SftpAddress:
        found = sftp_address_from(self.environment(**other))
        assert found
        return found

    def start(self) -> None:
        """Returns once it listens."""
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._do(self._listen())

    def cut(self) -> None:
        """End every connection that there is."""
        self._do(self._cut())

    def stop(self) -> None:
        if self._thread:
            self._do(self._close())
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._thread = None

    def _do(self, asked: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(asked, self._loop).result(30)

    async def _listen(self) -> None:
        self._server = await asyncssh.listen(
            "127.0.0.1",
            self.port,
            server_host_keys=[self._host_key],
            server_factory=lambda: _Account(self),
            encoding=None,
        )

    async def _cut(self) -> None:
        for connection in self._connections:
            connection.abort()
            await connection.wait_closed()
        self._connections.clear()

    async def _close(self) -> None:
        assert self._server
        self._server.close()
        await self._server.wait_closed()
        await self._cut()


class _Account(asyncssh.SSHServer):
    def __init__(self, server: SftpServer) -> None:
        self._server = server

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._connection = conn
        self._server._connections.append(conn)

    def begin_auth(self, username: str) -> bool:
        self._connection.set_authorized_keys(asyncssh.import_authorized_keys(self._server._let_in))
        return True

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return (username, password) == (USER, PASSWORD)

    def session_requested(self) -> _Session:
        return _Session(self._server.home)


class _Session(asyncssh.SSHServerSession[bytes]):
    """What comes on a channel goes to OpenSSH's program, and what that answers goes back."""

    def __init__(self, home: Path) -> None:
        self._home = home

    def connection_made(self, chan: asyncssh.SSHServerChannel[bytes]) -> None:
        self._channel, self._loop = chan, asyncio.get_running_loop()

    def subsystem_requested(self, subsystem: str) -> bool:
        return subsystem == "sftp"

    def session_started(self) -> None:
        self._program = subprocess.Popen(
            ["/usr/lib/openssh/sftp-server"], cwd=self._home, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0
        )
        threading.Thread(target=self._pass_answers, daemon=True).start()

    def data_received(self, data: bytes, datatype: int | None) -> None:
        assert self._program.stdin
        left = memoryview(data)
        while left:
            left = left[self._program.stdin.write(left) :]

    def connection_lost(self, exc: Exception | None) -> None:
        self._program.kill()

    def _pass_answers(self) -> None:
        with self._program as program:
            assert program.stdout
            while answer := program.stdout.read(65536):
                self._loop.call_soon_threadsafe(self._pass, answer)

    def _pass(self, answer: bytes) -> None:
        if not self._channel.is_closing():
            self._channel.write(answer)
