"""Calls that this worker makes: sent, kept for later, given up."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final

from ._call import Prepared
from ._clock import Timer
from ._codec import encode, encode_call
from ._errors import limit_reached
from ._inflight import Call, Calls, Waiter

if TYPE_CHECKING:
    from ._connection import Driver

_MS: Final = 1000


class Calling:
    """The calling half of a connection's owner."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver
        self._limits = driver.limits
        self._clock = driver.clock
        self.calls = Calls(driver.limits.call_timeout_grace_s)
        #: Calls not sent yet, in order, with their ids; None when nobody waits.
        self._backlog: deque[tuple[str | None, Prepared]] = deque()
        self._timer: Timer | None = None

    def call(self, prepared: Prepared, invocation_id: str, waiter: Waiter) -> None:
        """Sends a call that somebody waits for, or keeps it for the next connection."""
        ended = self._driver.client.end_error
        if ended is not None:
            waiter.set_exception(ended)
            return
        if len(self.calls.waiting) >= self._limits.calls_max:
            waiter.set_exception(limit_reached("calls_max", prepared.function_id))
            return
        link = self._driver.link
        if not link.live and len(self._backlog) >= self._limits.offline_calls_max:
            waiter.set_exception(limit_reached("offline_calls_max", prepared.function_id))
            return
        ready = link.ready
        deadline = self._clock.now() + prepared.timeout_s
        call = Call(prepared.function_id, waiter, deadline, prepared.timeout_s, ready)
        if self.calls.insert(invocation_id, call):
            self._set_timer()
        if ready:
            self._send_call(invocation_id, prepared, prepared.timeout_s)
        else:
            self._backlog.append((invocation_id, prepared))

    def void_call(self, prepared: Prepared) -> None:
        """Sends a call that nobody waits for. Raises when there is no room for it."""
        if self._driver.client.end_error is not None:
            raise self._driver.client.end_error
        if self._driver.link.ready:
            self._send_void(prepared)
        elif len(self._backlog) >= self._limits.offline_calls_max:
            raise limit_reached("offline_calls_max", prepared.function_id)
        else:
            self._backlog.append((None, prepared))

    def _send_call(self, invocation_id: str, prepared: Prepared, left_s: float) -> None:
        # The invocation a call belongs to has a meaning on its own connection only.
        parent = prepared.parent if prepared.epoch == self._driver.epoch else None
        timeout_ms = max(1, int(left_s * _MS))
        self._driver.link.send(
            encode_call(
                invocation_id,
                prepared.function_id,
                prepared.data,
                prepared.rest,
                timeout_ms,
                parent,
            )
        )

    def _send_void(self, prepared: Prepared) -> None:
        p = prepared
        message = encode_call(None, p.function_id, p.data, p.rest, p.void_timeout_ms, None)
        self._driver.link.send(message)

    def send_backlog(self) -> None:
        """Sends the calls that waited for a connection, or for room."""
        while self._backlog and self._driver.link.ready:
            invocation_id, prepared = self._backlog.popleft()
            if invocation_id is None:
                self._send_void(prepared)
                continue
            # Calls whose time ran out meanwhile are gone from the table.
            call = self.calls.waiting.get(invocation_id)
            if call is not None:
                call.sent = True
                self._send_call(invocation_id, prepared, call.deadline - self._clock.now())

    def give_up(self, invocation_id: str, reason: str = "cancelled") -> None:
        """Nobody waits for this call any more."""
        call = self.calls.give_up(invocation_id)
        if call is None:
            return
        if call.sent:
            self._send_cancel(invocation_id, reason)
        else:
            self._forget_unsent()

    def _forget_unsent(self) -> None:
        waiting = self.calls.waiting
        kept = [entry for entry in self._backlog if entry[0] is None or entry[0] in waiting]
        self._backlog = deque(kept)

    def _send_cancel(self, invocation_id: str, reason: str) -> None:
        message = {"type": "cancelinvocation", "invocation_id": invocation_id, "reason": reason}
        self._driver.link.send(encode(message))

    def _set_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self.calls.next_expiry is not None:
            self._timer = self._clock.call_at(self.calls.next_expiry, self._expire)

    def _expire(self) -> None:
        for invocation_id in self.calls.expire(self._clock.now()):
            self._send_cancel(invocation_id, "timeout")
        self._forget_unsent()
        self._set_timer()

    def end(self, error: Exception) -> None:
        """Everything that waits is told why."""
        if self._timer is not None:
            self._timer.cancel()
        self._backlog.clear()
        self.calls.end_all(error)
