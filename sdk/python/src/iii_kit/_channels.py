"""Channels: streams of binary and text frames between two workers."""

from __future__ import annotations

import asyncio
import weakref
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from typing import TYPE_CHECKING, Any, Final, Literal, cast

from ._errors import ChannelError
from ._transport.base import ChannelEnd, Closed, DialError
from ._types import StreamChannelRef

if TYPE_CHECKING:
    from ._client import AsyncClient
    from ._context import Context

#: Largest frame written; larger data is cut into several.
FRAME_BYTES_MAX: Final = 64 * 1024
#: Bytes queued in an end above which writing waits.
_QUEUE_HIGH_BYTES: Final = 256 * 1024
_FINISHED: Final = 1000
_ABORTED: Final = 4001
_READER_GONE: Final = 4002
_EXPIRED: Final = 4003

ChannelFrame = str | bytes


class _End:
    """One end, attached when it is first used. Belongs to the client's event loop."""

    def __init__(self, client: AsyncClient, reference: StreamChannelRef, direction: str) -> None:
        self.client = client
        self._ref = reference
        self._direction: Literal["read", "write"] = "read" if direction == "read" else "write"
        self._attaching: asyncio.Future[ChannelEnd] | None = None
        self.end: ChannelEnd | None = None
        self.closed: Closed | None = None
        #: This side has said its farewell.
        self.finished = False
        self.arrived: deque[tuple[bool, bytes]] = deque()
        self._paused = False
        self._changed: list[asyncio.Future[None]] = []

    async def attach(self) -> ChannelEnd:
        """Attaches the end, once."""
        if self.end is not None:
            return self.end
        if self.finished:
            raise ChannelError("channel_aborted", "this end of the channel is closed")
        if self._attaching is None:
            self._attaching = asyncio.ensure_future(self._dial())
        self.end = await asyncio.shield(self._attaching)
        return self.end

    async def _dial(self) -> ChannelEnd:
        ref = self._ref
        try:
            return await self.client.dialer.dial_channel(
                ref.channel_id, ref.access_key, self._direction, _Receiver(self)
            )
        except DialError as error:
            if error.status in (403, 404, 410):
                message = "the channel is unknown, or its key is wrong, used or expired"
                raise ChannelError("channel_not_found", message) from None
            raise ChannelError("connection_lost", error.message) from error

    async def changed(self) -> None:
        """Waits until something arrives, leaves or ends."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._changed.append(future)
        await future

    def take(self) -> tuple[bool, bytes]:
        """The next frame that has arrived."""
        frame = self.arrived.popleft()
        if self._paused and len(self.arrived) <= self.client.limits.channel_frames_max // 2:
            self._paused = False
            if self.end is not None:
                self.end.resume()
        return frame

    # === ChannelReceiver ===

    def frames(self, frames: list[tuple[bool, bytes]]) -> None:
        self.arrived.extend(frames)
        if not self._paused and len(self.arrived) > self.client.limits.channel_frames_max:
            self._paused = True
            if self.end is not None:
                self.end.pause()
        self._tell()

    def room(self) -> None:
        self._tell()

    def on_closed(self, closed: Closed) -> None:
        self.closed = closed
        self._tell()

    def _tell(self) -> None:
        waiting, self._changed = self._changed, []
        for future in waiting:
            if not future.done():
                future.set_result(None)

    def ending(self) -> ChannelError | None:
        """What the end of the stream means; None is its proper end."""
        closed = self.closed
        if closed is None or (closed.clean and closed.code in (None, 1005, _FINISHED)):
            return None
        if closed.code == _EXPIRED:
            return ChannelError("channel_not_found", "the other end of the channel never came")
        message = "the other end of the channel gave up or vanished before the end of the stream"
        return ChannelError("channel_aborted", message)

    async def say(self, code: int) -> None:
        """Says farewell and waits until the other side has taken it."""
        if self.finished:
            return
        self.finished = True
        if self.end is None or self.closed is not None:
            return
        self.end.close(code)
        while self.closed is None:
            await self.changed()


class _Receiver:
    """What a transport calls; `closed` is a method there and a state here."""

    def __init__(self, end: _End) -> None:
        self.frames = end.frames
        self.room = end.room
        self.closed = end.on_closed


class _Handle:
    """What both ends have in common: work is done in the client's event loop."""

    def __init__(self, client: AsyncClient, reference: StreamChannelRef, direction: str) -> None:
        self._end = _End(client, reference, direction)
        self._ref = reference

    async def _on_loop(self, work: Coroutine[Any, Any, Any]) -> Any:
        return await self._end.client.on_loop(work)

    def _blocking(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self._end.client.blocking(work)


class ChannelReader(_Handle):
    """Reads a channel. Attaches at the first read.

    ```python
    async for chunk in reader:      # bytes; an aborted stream raises ChannelError
        digest.update(chunk)
    ```
    """

    def __init__(self, client: AsyncClient, reference: StreamChannelRef) -> None:
        super().__init__(client, reference, "read")
        self._callbacks: list[Callable[[str], Any]] = []

    def on_message(self, callback: Callable[[str], Any]) -> None:
        """Calls back with every control message that is met while reading."""
        self._callbacks.append(callback)

    async def next(self) -> ChannelFrame | None:
        """The next frame: bytes, or a control message as text; None at the end of the stream."""
        return await self._on_loop(self._next())

    async def _next(self) -> ChannelFrame | None:
        end = self._end
        if end.finished:
            return None
        await end.attach()
        while not end.arrived:
            if end.closed is not None:
                end.finished = True
                error = end.ending()
                if error is not None:
                    raise error
                return None
            await end.changed()
        binary, data = end.take()
        return data if binary else data.decode(errors="replace")

    async def _next_binary(self) -> bytes | None:
        while True:
            frame = await self._next()
            if not isinstance(frame, str):
                return frame
            for callback in self._callbacks:
                outcome = callback(frame)
                if isinstance(outcome, Awaitable):
                    await outcome

    def __aiter__(self) -> ChannelReader:
        return self

    async def __anext__(self) -> bytes:
        data = await self._on_loop(self._next_binary())
        if data is None:
            raise StopAsyncIteration
        return data

    async def read_all(self, limit: int | None = None) -> bytes:
        """All bytes up to the end of the stream; more than `limit` is an error."""
        return await self._on_loop(self._read_all(limit))

    async def _read_all(self, limit: int | None) -> bytes:
        parts: list[bytes] = []
        size = 0
        while (data := await self._next_binary()) is not None:
            size += len(data)
            if limit is not None and size > limit:
                await self._end.say(_READER_GONE)
                message = f"the channel carried more than {limit} bytes"
                raise ChannelError("payload_too_large", message)
            parts.append(data)
        return b"".join(parts)

    async def close_async(self) -> None:
        """Stops reading; the writer is told."""
        await self._on_loop(self._end.say(_READER_GONE))

    def close(self) -> None:
        """`close_async` for threads."""
        self._blocking(self._end.say(_READER_GONE))

    @property
    def stream(self) -> ChannelReader:
        """The reader itself, under the name that other languages use."""
        return self


class ChannelWriter(_Handle):
    """Writes a channel. Attaches at the first write. One that is neither closed nor aborted leaves
    its reader waiting.

    ```python
    await writer.write(b"id,name\\n")
    await writer.close_async()
    ```
    """

    def __init__(self, client: AsyncClient, reference: StreamChannelRef) -> None:
        super().__init__(client, reference, "write")
        self._turn = asyncio.Lock()

    async def write(self, data: bytes | bytearray | memoryview) -> None:
        """Writes bytes, in frames of at most 64 KiB. Waits while the reader is slow."""
        await self._on_loop(self._write(bytes(data)))

    async def _write(self, data: bytes) -> None:
        async with self._turn:
            for at in range(0, len(data), FRAME_BYTES_MAX):
                await self._send(True, data[at : at + FRAME_BYTES_MAX])

    async def send_message_async(self, msg: str) -> None:
        """Writes a control message, in order with the bytes."""
        await self._on_loop(self._send_text(msg))

    def send_message(self, msg: str) -> None:
        """`send_message_async` for threads."""
        self._blocking(self._send_text(msg))

    async def _send_text(self, msg: str) -> None:
        async with self._turn:
            await self._send(False, msg.encode())

    async def _send(self, binary: bool, data: bytes) -> None:
        end = self._end
        channel = await end.attach()
        self._check()
        channel.send(binary, data)
        while end.closed is None and channel.queued_bytes() > _QUEUE_HIGH_BYTES:
            await end.changed()
        self._check()

    def _check(self) -> None:
        """Only by listening does a writer learn that its reader is gone."""
        end = self._end
        if end.finished:
            raise ChannelError("channel_aborted", "this end of the channel is closed")
        if end.closed is not None:
            end.finished = True
            message = "the other end of the channel gave up or vanished"
            raise end.ending() or ChannelError("channel_aborted", message)

    async def close_async(self) -> None:
        """Ends the stream in order. A channel nothing was written to is attached for it, so that
        its reader sees an empty stream."""
        await self._on_loop(self._finish(_FINISHED))

    def close(self) -> None:
        """`close_async` for threads; in the client's own event loop it does not wait."""
        self._leave(self._finish(_FINISHED))

    async def abort_async(self) -> None:
        """Gives the stream up: the reader learns that it is incomplete."""
        await self._on_loop(self._finish(_ABORTED))

    def abort(self) -> None:
        """`abort_async` for threads."""
        self._leave(self._finish(_ABORTED))

    def _leave(self, work: Coroutine[Any, Any, None]) -> None:
        if self._end.client.is_on_loop():
            self._end.client.spawn(work)
        else:
            self._blocking(work)

    async def _finish(self, code: int) -> None:
        async with self._turn:
            if self._end.finished:
                return
            await self._end.attach()
            await self._end.say(code)
            error = self._end.ending()
            if error is not None and code == _FINISHED and self._lost_reader():
                raise error

    def _lost_reader(self) -> bool:
        closed = self._end.closed
        return closed is not None and closed.code in (_READER_GONE, _EXPIRED)

    @property
    def stream(self) -> ChannelWriter:
        """The writer itself, under the name that other languages use."""
        return self


class Channel:
    """A new channel: both ends, and the references that other workers attach them by.

    ```python
    channel = create_channel(iii)
    iii.trigger({"function_id": "files::import", "payload": {"input": channel.reader_ref}})
    ```
    """

    __slots__ = ("reader", "reader_ref", "writer", "writer_ref")

    def __init__(
        self,
        writer: ChannelWriter,
        reader: ChannelReader,
        writer_ref: StreamChannelRef,
        reader_ref: StreamChannelRef,
    ) -> None:
        #: The writing end.
        self.writer = writer
        #: The reading end.
        self.reader = reader
        #: What a payload carries to let another worker write.
        self.writer_ref = writer_ref
        #: What a payload carries to let another worker read.
        self.reader_ref = reader_ref


def is_channel_ref(value: Any) -> bool:
    """Whether a value is a reference to a channel end.

    ```python
    assert is_channel_ref({"channel_id": "c", "access_key": "k", "direction": "read"})
    ```
    """
    if isinstance(value, StreamChannelRef):
        return True
    if not isinstance(value, dict):
        return False
    fields = cast(dict[str, Any], value)
    return (
        isinstance(fields.get("channel_id"), str)
        and isinstance(fields.get("access_key"), str)
        and fields.get("direction") in ("read", "write")
    )


def extract_channel_refs(data: Any) -> list[tuple[str, StreamChannelRef]]:
    """Every channel reference in a payload, with the path that leads to it.

    ```python
    for path, ref in extract_channel_refs(payload):
        print(path, ref.direction)
    ```
    """
    found: list[tuple[str, StreamChannelRef]] = []

    def collect(value: Any, path: str) -> None:
        if is_channel_ref(value):
            found.append((path, StreamChannelRef.model_validate(value)))
        elif isinstance(value, dict):
            for name, item in cast(dict[str, Any], value).items():
                collect(item, f"{path}.{name}" if path else name)
        elif isinstance(value, list):
            for at, item in enumerate(cast(list[Any], value)):
                collect(item, f"{path}[{at}]")

    collect(data, "")
    return found


def materialize(value: Any, client: AsyncClient, context: Context) -> Any:
    """The payload with a reader or writer in the place of every reference."""
    if is_channel_ref(value):
        reference = StreamChannelRef.model_validate(value)
        if reference.direction == "read":
            return ChannelReader(client, reference)
        writer = ChannelWriter(client, reference)
        context.writers.append(weakref.ref(writer))
        return writer
    if isinstance(value, dict):
        items = cast(dict[str, Any], value).items()
        return {name: materialize(item, client, context) for name, item in items}
    if isinstance(value, list):
        return [materialize(item, client, context) for item in cast(list[Any], value)]
    return value
