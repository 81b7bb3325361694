"""The present connection: its greeting, its heartbeat, its end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final, cast

from ._clock import Clock, Timer
from ._limits import Limits
from ._transport.base import Closed, Connection

#: A peer that stays silent for this many heartbeats is dead: it missed two pings.
_SILENT_HEARTBEATS_MAX: Final = 3
#: A connection that lived this long was a good one: the next pause is short again.
_GOOD_AFTER_S: Final = 1.0


class Link:
    """One attempt to be connected, from dialling to the end."""

    def __init__(
        self,
        clock: Clock,
        limits: Limits,
        on_message: Callable[[bytes], None],
        on_room: Callable[[], None],
    ) -> None:
        self._clock = clock
        self._limits = limits
        self._on_message = on_message
        self._on_room = on_room
        self._connection: Connection | None = None
        self._timer: Timer | None = None
        self._since = clock.now()
        #: When the peer was last heard: now, for whoever works on what it said.
        self.heard = self._since
        self._pings = 0
        #: Whether the engine has said its first word; nothing is sent before.
        self.live = False
        #: Whether the engine acknowledges registrations.
        self.acknowledges = False
        #: Says why it ended.
        self.ended: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def up(self, connection: Connection) -> None:
        """The connection is open; the engine has to greet."""
        self._connection = connection
        self._check_at(self._clock.now() + self._limits.greeting_timeout_s)
        connection.start()

    def greeted(self, acknowledges: bool) -> None:
        """The engine has greeted; from now on its heart has to beat."""
        self.live, self.acknowledges = True, acknowledges
        self._since = self._clock.now()
        self._check_at(self._since + self._limits.heartbeat_s)

    def was_good(self) -> bool:
        """Whether it lived long enough to count as one."""
        return self.live and self._clock.now() >= self._since + _GOOD_AFTER_S

    # === sending ===

    def send(self, message: bytes) -> None:
        """Queues a message. Without a live connection it goes nowhere; who cares asks before."""
        if self.live and self._connection is not None:
            self._connection.send(message)

    def send_binary(self, data: bytes) -> bool:
        """Queues a telemetry frame, where the transport has such; false when it cannot go now."""
        if not self.live or self._connection is None:
            return False
        send: Any = getattr(self._connection, "send_binary", None)
        if send is not None:
            send(data)
        return True

    @property
    def ready(self) -> bool:
        """Whether something can be sent now."""
        return self.live and not cast(Connection, self._connection).congested

    # === Receiver ===

    def received(self, messages: list[bytes]) -> None:
        self.heard = self._clock.now()
        self._pings = 0
        for message in messages:
            if self.ended.done():
                return
            if message:
                self._on_message(message)

    def room(self) -> None:
        if self.live:
            self._on_room()

    def closed(self, closed: Closed) -> None:
        code = "" if closed.code is None else f" with code {closed.code}"
        said = f": {closed.reason}" if closed.reason else ""
        who = "the engine closed the connection" if closed.clean else "the connection broke"
        self.end(f"{who}{code}{said}")

    # === the end ===

    def end(self, reason: str) -> None:
        """It is over; nothing is sent or received any more."""
        self.live = False
        if self._timer is not None:
            self._timer.cancel()
        if not self.ended.done():
            self.ended.set_result(reason)

    def fail(self, error: Exception) -> None:
        """The engine refused this worker for good."""
        if not self.ended.done():
            self.ended.set_exception(error)
            # Whoever serves the link reads it; should nobody do so, it is no surprise.
            self.ended.exception()
        self.end("refused")

    def abort(self) -> None:
        """Drops the connection."""
        if self._connection is not None:
            self._connection.abort()

    def say_farewell(self) -> None:
        """Sends everything that is queued, then the farewell."""
        if self._connection is not None:
            self._connection.close(1000)

    # === time ===

    def _check_at(self, when: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._clock.call_at(when, self._check)

    def _check(self) -> None:
        """Probes a silent peer, and gives up one that stays silent."""
        if self.ended.done():
            return
        if not self.live:
            self._give_up("the engine did not greet")
            return
        now, beat = self._clock.now(), self._limits.heartbeat_s
        due = self.heard + beat * (self._pings + 1)
        if now < due:
            self._check_at(due)
            return
        self._pings += 1
        if self._pings >= _SILENT_HEARTBEATS_MAX:
            self._give_up("the engine is silent")
            return
        cast(Connection, self._connection).ping()
        self._check_at(self.heard + beat * (self._pings + 1))

    def _give_up(self, reason: str) -> None:
        self.end(reason)
        self.abort()
