"""What this worker offers and wants, to be announced on every connection."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from typing import Any, Final

from ._codec import Message
from ._errors import InvocationError, RegistrationError, remote_error
from ._handler import Handler

_LOG: Final = logging.getLogger("iii_kit")


class Acknowledgement:
    """Whether a registration has been confirmed. Belongs to the client's event loop."""

    __slots__ = ("error", "settled", "waiting")

    def __init__(self) -> None:
        self.settled = False
        self.error: Exception | None = None
        self.waiting: list[asyncio.Future[None]] = []

    def settle(self, error: Exception | None = None) -> None:
        """The answer has come; whoever waits is told."""
        self.settled, self.error = True, error
        waiting, self.waiting = self.waiting, []
        for future in waiting:
            if not future.done():
                future.set_result(None)

    def reset(self) -> None:
        """What was confirmed on the old connection is not on the next one."""
        self.settled, self.error = False, None


@dataclass(slots=True)
class Function:
    """A function of this worker."""

    announcement: Message
    #: None when the function lives behind a URL.
    handler: Handler | None
    acknowledgement: Acknowledgement = field(default_factory=Acknowledgement)
    #: Whether it has ever been in the engine's catalog.
    known: bool = False


@dataclass(slots=True)
class Trigger:
    """A trigger of this worker."""

    announcement: Message
    acknowledgement: Acknowledgement = field(default_factory=Acknowledgement)


class Registry:
    """The functions and triggers of this worker, in the order of registration."""

    def __init__(self, entries_max: int) -> None:
        self.functions: dict[str, Function] = {}
        self.triggers: dict[str, Trigger] = {}
        self._entries_max = entries_max

    def add_function(self, function: Function) -> None:
        """Adds a function, or raises `RegistrationError`."""
        function_id: str = function.announcement["id"]
        if function_id in self.functions:
            message = f"function id `{function_id}` is already registered by this worker"
            raise RegistrationError(function_id, "INVALID_ARGUMENTS", message)
        self._check_room(self.functions, function_id)
        self.functions[function_id] = function

    def add_trigger(self, trigger: Trigger) -> None:
        """Adds a trigger, or raises `RegistrationError`."""
        trigger_id: str = trigger.announcement["id"]
        self._check_room(self.triggers, trigger_id)
        self.triggers[trigger_id] = trigger

    def _check_room(self, entries: dict[str, Any], entry_id: str) -> None:
        if len(entries) >= self._entries_max:
            message = "the client limit `registrations_max` is reached"
            raise RegistrationError(entry_id, "overloaded", message)

    def function_registered(self, function_id: str) -> None:
        """The function is in the engine's catalog."""
        function = self.functions.get(function_id)
        if function is not None:
            function.known = True
            function.acknowledgement.settle()

    def function_refused(self, function_id: str, error: RegistrationError) -> None:
        """The engine refused the function. Refused at its first announcement it is gone; refused
        after a reconnect it is kept for the next connection, when its other owner may have left."""
        function = self.functions.get(function_id)
        if function is None:
            return
        if not function.known:
            del self.functions[function_id]
            if not function.acknowledgement.waiting:
                _LOG.error("%s", error)
        else:
            _LOG.error("refused after reconnecting: %s", error)
        function.acknowledgement.settle(error)

    def trigger_answered(self, message: Message) -> None:
        """The provider's answer to a trigger of this worker."""
        trigger = self.triggers.get(message["id"])
        if trigger is None:
            return
        body = message.get("error")
        if body is None:
            trigger.acknowledgement.settle()
            return
        found: InvocationError = remote_error(body, None, "")
        kind: str = trigger.announcement["trigger_type"]
        error = RegistrationError(kind, found.code, found.message)
        if not trigger.acknowledgement.waiting:
            function_id = trigger.announcement["function_id"]
            _LOG.warning("trigger of `%s` refused: %s", function_id, error)
        trigger.acknowledgement.settle(error)

    def assume_registered(self) -> None:
        """The engine does not acknowledge: whatever is announced counts as registered."""
        for function in self.functions.values():
            function.known = True
            function.acknowledgement.settle()
        for trigger in self.triggers.values():
            trigger.acknowledgement.settle()

    def announcements(self) -> list[Message]:
        """Everything to announce on a new connection: functions first."""
        entries = [*self.functions.values(), *self.triggers.values()]
        return [entry.announcement for entry in entries]

    def connection_lost(self) -> None:
        """What was confirmed on the old connection is not on the next one."""
        for entry in (*self.functions.values(), *self.triggers.values()):
            entry.acknowledgement.reset()

    def end_all(self, error: Exception) -> None:
        """Ends every registration that waits."""
        for entry in (*self.functions.values(), *self.triggers.values()):
            if not entry.acknowledgement.settled:
                entry.acknowledgement.settle(error)
