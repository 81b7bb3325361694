"""What a transport offers and what it expects of whoever uses it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


class DialError(Exception):
    """An engine or a channel cannot be reached. `status` is that of an HTTP refusal."""

    def __init__(self, message: str, *, status: int | None = None, usable: bool = True) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        #: False when the address itself is wrong, so that trying again is pointless.
        self.usable = usable

    @property
    def is_final(self) -> bool:
        """Whether trying again unchanged is pointless."""
        status = self.status
        if status is None:
            return not self.usable
        return status < 500 and status not in (408, 425, 429)


@dataclass(frozen=True, slots=True)
class Closed:
    """How a connection ended: the peer's close code, or none when it just broke."""

    code: int | None
    reason: str
    #: Whether the peer said farewell.
    clean: bool


class Receiver(Protocol):
    """Whoever uses a connection. Called in the connection's event loop."""

    def received(self, messages: list[bytes]) -> None:
        """Messages arrived. An empty list is a sign of life and nothing more."""

    def room(self) -> None:
        """What was queued has gone; there is room again."""

    def closed(self, closed: Closed) -> None:
        """The connection ended. Nothing is called after this."""


class Connection(Protocol):
    """An open connection to an engine."""

    @property
    def congested(self) -> bool:
        """Whether so much is queued that nothing more should be; `room` tells the end of it."""
        ...

    def start(self) -> None:
        """The receiver is ready; until then nothing is handed to it."""

    def send(self, message: bytes) -> None:
        """Queues a message; it leaves in this turn of the event loop or at its end."""

    def ping(self) -> None:
        """Asks the peer for a sign of life."""

    def close(self, code: int, reason: str = "") -> None:
        """Says farewell once everything queued has gone; `closed` follows."""

    def abort(self) -> None:
        """Drops the connection."""


class ChannelReceiver(Protocol):
    """Whoever uses one end of a channel."""

    def frames(self, frames: list[tuple[bool, bytes]]) -> None:
        """Frames arrived, each with whether it is binary."""

    def room(self) -> None:
        """What was queued has gone; there is room again."""

    def closed(self, closed: Closed) -> None:
        """The end is detached."""


class ChannelEnd(Protocol):
    """One attached end of a channel."""

    @property
    def congested(self) -> bool:
        """Whether so much is queued that nothing more should be; `room` tells the end of it."""
        ...

    def send(self, binary: bool, data: bytes) -> None:
        """Queues a frame."""

    def pause(self) -> None:
        """Takes nothing more from the peer for now."""

    def resume(self) -> None:
        """Takes frames again."""

    def close(self, code: int) -> None:
        """Says farewell once everything queued has gone; `closed` follows."""


class Dialer(Protocol):
    """A way to one engine."""

    @property
    def address(self) -> str:
        """Where the engine is, for people; never with a token."""
        ...

    async def dial(self, receiver: Receiver) -> Connection:
        """Opens a connection, or raises `DialError`."""
        ...

    async def dial_channel(
        self, channel_id: str, access_key: str, direction: str, receiver: ChannelReceiver
    ) -> ChannelEnd:
        """Attaches an end of a channel, or raises `DialError`."""
        ...
