"""Connections over WebSocket, on the event loop's own transports."""

from __future__ import annotations

import asyncio
import ssl
from typing import Any, Final, cast

from . import frames
from .base import ChannelReceiver, Closed, DialError, Receiver
from .frames import FrameError, FrameReader, FrameWriter
from .handshake import Address, Handshake, channel_query

#: How long the peer may take to answer a farewell.
_FAREWELL_S: Final = 1.0
#: Above this many bytes in the socket's queue the owner is told to wait for `room`.
QUEUE_HIGH_BYTES: Final = 16 << 20
#: Frames that wait for the end of a turn; more leave at once.
_OUT_BYTES_MAX: Final = 128 * 1024
_CHANNEL_HIGH_BYTES: Final = 256 * 1024


class _Socket(asyncio.Protocol):
    """One WebSocket: handshake, frames, farewell. What messages mean is for its heirs."""

    _high_bytes = QUEUE_HIGH_BYTES

    def __init__(self, handshake: Handshake, message_bytes_max: int) -> None:
        self._loop = asyncio.get_running_loop()
        self.opened: asyncio.Future[None] = self._loop.create_future()
        self._handshake: Handshake | None = handshake
        self._reader = FrameReader(message_bytes_max)
        self._writer = FrameWriter()
        self._transport: asyncio.Transport | None = None
        self._out: list[bytes] = []
        self._out_bytes = 0
        #: A turn of the event loop is booked in which what is queued leaves.
        self._booked = False
        self._count = 0
        self._burst = 0
        self._closed: Closed | None = None
        #: What came before `start`.
        self._early: bytearray | None = bytearray()
        self._said_farewell = False
        self._timer: asyncio.TimerHandle | None = None
        #: So much is queued that nothing more should be.
        self.congested = False

    # === what heirs do ===

    def on_messages(self, messages: list[tuple[int, bytes]]) -> None:
        """Text and binary messages arrived; an empty list is a sign of life."""

    def on_room(self) -> None:
        """There is room again."""

    def on_closed(self, closed: Closed) -> None:
        """The connection ended."""

    # === asyncio.Protocol ===

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.set_write_buffer_limits(high=self._high_bytes)
        if self._handshake is not None:
            self._transport.write(self._handshake.request)

    def data_received(self, data: bytes) -> None:
        handshake = self._handshake
        if handshake is not None:
            try:
                rest = handshake.feed(data)
            except DialError as error:
                self._fail(error)
                return
            if rest is None:
                return
            self._handshake = None
            if not self.opened.done():
                self.opened.set_result(None)
            data = rest
        if self._early is None:
            self._feed(data)
        else:
            self._early += data

    def start(self) -> None:
        """Whoever dialled is ready: hands over what has come meanwhile."""
        early, self._early = self._early, None
        if early:
            self._feed(bytes(early))
        if early is not None and self._transport is None and self._closed is not None:
            self.on_closed(self._closed)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._transport = None
        if self._handshake is not None:
            self._fail(DialError(str(exc)) if exc else self._handshake.ended())
        elif self._closed is None or not self._closed.clean:
            reason = str(exc) if exc else "the connection broke"
            self._closed = self._closed or Closed(None, reason, clean=False)
        if self._closed is not None and self._early is None:
            self.on_closed(self._closed)

    def pause_writing(self) -> None:
        self.congested = True

    def resume_writing(self) -> None:
        self.congested = False
        self.on_room()

    # === sending ===

    def queue(self, opcode: int, payload: bytes) -> None:
        """Queues a frame. Alone it leaves at once; in a burst all leave together."""
        transport = self._transport
        if transport is None or self._said_farewell:
            return
        frame = self._writer.frame(opcode, payload)
        self._count += 1
        if not self._booked:
            self._booked = True
            self._loop.call_soon(self._turn)
            if self._burst <= 1:
                transport.write(frame)
                return
        self._out.append(frame)
        self._out_bytes += len(frame)
        if self._out_bytes > _OUT_BYTES_MAX:
            # Only what the event loop's transport holds makes it say that there is no room.
            self._flush()

    def _turn(self) -> None:
        self._booked = False
        self._burst = self._count
        self._count = 0
        self._flush()

    def _flush(self) -> None:
        if self._out and self._transport is not None:
            self._transport.write(b"".join(self._out))
            self._out.clear()
            self._out_bytes = 0

    def ping(self) -> None:
        self.queue(frames.PING, b"")

    def close(self, code: int, reason: str = "") -> None:
        if self._transport is None or self._said_farewell:
            return
        self._flush()
        self._said_farewell = True
        # From now on there is room only when everything has left.
        self._transport.set_write_buffer_limits(high=0)
        self._transport.write(self._writer.close(code, reason))
        self._timer = self._loop.call_later(self.farewell_s(), self.abort)

    def farewell_s(self) -> float:
        """How long to wait for the peer's farewell."""
        return _FAREWELL_S

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    # === receiving ===

    def _feed(self, data: bytes) -> None:
        if self._closed is not None and self._closed.clean:
            return
        try:
            messages = self._reader.feed(data)
        except FrameError as error:
            self._violated(error)
            return
        for opcode, _ in messages:
            if opcode >= frames.CLOSE:
                messages = self._control(messages)
                break
        self.on_messages(messages)

    def _control(self, messages: list[tuple[int, bytes]]) -> list[tuple[int, bytes]]:
        """Deals with control frames and returns the rest."""
        rest: list[tuple[int, bytes]] = []
        for opcode, payload in messages:
            if opcode == frames.CLOSE:
                self.on_messages(rest)
                rest = []
                self._farewell(payload)
                break
            if opcode == frames.PING:
                self.queue(frames.PONG, payload)
            elif opcode != frames.PONG:
                rest.append((opcode, payload))
        return rest

    def _farewell(self, payload: bytes) -> None:
        code, reason = frames.close_code(payload)
        self._closed = Closed(code, reason, clean=True)
        transport = self._transport
        if transport is None:
            return
        if not self._said_farewell:
            self._flush()
            self._said_farewell = True
            transport.write(self._writer.frame(frames.CLOSE, payload[:2]))
        transport.close()

    def _violated(self, error: FrameError) -> None:
        self._closed = Closed(error.code, error.reason, clean=False)
        if self._transport is not None:
            self._transport.write(self._writer.close(error.code, error.reason))
            self._transport.close()

    def _fail(self, error: DialError) -> None:
        self._handshake = None
        # Nothing was opened, so nothing is reported as closed.
        self._closed = None
        if not self.opened.done():
            self.opened.set_exception(error)
        if self._transport is not None:
            self._transport.abort()


