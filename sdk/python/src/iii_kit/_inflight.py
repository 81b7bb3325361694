"""Calls that wait for an answer."""

from __future__ import annotations

import secrets
from typing import Any, Final, Protocol

from ._errors import InvocationError, invocation_error, remote_error, timed_out

#: The engine's clock and ours may differ by this much when the engine ends a call at its deadline.
_DEADLINE_SLACK_S: Final = 0.05
_NUMBER_MASK: Final = (1 << 48) - 1


class Waiter(Protocol):
    """Who waits: a future of the event loop, or a thread. It is given the whole answer."""

    def set_result(self, result: dict[str, Any], /) -> object: ...

    def set_exception(self, exception: Exception, /) -> object: ...

    def done(self) -> bool: ...


class Call:
    """A call that waits for its answer."""

    __slots__ = ("deadline", "function_id", "sent", "timeout_s", "waiter")

    def __init__(
        self, function_id: str, waiter: Waiter, deadline: float, timeout_s: float, sent: bool
    ) -> None:
        self.function_id = function_id
        self.waiter = waiter
        self.deadline = deadline
        self.timeout_s = timeout_s
        #: Whether it went out on the present connection. If not, it waits for the next one.
        self.sent = sent

    def fail(self, error: Exception) -> None:
        """Ends the call. Its caller may have given up meanwhile."""
        if not self.waiter.done():
            self.waiter.set_exception(error)


class Calls:
    """All calls of a client that wait for an answer, by their id on the wire."""

    def __init__(self, grace_s: float) -> None:
        self.waiting: dict[str, Call] = {}
        nonce = secrets.token_hex(8)
        #: Begins every invocation id, so that ids of two clients differ.
        self._prefix = f"{nonce[:8]}-{nonce[8:12]}-4{nonce[13:16]}-8000-"
        self._number = 0
        self._grace_s = grace_s
        #: No call ends by time before this.
        self.next_expiry: float | None = None

    def new_id(self) -> str:
        """An id that no other call of this client has."""
        self._number += 1
        return f"{self._prefix}{self._number & _NUMBER_MASK:012x}"

    def insert(self, invocation_id: str, call: Call) -> bool:
        """Waits for an answer; true when the timer must be set anew."""
        self.waiting[invocation_id] = call
        expiry = self._expiry(call)
        if self.next_expiry is None or expiry < self.next_expiry:
            self.next_expiry = expiry
            return True
        return False

    def answered(self, message: dict[str, Any], now: float) -> None:
        """Ends the call that a result belongs to. Results of calls given up are dropped."""
        call = self.waiting.pop(message["invocation_id"], None)
        if call is None or call.waiter.done():
            return
        error = message.get("error")
        if error is None:
            call.waiter.set_result(message)
            return
        failure = remote_error(error, call.function_id, message["invocation_id"])
        if failure.code == "TIMEOUT" and now + _DEADLINE_SLACK_S >= call.deadline:
            failure = timed_out(call.function_id, call.timeout_s)
        call.waiter.set_exception(failure)

    def give_up(self, invocation_id: str) -> Call | None:
        """Forgets a call; the engine must be told when it was sent."""
        return self.waiting.pop(invocation_id, None)

    def fail(self, invocation_id: str, error: Exception) -> None:
        """Ends one call with an error."""
        call = self.waiting.pop(invocation_id, None)
        if call is not None:
            call.fail(error)

    def expire(self, now: float) -> list[str]:
        """Ends calls whose time is up; returns those that the engine must be told about."""
        late: list[str] = []
        self.next_expiry = None
        for invocation_id, call in self.waiting.items():
            expiry = self._expiry(call)
            if expiry <= now:
                late.append(invocation_id)
            elif self.next_expiry is None or expiry < self.next_expiry:
                self.next_expiry = expiry
        to_cancel: list[str] = []
        for invocation_id in late:
            call = self.waiting.pop(invocation_id)
            if call.sent:
                to_cancel.append(invocation_id)
            call.fail(timed_out(call.function_id, call.timeout_s))
        return to_cancel

    def connection_lost(self) -> None:
        """Ends every call that was sent: its answer will not come."""
        lost = [key for key, call in self.waiting.items() if call.sent]
        for invocation_id in lost:
            call = self.waiting.pop(invocation_id)
            message = "the connection to the engine broke after the call was sent"
            call.fail(
                invocation_error("connection_lost", message, call.function_id, None, invocation_id)
            )

    def end_all(self, error: InvocationError | Exception) -> None:
        """Ends every call."""
        waiting, self.waiting = self.waiting, {}
        for call in waiting.values():
            call.fail(error)

    def _expiry(self, call: Call) -> float:
        return call.deadline + self._grace_s if call.sent else call.deadline
