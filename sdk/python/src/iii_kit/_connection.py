"""The one owner of a client's connection: dials, announces, sends, receives, comes back."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, cast

from ._backoff import Backoff
from ._calling import Calling
from ._clock import Clock, sleep_until
from ._codec import DecodeError, Message, check, encode, parse
from ._error_codes import ERRORS
from ._errors import (
    InvocationError,
    RegistrationError,
    RegistrationRejectedError,
    remote_error,
    shut_down,
)
from ._introduction import FEATURE, introduction
from ._invoking import Invocations
from ._link import Link
from ._providing import Provider, Providers
from ._registry import Function, Registry, Trigger
from ._transport.base import DialError
from ._types import ReconnectionConfig

if TYPE_CHECKING:
    from ._client import AsyncClient

_LOG: Final = logging.getLogger("iii_kit")
_CONFLICT: Final = "FUNCTION_NAMESPACE_CONFLICT"
_FAREWELL_S: Final = 1.0


class Driver:
    """Belongs to one event loop; whoever calls it runs there."""

    def __init__(self, client: AsyncClient, clock: Clock) -> None:
        self.client = client
        self.limits = client.limits
        self.telemetry = client.telemetry
        self.development = client.development
        self.clock = clock
        #: Which connection this is, from 1.
        self.epoch = 0
        self.calling = Calling(self)
        self.calls = self.calling.calls
        self.link = self._new_link()
        self.registry = Registry(self.limits.registrations_max)
        self.providers = Providers(self)
        self.invocations = Invocations(self)
        self._previous: Message | None = None
        self._draining = False
        self._handlers: dict[str, Callable[[Message], None]] = {
            "cancelinvocation": self.invocations.cancel,
            "workerregistered": self._greeted,
            "functionregistered": lambda m: self.registry.function_registered(m["id"]),
            "triggertyperegistered": lambda m: self.providers.registered(m["id"]),
            "registrationrejected": self._registration_rejected,
            "registertrigger": self.providers.bind,
            "unregistertrigger": self.providers.unbind,
            "triggerregistrationresult": self.registry.trigger_answered,
            "error": self._connection_refused,
            "ping": lambda m: self.link.send(encode({"type": "pong"})),
            "drain": lambda m: _LOG.info("the engine is about to stop"),
        }

    # === the life of the connection ===

    async def run(self) -> None:
        """Dials and serves, again and again, until the engine refuses this worker for good."""
        config = self.client.options.reconnection_config or ReconnectionConfig()
        backoff = Backoff(config)
        try:
            while True:
                self.link = self._new_link()
                reason = await self._serve()
                if self.link.was_good():
                    backoff.reset()
                self._lost(reason)
                await sleep_until(self.clock, self.clock.now() + backoff.next())
        except RegistrationRejectedError as error:
            _LOG.error("%s: %s", self.client.address, error)
            self.end("failed", error)
            self.link.abort()

    def _new_link(self) -> Link:
        return Link(self.clock, self.limits, self.receive, self.calling.send_backlog)

    async def _serve(self) -> str:
        """Serves one connection; returns why it ended."""
        dialling = asyncio.ensure_future(self.client.dialer.dial(self.link))
        too_late = self.clock.call_at(
            self.clock.now() + self.limits.greeting_timeout_s, lambda: _cancel(dialling)
        )
        try:
            connection = await dialling
        except DialError as error:
            if error.is_final:
                code = "AUTH_ERROR" if error.status in (401, 403) else "INVALID_ARGUMENTS"
                raise RegistrationRejectedError(code, message=error.message) from error
            return error.message
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                dialling.cancel()
                raise
            return "connecting took too long"
        finally:
            too_late.cancel()
        self.epoch += 1
        self.link.up(connection)
        return await asyncio.shield(self.link.ended)

    def _lost(self, reason: str) -> None:
        was_live = self.client.state == "connected"
        level = logging.WARNING if was_live else logging.DEBUG
        _LOG.log(level, "%s: connection lost: %s", self.client.address, reason)
        self.link.abort()
        self.invocations.connection_lost()
        self.calls.connection_lost()
        self.registry.connection_lost()
        self.providers.connection_lost()
        self.client.not_connected("reconnecting" if self.epoch else "connecting")

    def end(self, state: Any, error: Exception) -> None:
        """Everything that waits is told why."""
        self.link.end("ended")
        self.client.ended(state, error)
        self.calling.end(error)
        self.registry.end_all(error)
        self.providers.end_all(error)
        self.invocations.connection_lost()
        self.providers.close()
        self.invocations.close()

    async def say_farewell(self) -> None:
        """Sends what is queued and closes the connection."""
        link = self.link
        if link.live:
            self.telemetry.flush(link.send_binary)
            link.say_farewell()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_FAREWELL_S):
                    await asyncio.shield(link.ended)
        link.abort()
        self.end("disconnected", shut_down())

    def drain(self) -> None:
        """This worker takes no new calls; running ones may finish."""
        if not self._draining:
            self._draining = True
            self.link.send(encode({"type": "drain"}))

    # === receiving ===

    def receive(self, data: bytes) -> None:
        """A message of the engine. Whatever it is, it must not stop the worker."""
        try:
            message = parse(data)
            kind = message.get("type")
            if kind == "invocationresult" and isinstance(message.get("invocation_id"), str):
                self.calls.answered(message, self.link.heard)
            elif kind == "invokefunction":
                if not _is_usable(message):
                    message = check(message)
                if isinstance(message.get("invocation_id"), str):
                    self.invocations.invoked(message, data)
            else:
                message = check(message)
                handler = self._handlers.get(message["type"])
                if handler is not None:
                    handler(message)
        except DecodeError as error:
            self._malformed(error)
        except Exception:
            _LOG.exception("a message of the engine could not be handled")

    def _malformed(self, error: DecodeError) -> None:
        """Whoever waits for a message that could not be read is told."""
        if error.kind != "UnknownType":
            _LOG.warning("unreadable message from the engine: %s", error)
        if error.invocation_id is None:
            return
        if error.message_type == "invokefunction":
            body = {"code": "invalid_message", "message": str(error)}
            answer = {"type": "invocationresult", "invocation_id": error.invocation_id}
            self.link.send(encode({**answer, "error": body}))
        elif error.message_type == "invocationresult":
            failure = InvocationError("deserialization_error", str(error))
            self.calls.fail(error.invocation_id, failure)

    def _greeted(self, message: Message) -> None:
        """The engine's first word: announce everything, then send what waited."""
        if self.link.live:
            return
        features: list[str] = message.get("features") or []
        self.link.greeted(FEATURE in features)
        previous, self._previous = self._previous, message
        if previous is not None:
            reattach = {"type": "reattach", "previous_worker_id": previous["worker_id"]}
            token = previous.get("reattach_token")
            self.link.send(encode({**reattach, "reattach_token": token}))
        self.link.send(introduction(self.client.options, self.client.name, self.client.namespace))
        if self._draining:
            self.link.send(encode({"type": "drain"}))
        else:
            for announcement in self.providers.announcements():
                self.link.send(encode(announcement))
            for announcement in self.registry.announcements():
                self.link.send(encode(announcement))
        self.providers.unbind_all()
        if not self.link.acknowledges:
            self.registry.assume_registered()
            self.providers.assume_registered()
        secret = message.get("channel_secret")
        self.client.connected(message["worker_id"], _decoded(secret), self.clock.now())
        _LOG.info("%s: connected to the engine as %s", self.client.address, message["worker_id"])
        self.calling.send_backlog()
        self.telemetry.flush(self.link.send_binary)

    def _registration_rejected(self, message: Message) -> None:
        code: str = message["code"]
        type_id, function_id = message.get("trigger_type"), message.get("function_id")
        about = ERRORS.get(cast(Any, code))
        hint = about.hint if about is not None else "ask whoever runs the engine"
        said = message.get("message")
        if code == _CONFLICT and type_id is not None:
            text = said or f"the trigger type belongs to another worker; {hint}"
            self.providers.refused(type_id, RegistrationError(type_id, code, text))
        elif code == _CONFLICT and function_id is not None:
            text = said or f"the function belongs to another worker; {hint}"
            self.registry.function_refused(function_id, RegistrationError(function_id, code, text))
        else:
            owner: str = message["owner_worker_id"]
            name: str = message.get("worker_name") or self.client.name
            error = RegistrationRejectedError(code, message["namespace"], name, owner, said or "")
            self.link.fail(error)

    def _connection_refused(self, message: Message) -> None:
        """Codes of the catalogue that say "later" lead to another attempt."""
        error = remote_error(message["error"], None, "")
        about = ERRORS.get(cast(Any, error.code))
        if about is not None and about.retryable:
            self.link.end(error.message)
        else:
            self.link.fail(RegistrationRejectedError(error.code, message=error.message))

    # === registering ===

    def register_function(self, function: Function) -> None:
        """Adds a function, or raises; announces it."""
        self._check_open()
        self.registry.add_function(function)
        self.invocations.expect(function.handler)
        self._announce(function.announcement)
        self.client.offers_changed(True)

    def register_trigger(self, trigger: Trigger) -> None:
        """Adds a trigger, or raises; announces it."""
        self._check_open()
        self.registry.add_trigger(trigger)
        self._announce(trigger.announcement)

    def register_trigger_type(self, provider: Provider) -> None:
        """Adds a trigger type, or raises; announces it."""
        self._check_open()
        self.providers.add(provider)
        self._announce(provider.announcement)
        self.client.offers_changed(True)

    def _check_open(self) -> None:
        if self.client.end_error is not None:
            raise self.client.end_error

    def _announce(self, message: Message) -> None:
        if not self.link.live or self._draining:
            return
        self.link.send(encode(message))
        if not self.link.acknowledges:
            self.registry.assume_registered()
            self.providers.assume_registered()

    def unregister_function(self, function: Function) -> None:
        """Takes a function back, unless another one has its id by now."""
        function_id: str = function.announcement["id"]
        if self.registry.functions.get(function_id) is function:
            del self.registry.functions[function_id]
            self.link.send(encode({"type": "unregisterfunction", "id": function_id}))
            self.client.offers_changed(bool(self.registry.functions))

    def unregister_trigger(self, trigger: Trigger) -> None:
        """Takes a trigger back."""
        announcement = trigger.announcement
        if self.registry.triggers.pop(announcement["id"], None) is not None:
            about = {"id": announcement["id"], "trigger_type": announcement["trigger_type"]}
            self.link.send(encode({"type": "unregistertrigger", **about}))


def _cancel(task: asyncio.Future[Any]) -> None:
    task.cancel()


def _is_usable(message: Message) -> bool:
    """Whether a call needs no further look: what is used of it is of the right kind."""
    timeout_ms = message.get("timeout_ms", 0)
    traceparent = message.get("traceparent", "")
    return (
        type(message.get("invocation_id")) is str
        and type(message.get("function_id")) is str
        and type(timeout_ms) is int
        and type(traceparent) is str
        and message.get("attempt") is None
        and message.get("delivery") is None
        and message.get("tracestate") is None
        and (message.get("caller") is None or type(message["caller"]) is dict)
    )


def _decoded(secret: str | None) -> bytes | None:
    if secret is None:
        return None
    try:
        return base64.b64decode(secret, validate=True)
    except ValueError:
        return None