class _Connection(_Socket):
    """A connection that carries messages of the protocol."""

    def __init__(self, handshake: Handshake, limit: int, receiver: Receiver) -> None:
        super().__init__(handshake, limit)
        self._receiver = receiver

    def send(self, message: bytes) -> None:
        self.queue(frames.TEXT, message)

    def send_binary(self, message: bytes) -> None:
        """Queues a telemetry frame."""
        self.queue(frames.BINARY, message)

    def on_messages(self, messages: list[tuple[int, bytes]]) -> None:
        self._receiver.received([payload for _, payload in messages])

    def on_room(self) -> None:
        self._receiver.room()

    def on_closed(self, closed: Closed) -> None:
        self._receiver.closed(closed)


class _ChannelEnd(_Socket):
    """One end of a channel."""

    _high_bytes = _CHANNEL_HIGH_BYTES

    def __init__(self, handshake: Handshake, limit: int, receiver: ChannelReceiver) -> None:
        super().__init__(handshake, limit)
        self._receiver = receiver

    def send(self, binary: bool, data: bytes) -> None:
        self.queue(frames.BINARY if binary else frames.TEXT, data)

    def pause(self) -> None:
        if self._transport is not None:
            self._transport.pause_reading()

    def resume(self) -> None:
        if self._transport is not None:
            self._transport.resume_reading()

    def farewell_s(self) -> float:
        # The reader may still have much to read before it sees the end.
        return 30.0

    def on_messages(self, messages: list[tuple[int, bytes]]) -> None:
        found = [(opcode == frames.BINARY, payload) for opcode, payload in messages]
        self._receiver.frames(found)

    def on_room(self) -> None:
        self._receiver.room()

    def on_closed(self, closed: Closed) -> None:
        self._receiver.closed(closed)


class WsDialer:
    """A way to an engine over WebSocket."""

    def __init__(
        self,
        url: str,
        *,
        token: str | None = None,
        headers: dict[str, str] | None = None,
        ca_file: str | None = None,
        message_bytes_max: int = 64 << 20,
    ) -> None:
        self._address = Address.parse(url)
        self._headers = dict(headers or {})
        names = {name.lower() for name in self._headers}
        if token and "authorization" not in names:
            self._headers["Authorization"] = f"Bearer {token.strip()}"
        self._ca_file = ca_file
        self._message_bytes_max = message_bytes_max
        self._tls: ssl.SSLContext | None = None

    @property
    def address(self) -> str:
        return self._address.shown

    async def dial(self, receiver: Receiver) -> _Connection:
        handshake = Handshake(self._address, self._address.target(), self._headers)
        socket = _Connection(handshake, self._message_bytes_max, receiver)
        await self._open(socket)
        return socket

    async def dial_channel(
        self, channel_id: str, access_key: str, direction: str, receiver: ChannelReceiver
    ) -> _ChannelEnd:
        query = channel_query(access_key, direction)
        target = self._address.target(f"/ws/channels/{channel_id}", query)
        handshake = Handshake(self._address, target, {})
        socket = _ChannelEnd(handshake, self._message_bytes_max, receiver)
        await self._open(socket)
        socket.start()
        return socket

    async def _open(self, socket: _Socket) -> None:
        address = self._address
        options: dict[str, Any] = {}
        if address.secure:
            options = {"ssl": self._tls_context(), "server_hostname": address.host}
        loop = asyncio.get_running_loop()
        try:
            await loop.create_connection(lambda: socket, address.host, address.port, **options)
        except ssl.SSLError as error:
            raise DialError(f"TLS with {address.shown} failed: {error}") from error
        except OSError as error:
            raise DialError(f"cannot reach {address.shown}: {error}") from error
        try:
            await socket.opened
        except BaseException:
            socket.abort()
            raise

    def _tls_context(self) -> ssl.SSLContext:
        if self._tls is None:
            try:
                context = ssl.create_default_context()
                if self._ca_file:
                    context.load_verify_locations(self._ca_file)
            except (OSError, ssl.SSLError) as error:
                raise DialError(
                    f"cannot read the certificates of `{self._ca_file}`: {error}", usable=False
                ) from error
            self._tls = context
        return self._tls
