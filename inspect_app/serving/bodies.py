"""Large bodies: whether they are received at all is settled before they are, by a thread that may look at the store."""

from __future__ import annotations

import io
import logging
from typing import Any

from waitress.buffers import OverflowableBuffer
from waitress.parser import HTTPRequestParser, ParsingError

from ..durable import is_full
from .budget import SMALL_BODY, Budget

_log = logging.getLogger(__name__)
NO_ROOM = "BODY_LEFT_OUT"
"""The header (as ``HTTP_…``) that tells the application that a body was left out for want of room."""
NO_DISK = "BODY_NOT_KEPT"
"""The one that tells that it could not be kept: a large body lies in a temporary file until it is whole."""


class Request(HTTPRequestParser):  # type: ignore[misc]
    """A request as it comes in; ``undecided`` while nobody has said whether its large body is taken."""

    undecided = False
    reserved = 0

    def parse_header(self, header_plus: bytes) -> None:
        """As waitress; a body of unknown length is large until it has ended.

        Refused is what two servers could read as two requests (RFC 9112, 3.2, 6.1): a length beside chunks, chunks in
        HTTP/1.0, several hosts. Behind a proxy it would put one visitor's request into another's.
        """
        super().parse_header(header_plus)
        if (self.chunked and "CONTENT_LENGTH" in self.headers) or "TRANSFER_ENCODING" in self.headers:
            raise ParsingError("Content-Length beside Transfer-Encoding")
        if "," in self.headers.get("HOST", ""):
            raise ParsingError("more than one Host")
        self.undecided = self.chunked or self.content_length > SMALL_BODY
        self.reserved = self.content_length if self.content_length > SMALL_BODY else 0
        if self.body_rcv is not None:
            self.body_rcv.buf = _IncomingBuffer(self.adj.inbuf_overflow, self)

    def leave_body_out(self, why: str = "") -> None:
        """Receive the rest without keeping it, so that the answer reaches a client that sends before it reads."""
        if why:
            self.headers[why] = "1"
        kept = self.body_rcv.buf
        self.body_rcv.buf = _Nothing(len(kept))
        kept.close()
        self.reserved = 0


class _IncomingBuffer(OverflowableBuffer):  # type: ignore[misc]
    """The body of a request; on a full disk it is left out, and the application told."""

    def __init__(self, overflow: int, request: Request) -> None:
        super().__init__(overflow)
        self._request = request

    def append(self, data: bytes) -> None:
        try:
            super().append(data)
        except OSError as error:
            if not is_full(error):
                raise
            self._request.leave_body_out(NO_DISK)


class OutgoingBuffer(OverflowableBuffer):  # type: ignore[misc]
    """The beginning of an answer; on a full disk a long one stays in memory: what is there can be read all the same."""

    def _set_large_buffer(self) -> None:
        so_far = self.buf.getfile() if self.buf is not None else io.BytesIO()
        at = so_far.tell()
        try:
            super()._set_large_buffer()
        except OSError as error:
            if not is_full(error):
                raise
            so_far.seek(at)
            if self.buf is None:
                self._set_small_buffer()


class BodyDecision:
    """A task for waitress' threads: whether a connection's large body is kept as it comes."""

    def __init__(self, channel: Any, request: Request, budget: Budget, most: int) -> None:
        self._channel, self._request, self._budget, self._most = channel, request, budget, most

    def service(self) -> None:
        request = self._request
        try:
            if not self._budget.takes(request.command.upper(), request.path, request.headers):
                request.leave_body_out()
            elif not self._has_room():
                request.leave_body_out(NO_ROOM)
        except Exception:
            _log.exception("whether a body is taken could not be settled")
            request.leave_body_out(NO_ROOM)
        finally:
            self._channel.decided()

    def cancel(self) -> None:
        self._channel.cancel()

    def _has_room(self) -> bool:
        """A body of unknown length may become as large as any."""
        if self._request.chunked:
            self._request.reserved = self._most
        return self._budget.has_room(0)


class _Nothing:
    """A buffer that only counts."""

    def __init__(self, size: int) -> None:
        self._size = size

    def __len__(self) -> int:
        return self._size

    def append(self, data: bytes) -> None:
        self._size += len(data)

    def getfile(self) -> io.BytesIO:
        return io.BytesIO()

    def close(self) -> None:
        pass
