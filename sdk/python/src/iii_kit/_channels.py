"""Channels: streams of binary and text frames between two workers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import TYPE_CHECKING, Any, Final

from ._channel_end import ABORTED, EXPIRED, FINISHED, READER_GONE, End
from ._errors import ChannelError
from ._types import StreamChannelRef

if TYPE_CHECKING:
    from ._client import AsyncClient
    from ._context import Context

#: Largest frame written; larger data is cut into several.
FRAME_BYTES_MAX: Final = 64 * 1024

ChannelFrame = str | bytes


class _Handle:
    """What both ends have in common: work is done in the client's event loop."""

    def __init__(self, client: AsyncClient, reference: StreamChannelRef, direction: str) -> None:
        self._end = End(client, reference, direction)
        self._ref = reference

    async def _on_loop(self, work: Coroutine[Any, Any, Any]) -> Any:
        return await self._end.client.on_loop(work)

    def _blocking(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self._end.client.blocking(work)

    def _leave(self, work: Coroutine[Any, Any, None]) -> None:
        if self._end.client.is_on_loop():
            self._end.client.spawn(work)
        else:
            self._blocking(work)


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
                await self._end.say(READER_GONE)
                message = f"the channel carried more than {limit} bytes"
                raise ChannelError("payload_too_large", message)
            parts.append(data)
        return b"".join(parts)

    async def close_async(self) -> None:
        """Stops reading; the writer is told."""
        await self._on_loop(self._end.say(READER_GONE))

    def close(self) -> None:
        """`close_async` for threads; in the client's own event loop it does not wait."""
        self._leave(self._end.say(READER_GONE))

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

    def __init__(
        self, client: AsyncClient, reference: StreamChannelRef, scope: Context | None = None
    ) -> None:
        super().__init__(client, reference, "write")
        self._end.scope = scope
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
        while end.closed is None and channel.congested:
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
        await self._on_loop(self._finish(FINISHED))

    def close(self) -> None:
        """`close_async` for threads; in the client's own event loop it does not wait."""
        self._leave(self._finish(FINISHED))

    async def abort_async(self) -> None:
        """Gives the stream up: the reader learns that it is incomplete."""
        await self._on_loop(self._finish(ABORTED))

    def abort(self) -> None:
        """`abort_async` for threads."""
        self._leave(self._finish(ABORTED))

    async def _finish(self, code: int) -> None:
        async with self._turn:
            if self._end.finished:
                return
            await self._end.attach()
            await self._end.say(code)
            error = self._end.ending()
            if error is not None and code == FINISHED and self._lost_reader():
                raise error

    def _lost_reader(self) -> bool:
        closed = self._end.closed
        return closed is not None and closed.code in (READER_GONE, EXPIRED)

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
