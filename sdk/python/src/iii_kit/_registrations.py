"""Registering functions, triggers and trigger types."""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final, cast
from uuid import uuid4

from ._codec import Message
from ._errors import RegistrationError
from ._handler import RemoteFunctionHandler, make_handler
from ._model import Record
from ._observe import ObserverHandle
from ._providing import Provider
from ._registry import Acknowledgement, Function, Trigger
from ._schema import as_schema
from ._triggers import FunctionRef, Registration, TriggerHandler, TriggerTypeRef
from ._triggers import Trigger as TriggerRef
from ._types import RegisterTriggerInput, RegisterTriggerTypeInput

if TYPE_CHECKING:
    from ._client import AsyncClient

_ID_BYTES_MAX: Final = 1024


class _Pending(Registration):
    """A registration on its way."""

    def __init__(self, client: AsyncClient, entry_id: str, take_back: Callable[[], None]) -> None:
        self._client = client
        self._id = entry_id
        self._take_back = take_back
        self.acknowledgement = Acknowledgement()

    def wait(self, timeout_s: float | None) -> None:
        async def confirmed() -> None:
            async with asyncio.timeout(timeout_s):
                await self._confirmed()

        self._client.blocking(confirmed())

    async def confirmed(self) -> None:
        await self._client.on_loop(self._confirmed())

    async def _confirmed(self) -> None:
        """Waits for the answer, but no longer than `registration_timeout_s` on a connection that
        could bring it."""
        client, answer = self._client, self.acknowledgement
        limit = client.limits.registration_timeout_s
        while not answer.settled:
            if client.end_error is not None:
                raise client.end_error
            future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            answer.waiting.append(future)
            connected = client.state == "connected"
            changed = asyncio.ensure_future(client.state_changed())
            try:
                done, _ = await asyncio.wait(
                    {future, changed},
                    timeout=limit if connected else None,
                    return_when=asyncio.FIRST_COMPLETED,
                )
            finally:
                changed.cancel()
                if future in answer.waiting:
                    answer.waiting.remove(future)
            if not done:
                self._take_back()
                message = f"the engine did not acknowledge it within {limit:g} s"
                raise RegistrationError(self._id, "TIMEOUT", message)
        if answer.error is not None:
            raise answer.error


