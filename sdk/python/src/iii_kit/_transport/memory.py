"""A transport without sockets: two ends in one event loop. For tests."""

from __future__ import annotations

import asyncio
from typing import Any

from .base import ChannelReceiver, Closed, Connection, DialError, Receiver


class MemoryConnection:
    """The worker's end of a connection. `sent` is what the worker said; `deliver` answers."""

    def __init__(self, receiver: Receiver) -> None:
        self._loop = asyncio.get_running_loop()
        self._receiver = receiver
        self._is_over = False
        self.congested = False
        self.pings = 0
        self.started = False
        self.sent: asyncio.Queue[bytes] = asyncio.Queue()
        self.telemetry: asyncio.Queue[bytes] = asyncio.Queue()
        self.farewell: int | None = None

    # === the worker's side ===

    def start(self) -> None:
        self.started = True

    def send(self, message: bytes) -> None:
        if not self._is_over:
            self.sent.put_nowait(message)

    def send_binary(self, data: bytes) -> None:
        """Telemetry; nothing else is binary."""
        if not self._is_over:
            self.telemetry.put_nowait(data)

    def ping(self) -> None:
        self.pings += 1

    def close(self, code: int, reason: str = "") -> None:
        if self.farewell is None:
            self.farewell = code
            self._end(Closed(code, reason, clean=True))

    def abort(self) -> None:
        self._end(Closed(None, "aborted", clean=False))

    # === the engine's side ===

    def deliver(self, *messages: bytes) -> None:
        """Hands messages to the worker; none at all is a sign of life."""
        if not self._is_over:
            self._receiver.received(list(messages))

    def drop(self, code: int | None = None, reason: str = "gone") -> None:
        """Ends the connection as an engine would: with a code, or by vanishing."""
        self._end(Closed(code, reason, clean=code is not None))

    def relieve(self) -> None:
        """There is room again."""
        self.congested = False
        self._receiver.room()

    def _end(self, closed: Closed) -> None:
        if not self._is_over:
            self._is_over = True
            self._loop.call_soon(self._receiver.closed, closed)


class MemoryDialer:
    """A way to an engine that a test plays. Every connection appears in `connections`."""

    address = "memory"

    def __init__(self) -> None:
        self.connections: asyncio.Queue[MemoryConnection] = asyncio.Queue()
        #: Raised by the next attempts, one after the other; an endless failure stays.
        self.failures: list[DialError] = []
        #: Attempts so far.
        self.attempts = 0
        #: Attempts wait while this is not set.
        self.gate = asyncio.Event()
        self.gate.set()

    async def dial(self, receiver: Receiver) -> Connection:
        self.attempts += 1
        await self.gate.wait()
        if self.failures:
            raise self.failures.pop(0)
        connection = MemoryConnection(receiver)
        self.connections.put_nowait(connection)
        return connection

    async def dial_channel(
        self, channel_id: str, access_key: str, direction: str, receiver: ChannelReceiver
    ) -> Any:
        raise DialError("there are no channels in memory", status=404)
