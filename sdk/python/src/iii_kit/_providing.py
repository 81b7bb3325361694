"""Trigger types this worker provides, and the triggers bound to them."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import logging
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

from ._codec import Message, encode
from ._errors import RegistrationError
from ._invoking import error_body
from ._registry import Acknowledgement
from ._triggers import BoundTrigger, condition_of

if TYPE_CHECKING:
    from ._connection import Driver

_LOG: Final = logging.getLogger("iii_kit")

_Operation = tuple[Literal["bind", "unbind"], BoundTrigger]


@dataclass(slots=True)
class Provider:
    """A trigger type of this worker."""

    announcement: Message
    handler: Any
    acknowledgement: Acknowledgement = field(default_factory=Acknowledgement)
    known: bool = False
    #: What the handler has not got round to yet; one after the other.
    operations: deque[_Operation] = field(default_factory=deque[_Operation])
    #: Triggers that the handler knows, or is being told of.
    bound: dict[str, BoundTrigger] = field(default_factory=dict[str, BoundTrigger])
    busy: bool = False
    #: Taken back; forgotten once the handler has let go of its triggers.
    retired: bool = False

    def unbind_all(self) -> None:
        """Lets the handler go of every trigger."""
        kept = [operation for operation in self.operations if operation[0] == "unbind"]
        self.operations = deque(kept)
        bound, self.bound = self.bound, {}
        self.operations.extend(("unbind", trigger) for trigger in bound.values())

    def unbind(self, trigger_id: str) -> None:
        """Lets the handler go of one trigger; one it has not seen yet is just forgotten."""
        kept = [o for o in self.operations if o[0] == "unbind" or o[1].id != trigger_id]
        self.operations = deque(kept)
        trigger = self.bound.pop(trigger_id, None)
        if trigger is not None:
            self.operations.append(("unbind", trigger))


class Providers:
    """The trigger types of this worker."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver
        self._types: dict[str, Provider] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def add(self, provider: Provider) -> None:
        """Adds a trigger type, or raises `RegistrationError`."""
        type_id: str = provider.announcement["id"]
        if type_id in self._types:
            message = f"trigger type `{type_id}` is already registered by this worker"
            raise RegistrationError(type_id, "INVALID_ARGUMENTS", message)
        if len(self._types) >= self._driver.limits.registrations_max:
            message = "the client limit `registrations_max` is reached"
            raise RegistrationError(type_id, "overloaded", message)
        self._types[type_id] = provider

    def retire(self, type_id: str) -> None:
        """Takes a trigger type back."""
        provider = self._types.get(type_id)
        if provider is None or provider.retired:
            return
        provider.retired = True
        provider.unbind_all()
        message = {"type": "unregistertriggertype", "id": type_id}
        namespace = provider.announcement.get("namespace")
        self._driver.link.send(encode({**message, "namespace": namespace}))
        self._advance(type_id)

    def unbind_all(self) -> None:
        """The engine sends the triggers anew, so the handlers let go of the old ones first."""
        for type_id, provider in list(self._types.items()):
            provider.unbind_all()
            self._advance(type_id)

    def announcements(self) -> list[Message]:
        """Everything to announce on a new connection, in the order of registration."""
        return [p.announcement for p in self._types.values() if not p.retired]

    def registered(self, type_id: str) -> None:
        """The trigger type is in the engine's catalog."""
        provider = self._types.get(type_id)
        if provider is not None:
            provider.known = True
            provider.acknowledgement.settle()

    def assume_registered(self) -> None:
        """The engine does not acknowledge: whatever is announced counts as registered."""
        for type_id in list(self._types):
            self.registered(type_id)

    def connection_lost(self) -> None:
        """What was confirmed on the old connection is not on the next one."""
        for provider in self._types.values():
            provider.acknowledgement.reset()

    def refused(self, type_id: str, error: RegistrationError) -> None:
        """The engine refused the trigger type; as with functions."""
        provider = self._types.get(type_id)
        if provider is None:
            return
        if not provider.known:
            del self._types[type_id]
        if provider.known or not provider.acknowledgement.waiting:
            _LOG.error("%s", error)
        provider.acknowledgement.settle(error)

    def end_all(self, error: Exception) -> None:
        """Ends every registration that waits."""
        for provider in self._types.values():
            if not provider.acknowledgement.settled:
                provider.acknowledgement.settle(error)

    # === triggers ===

    def bind(self, message: Message) -> None:
        """The engine hands over a trigger to serve."""
        type_id: str = message["trigger_type"]
        provider = self._types.get(type_id)
        if provider is None or provider.retired:
            text = f"this worker does not provide `{type_id}`"
            self._answer(message, {"code": "trigger_type_not_found", "message": text})
            return
        if len(provider.operations) >= self._driver.limits.trigger_operations_max:
            text = "the provider's limit `trigger_operations_max` is reached"
            self._answer(message, {"code": "overloaded", "message": text})
            return
        try:
            condition = condition_of(message.get("config"))
        except ValueError as error:
            self._answer(message, {"code": "INVALID_ARGUMENTS", "message": str(error)})
            return
        bound = BoundTrigger.of(message, condition, self._driver.client)
        provider.operations.append(("bind", bound))
        self._advance(type_id)

    def unbind(self, message: Message) -> None:
        """The engine takes a trigger back."""
        trigger_id: str = message["id"]
        type_id = message.get("trigger_type") or self._type_of(trigger_id)
        provider = self._types.get(type_id) if type_id else None
        if provider is not None and type_id:
            provider.unbind(trigger_id)
            self._advance(type_id)

    def _type_of(self, trigger_id: str) -> str | None:
        found = (t for t, provider in self._types.items() if trigger_id in provider.bound)
        return next(found, None)

    def _advance(self, type_id: str) -> None:
        """Lets a handler do what waits for it."""
        provider = self._types.get(type_id)
        if provider is None or provider.busy:
            return
        if provider.operations:
            provider.busy = True
            task = asyncio.ensure_future(self._work(type_id, provider))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        elif provider.retired:
            del self._types[type_id]

    async def _work(self, type_id: str, provider: Provider) -> None:
        try:
            while provider.operations:
                operation, trigger = provider.operations.popleft()
                if operation == "bind":
                    provider.bound[trigger.id] = trigger
                    await self._bind_one(provider, trigger)
                else:
                    await self._unbind_one(provider, trigger)
        finally:
            provider.busy = False
            self._advance(type_id)

    async def _bind_one(self, provider: Provider, trigger: BoundTrigger) -> None:
        epoch, error = self._driver.epoch, None
        try:
            await _done(provider.handler.register_trigger(trigger))
        except Exception as failure:
            if provider.bound.get(trigger.id) is trigger:
                del provider.bound[trigger.id]
            body = error_body(failure, development=False)
            if body["code"] == "invocation_failed":
                body["code"] = "trigger_registration_failed"
            error = body
        if epoch == self._driver.epoch:
            about = {
                "id": trigger.id,
                "trigger_type": provider.announcement["id"],
                "function_id": trigger.function_id,
            }
            self._answer(about, error)

    async def _unbind_one(self, provider: Provider, trigger: BoundTrigger) -> None:
        try:
            await _done(provider.handler.unregister_trigger(trigger))
        except Exception:
            _LOG.exception("a trigger was not unregistered cleanly")

    def _answer(self, trigger: Message, error: dict[str, Any] | None) -> None:
        message = {
            "type": "triggerregistrationresult",
            "id": trigger["id"],
            "trigger_type": trigger["trigger_type"],
            "function_id": trigger["function_id"],
            "error": error,
        }
        self._driver.link.send(encode(message))

    def close(self) -> None:
        """Stops what the handlers are doing."""
        for task in self._tasks:
            with contextlib.suppress(RuntimeError):
                task.cancel()


async def _done(outcome: Any) -> None:
    """Handlers may be coroutines or plain methods."""
    if inspect.isawaitable(outcome):
        await outcome
