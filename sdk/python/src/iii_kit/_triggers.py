"""Trigger types: event sources that a worker provides, and the triggers bound to them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Generic, NamedTuple, TypeVar, cast

from ._absent import ABSENT
from ._codec import Message
from ._convert import converter
from ._model import Record
from ._types import TriggerRequest

if TYPE_CHECKING:
    from ._client import AsyncClient
    from ._context import Delivery
    from ._signal import Signal
    from ._trace import TraceContext

_DEFAULT_NAMESPACE: Final = "default"

TConfig = TypeVar("TConfig")


@dataclass(kw_only=True)
class TriggerConfig(Record, Generic[TConfig]):
    """A trigger as its provider is handed it.

    ```python
    TriggerConfig(id="t1", function_id="orders::tick", config={"every_s": 5})
    ```
    """

    #: The engine's name for the trigger.
    id: str
    #: The function to run.
    function_id: str
    #: What whoever registered it asked for.
    config: TConfig
    #: Handed to the function at every firing.
    metadata: dict[str, Any] | None = None
    #: Namespace of the function; None is the default one.
    namespace: str | None = None


class Fired(NamedTuple):
    """How a firing went.

    ```python
    fired = await trigger.fire({"rang": True})
    if not fired.blocked: print(fired.result)
    ```
    """

    #: Whether the trigger's condition answered `false`, so that the function was not called.
    blocked: bool
    #: What the function returned; `ABSENT` when that was nothing.
    result: Any = ABSENT
    #: The function said that it left no channel in use.
    quiet: bool = False


@dataclass(kw_only=True)
class BoundTrigger(TriggerConfig[Any]):
    """A trigger that this worker serves.

    ```python
    async def register_trigger(self, trigger: BoundTrigger) -> None:
        self.triggers[trigger.id] = trigger

    async def ring(self) -> None:
        for trigger in self.triggers.values():
            await trigger.fire({"rang": True})
    ```
    """

    #: The function asked before every firing, from the configuration's `condition_function_id`.
    condition_function_id: str | None = None
    client: AsyncClient = field(repr=False, compare=False)

    @classmethod
    def of(cls, message: Message, condition: str | None, client: AsyncClient) -> BoundTrigger:
        """The trigger that the engine sent."""
        return cls(
            id=message["id"],
            function_id=message["function_id"],
            config=message.get("config"),
            metadata=message.get("metadata"),
            namespace=message.get("namespace"),
            condition_function_id=condition,
            client=client,
        )

    def model_dump(
        self, *, exclude_none: bool = False, by_alias: bool = False, mode: str = "python"
    ) -> dict[str, Any]:
        del by_alias, mode
        names = ("id", "function_id", "config", "metadata", "namespace")
        dumped = {name: getattr(self, name) for name in names}
        return {k: v for k, v in dumped.items() if v is not None or not exclude_none}

    async def fire(
        self,
        payload: Any,
        *,
        timeout_ms: int | None = None,
        trace: TraceContext | None = None,
        signal: Signal | None = None,
        attempt: int | None = None,
        delivery: Delivery | None = None,
    ) -> Fired:
        """Runs the trigger's function with `payload`, if its condition allows it: only the literal
        `false` blocks, and a condition that fails means that the function does not run.
        `timeout_ms` is for condition and function together."""
        client = self.client
        timeout_s = client.limits.call_timeout_s if timeout_ms is None else timeout_ms / 1000
        due = client.now() + timeout_s

        def left_ms() -> int:
            return max(1, round((due - client.now()) * 1000))

        request = self._request(self.function_id, payload, trace, signal, attempt)
        request.delivery = delivery
        if not await self._allows(request, left_ms()):
            return Fired(blocked=True)
        request.timeout_ms = left_ms()
        output = await client.trigger_output(request)
        return Fired(False, output.result, output.quiet)

    async def fire_void(self, payload: Any, *, timeout_ms: int | None = None) -> bool:
        """Like `fire`, but does not wait for the function; still waits for the condition. False
        when the condition blocked."""
        request = self._request(self.function_id, payload, None, None, None)
        if not await self._allows(request, timeout_ms):
            return False
        request.action = {"type": "void"}
        await self.client.trigger(request)
        return True

    async def is_allowed(self, payload: Any, *, timeout_ms: int | None = None) -> bool:
        """Whether the condition, if there is one, lets the trigger fire."""
        request = self._request(self.function_id, payload, None, None, None)
        return await self._allows(request, timeout_ms)

    async def _allows(self, request: TriggerRequest, timeout_ms: int | None) -> bool:
        condition = self.condition_function_id
        if condition is None:
            return True
        question = self._request(
            condition, request.payload, request.trace, request.signal, request.attempt
        )
        question.delivery = request.delivery
        question.timeout_ms = timeout_ms
        return (await self.client.trigger(question)) is not False

    def _request(
        self,
        function_id: str,
        payload: Any,
        trace: TraceContext | None,
        signal: Signal | None,
        attempt: int | None,
    ) -> TriggerRequest:
        return TriggerRequest(
            function_id=function_id,
            payload=payload,
            metadata=self.metadata,
            # Absent means the default namespace here, not the provider's own.
            namespace=self.namespace or _DEFAULT_NAMESPACE,
            trace=trace,
            signal=signal,
            attempt=attempt,
        )


def condition_of(config: Any) -> str | None:
    """The condition function a trigger's configuration names. A name that cannot be one refuses the
    trigger: firing without the condition would do what its author meant to prevent."""
    if not isinstance(config, dict):
        return None
    condition = cast(dict[str, Any], config).get("condition_function_id")
    if condition is None:
        return None
    if isinstance(condition, str) and condition.strip():
        return condition
    raise ValueError(f"`condition_function_id` is no function id: {condition!r}")


class TriggerHandler(ABC, Generic[TConfig]):
    """Serves the triggers of one type.

    Calls come one after the other, in the engine's order. `register_trigger` returns once events
    will fire the trigger; an exception refuses it and reaches whoever registered it. After a
    reconnect every trigger is unregistered, and the engine registers anew those that still exist.

    ```python
    class Bell(TriggerHandler[dict]):
        async def register_trigger(self, config: BoundTrigger) -> None: ...
        async def unregister_trigger(self, config: BoundTrigger) -> None: ...
    ```
    """

    @abstractmethod
    async def register_trigger(self, config: Any) -> None:
        """Begins to serve a trigger. It is handed a `BoundTrigger`, which can be fired."""

    @abstractmethod
    async def unregister_trigger(self, config: Any) -> None:
        """Ceases to serve a trigger."""


class Trigger:
    """A registered trigger.

    ```python
    trigger = iii.register_trigger({"type": "cron", "function_id": "jobs::tick", "config": config})
    await trigger            # served by now, or RegistrationError; `trigger.ready()` in threads
    trigger.unregister()
    ```
    """

    def __init__(self, unregister_fn: Callable[[], None], registration: Registration) -> None:
        self._unregister = unregister_fn
        self._registration = registration

    def unregister(self) -> None:
        """Takes the trigger back."""
        self._unregister()

    def ready(self, timeout_s: float | None = None) -> None:
        """Blocks until the provider serves it; raises `RegistrationError` when it refused."""
        self._registration.wait(timeout_s)

    def __await__(self) -> Any:
        yield from self._registration.confirmed().__await__()
        return self


class Registration(ABC):
    """How to wait for a registration."""

    @abstractmethod
    def wait(self, timeout_s: float | None) -> None:
        """Blocks this thread until it is confirmed."""

    @abstractmethod
    async def confirmed(self) -> None:
        """Waits until it is confirmed."""


@dataclass(frozen=True)
class FunctionRef:
    """A registered function.

    ```python
    validate = iii.register_function("orders::validate", handler)
    await validate           # in the catalog by now, or RegistrationError
    validate.ready()         # the same in a thread
    validate.unregister()
    ```
    """

    #: The function's id.
    id: str
    #: Takes the function back.
    unregister: Callable[[], None]
    _registration: Registration

    def ready(self, timeout_s: float | None = None) -> None:
        """Blocks until the engine has confirmed it; raises `RegistrationError` when it refused."""
        self._registration.wait(timeout_s)

    def __await__(self) -> Any:
        yield from self._registration.confirmed().__await__()
        return self

    def is_observed(self) -> bool:
        """Whether somebody observes the function. The engine has no observers, so nobody does."""
        return False

    def observers(self) -> list[Any]:
        """Who observes the function: nobody."""
        return []


class TriggerTypeRef(Generic[TConfig]):
    """A registered trigger type.

    ```python
    bell = iii.register_trigger_type({"id": "bell", "description": "rings"}, Bell())
    bell.register_trigger("orders::on_ring", {"volume": 3})
    ```
    """

    def __init__(
        self, client: Any, type_id: str, config_format: Any, registration: Registration
    ) -> None:
        self._client = client
        self._convert = converter(config_format) if isinstance(config_format, type) else None
        self._registration = registration
        #: The trigger type's id.
        self.id = type_id

    def register_trigger(
        self, function_id: str, config: TConfig, metadata: dict[str, Any] | None = None
    ) -> Trigger:
        """Registers a trigger of this type."""
        if self._convert is not None:
            self._convert(config)
        about = {"type": self.id, "function_id": function_id, "config": config}
        return self._client.register_trigger({**about, "metadata": metadata})

    def register_function(
        self, function_id: str, handler: Callable[..., Any], *, description: str | None = None
    ) -> FunctionRef:
        """Registers a function to be run by triggers of this type."""
        return self._client.register_function(function_id, handler, description=description)

    def unregister(self) -> None:
        """Takes the trigger type back. Its triggers are unregistered from the handler."""
        self._client.unregister_trigger_type({"id": self.id, "description": ""})

    def ready(self, timeout_s: float | None = None) -> None:
        """Blocks until the engine has confirmed it; raises `RegistrationError` when it refused."""
        self._registration.wait(timeout_s)

    def __await__(self) -> Any:
        yield from self._registration.confirmed().__await__()
        return self