class Registrations:
    """The registering half of a client. Nothing here blocks: what is returned can be awaited, and
    has `ready()` for threads. Registrations made while the engine is away are announced when it is
    back."""

    def register_function(
        self,
        function_id: str,
        handler_or_invocation: RemoteFunctionHandler | Record | Mapping[str, Any],
        *,
        description: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        request_format: Any = None,
        response_format: Any = None,
        observe: Any = None,
        local_dispatch: bool = True,
        timeout_ms: int | None = None,
        exclusive: bool = False,
        validate: bool | None = None,
    ) -> FunctionRef:
        """Offers a function.

        The handler is called with the input; with a `Context` if it takes a second argument; and
        with the call's metadata if it has a parameter named `metadata`. Coroutines run in the
        client's event loop, plain functions in a bounded pool of threads.

        Schemas come from the type hints unless they are given. `validate` makes the input what the
        hint says (a data class, a pydantic model); left out, that happens for handlers that take a
        context. `timeout_ms` is the deadline of calls that bring none, `exclusive` lets only the
        oldest replica be called. An `HttpInvocationConfig` in the place of a handler describes a
        function behind a URL.

        Raises `RegistrationError` for an id that is empty, too long or registered already.

        ```python
        async def validate(order: dict, ctx: Context) -> dict: ...

        iii.register_function("orders::validate", validate, description="checks an order")
        ```
        """
        del observe, local_dispatch
        _check_id(function_id)
        message: Message = {"type": "registerfunction", "id": function_id}
        handler = None
        if callable(handler_or_invocation):
            handler = make_handler(handler_or_invocation, validate)
            request_format = handler.request_format if request_format is None else request_format
            response_format = (
                handler.response_format if response_format is None else response_format
            )
        elif isinstance(handler_or_invocation, Record):
            message["invocation"] = handler_or_invocation.model_dump(exclude_none=True)
        else:
            message["invocation"] = dict(handler_or_invocation)
        message |= {
            "description": description,
            "request_format": as_schema(request_format),
            "response_format": as_schema(response_format),
            "metadata": None if metadata is None else dict(metadata),
            "timeout_ms": timeout_ms,
            "exclusive": exclusive,
        }
        function = Function(message, handler)
        client = cast("AsyncClient", self)

        def take_back() -> None:
            client.post(client.driver.unregister_function, function)

        pending = _Pending(client, function_id, take_back)
        function.acknowledgement = pending.acknowledgement
        client.at_home(lambda: client.driver.register_function(function))
        return FunctionRef(function_id, take_back, pending)

    def register_trigger(self, trigger: RegisterTriggerInput | Mapping[str, Any]) -> TriggerRef:
        """Binds a function to an event source.

        ```python
        config = {"api_path": "/orders", "http_method": "POST"}
        iii.register_trigger(
            {"type": "http", "function_id": "orders::validate", "config": config}
        )
        ```
        """
        client = cast("AsyncClient", self)
        given = _input(RegisterTriggerInput, trigger)
        _check_id(given.type)
        _check_id(given.function_id)
        message: Message = {
            "type": "registertrigger",
            "id": str(uuid4()),
            "trigger_type": given.type,
            "function_id": given.function_id,
            "config": given.config,
            "metadata": given.metadata,
            "namespace": given.namespace or client.namespace,
            "trigger_namespace": given.trigger_namespace,
        }
        entry = Trigger(message)

        def take_back() -> None:
            client.post(client.driver.unregister_trigger, entry)

        pending = _Pending(client, given.type, take_back)
        entry.acknowledgement = pending.acknowledgement
        client.at_home(lambda: client.driver.register_trigger(entry))
        return TriggerRef(take_back, pending)

    def register_trigger_type(
        self,
        trigger_type: RegisterTriggerTypeInput | Mapping[str, Any],
        handler: TriggerHandler[Any],
    ) -> TriggerTypeRef[Any]:
        """Provides a type of triggers.

        ```python
        iii.register_trigger_type({"id": "bell", "description": "rings"}, Bell())
        ```
        """
        client = cast("AsyncClient", self)
        given = _input(RegisterTriggerTypeInput, trigger_type)
        _check_id(given.id)
        message: Message = {
            "type": "registertriggertype",
            "id": given.id,
            "description": given.description or None,
            "trigger_request_format": as_schema(given.trigger_request_format),
            "call_request_format": as_schema(given.call_request_format),
            "namespace": given.namespace,
        }
        provider = Provider(message, handler)

        def take_back() -> None:
            client.post(client.driver.providers.retire, given.id)

        pending = _Pending(client, given.id, take_back)
        provider.acknowledgement = pending.acknowledgement
        client.at_home(lambda: client.driver.register_trigger_type(provider))
        return TriggerTypeRef(self, given.id, given.trigger_request_format, pending)

    def unregister_trigger_type(
        self, trigger_type: RegisterTriggerTypeInput | Mapping[str, Any]
    ) -> None:
        """Takes a type of triggers back."""
        client = cast("AsyncClient", self)
        given = _input(RegisterTriggerTypeInput, trigger_type)
        client.post(client.driver.providers.retire, given.id)

    def observe(self, source: Any, target: Any, options: Any = None) -> ObserverHandle:
        """Observers are not offered by the engine: the handle says so, and nothing else changes."""
        del source, target, options
        return ObserverHandle()


def _input(kind: type[Any], given: Any) -> Any:
    if isinstance(given, Mapping):
        return kind.model_validate(dict(cast(Mapping[str, Any], given)))
    if isinstance(given, kind):
        return given
    warnings.warn(f"expected a `{kind.__name__}`", stacklevel=3)
    return kind.model_validate(given.model_dump())


def _check_id(entry_id: str) -> None:
    if not isinstance(entry_id, str) or not entry_id.strip():  # pyright: ignore
        raise RegistrationError(str(entry_id), "INVALID_ARGUMENTS", "the id is empty")
    if len(entry_id.encode()) > _ID_BYTES_MAX:
        raise RegistrationError(entry_id[:64], "INVALID_ARGUMENTS", "the id is too long")
