"""One end of a channel, attached when it is first used."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Final, Literal

from ._errors import ChannelError
from ._transport.base import ChannelEnd, Closed, DialError
from ._types import StreamChannelRef

if TYPE_CHECKING:
    from ._client import AsyncClient
    from ._context import Context

#: Close codes: the proper end, and what each side says when it gives up.
FINISHED: Final = 1000
ABORTED: Final = 4001
READER_GONE: Final = 4002
EXPIRED: Final = 4003
_NO_CODE: Final = 1005


class End:
    """One end, attached when it is first used. Belongs to the client's event loop."""

    def __init__(self, client: AsyncClient, reference: StreamChannelRef, direction: str) -> None:
        self.client = client
        self._ref = reference
        self._direction: Literal["read", "write"] = "read" if direction == "read" else "write"
        self._attaching: asyncio.Future[ChannelEnd] | None = None
        self.end: ChannelEnd | None = None
        self.closed: Closed | None = None
        #: The invocation that was handed the reference; using it is noted there.
        self.scope: Context | None = None
        #: This side has said its farewell.
        self.finished = False
        self.arrived: deque[tuple[bool, bytes]] = deque()
        self._paused = False
        self._changed: list[asyncio.Future[None]] = []

    async def attach(self) -> ChannelEnd:
        """Attaches the end, once."""
        end = self.end
        if end is not None:
            return end
        if self.finished:
            raise ChannelError("channel_aborted", "this end of the channel is closed")
        if self.scope is not None:
            self.scope.used_channels = True
        if self._attaching is None:
            self._attaching = asyncio.ensure_future(self._dial())
        end = await asyncio.shield(self._attaching)
        self.end = end
        return end

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
        if closed is None or (closed.clean and closed.code in (None, _NO_CODE, FINISHED)):
            return None
        if closed.code == EXPIRED:
            return ChannelError("channel_not_found", "the other end of the channel never came")
        message = "the other end of the channel gave up or vanished before the end of the stream"
        return ChannelError("channel_aborted", message)

    async def say(self, code: int) -> None:
        """Says farewell and waits until it has left. That the other side takes it is not waited
        for: that may be somebody who is to be told of the channel only now."""
        if self.finished:
            return
        self.finished = True
        if self.end is None or self.closed is not None:
            return
        self.end.close(code)
        while self.closed is None and self.end.congested:
            await self.changed()


class _Receiver:
    """What a transport calls; `closed` is a method there and a state here."""

    def __init__(self, end: End) -> None:
        self.frames = end.frames
        self.room = end.room
        self.closed = end.on_closed
