"""What a handler knows about the invocation it runs."""

from __future__ import annotations

from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, TypedDict
from weakref import ReferenceType

from ._logger import Logger
from ._signal import Signal
from ._trace import CURRENT as CURRENT_TRACE
from ._trace import TraceContext, new_trace

if TYPE_CHECKING:
    from ._client import AsyncClient
    from ._types import Request


class Caller(TypedDict, total=False):
    """Who called, as stamped by the engine.

    ```python
    def validate(order, ctx):
        return {"asked_by": (ctx.caller or {}).get("worker_name")}
    ```
    """

    worker_id: str
    worker_name: str
    function_id: str
    invocation_id: str


class Delivery(TypedDict):
    """What a queue says about the message it delivers.

    ```python
    def charge(order: dict, ctx: Context) -> None:
        if ctx.delivery is not None:
            print(ctx.delivery["queue"], ctx.delivery["message_id"])
    ```
    """

    #: Identifies the message in its queue, the same in every attempt.
    message_id: str
    queue: str
    #: When it was put on the queue, in milliseconds since the Unix epoch.
    enqueued_at: int


class Context:
    """The invocation a handler runs.

    ```python
    async def place(order: dict, ctx: Context) -> dict:
        ctx.logger.info("placing", {"id": order["id"]})
        # Part of this invocation: same trace, and it ends no later.
        await ctx.trigger({"function_id": "orders::validate", "payload": order})
        return order
    ```
    """

    __slots__ = (
        "__weakref__",
        "_caller",
        "_channels_before",
        "_signal",
        "_trace",
        "attempt",
        "client",
        "delivery",
        "due",
        "epoch",
        "function_id",
        "has_input",
        "invocation_id",
        "metadata",
        "used_channels",
        "writers",
    )

    def __init__(
        self, client: AsyncClient, message: dict[str, Any], trace: TraceContext | None, epoch: int
    ) -> None:
        #: The id under which this worker knows the invocation.
        self.invocation_id: str = message["invocation_id"]
        #: The function that was called.
        self.function_id: str = message["function_id"]
        #: What came beside the input: the call's or the trigger's metadata.
        self.metadata: Any = message.get("metadata")
        #: Which delivery attempt this is, from 1.
        self.attempt: int = message.get("attempt") or 1
        #: What is delivered, where the call comes from a queue.
        self.delivery: Delivery | None = message.get("delivery")
        #: False when the call brought no input, which is not the same as `None`.
        self.has_input: bool = "data" in message
        self._trace = trace
        #: The client whose function this is; for work that outlives the invocation.
        self.client = client
        #: The connection on which `invocation_id` has a meaning.
        self.epoch = epoch
        timeout_ms = message.get("timeout_ms")
        #: When the caller stops waiting, on the client's clock.
        self.due: float | None = None if timeout_ms is None else client.now() + timeout_ms / 1000
        self.used_channels = False
        self.writers: list[ReferenceType[object]] = []
        self._channels_before = client.channels_used
        self._caller: Any = message.get("caller")
        self._signal: Signal | None = None

    @property
    def caller(self) -> Caller | None:
        """Who called, as stamped by the engine; None when the engine itself did."""
        return self._caller

    @property
    def message_id(self) -> str | None:
        """Identifies the message in its queue, where the call comes from one."""
        return None if self.delivery is None else self.delivery.get("message_id")

    @property
    def remaining(self) -> float | None:
        """Seconds the caller still waits; None when it waits for ever."""
        return None if self.due is None else max(0.0, self.due - self.client.now())

    @property
    def deadline(self) -> datetime | None:
        """When the caller stops waiting."""
        left = self.remaining
        return None if left is None else datetime.now(UTC) + timedelta(seconds=left)

    @property
    def signal(self) -> Signal:
        """Is cancelled when nobody wants the result any more: the caller cancelled, went away or
        timed out, or the connection broke. A coroutine is cancelled as well."""
        signal = self._signal
        if signal is None:
            signal = self._signal = Signal()
        return signal

    @property
    def cancelled(self) -> bool:
        """Whether nobody wants the result any more."""
        return self._signal is not None and self._signal.cancelled

    @property
    def trace(self) -> TraceContext:
        """The trace this invocation belongs to. One begins here when the call brought none."""
        trace = self._trace
        if trace is None:
            trace = self._trace = new_trace()
        return trace

    @property
    def given_trace(self) -> TraceContext | None:
        """The trace that the call brought, if it brought one."""
        return self._trace

    def continue_in(self, trace: TraceContext) -> None:
        """The invocation has a span of its own: lines and calls belong to that."""
        self._trace = trace

    @property
    def trace_id(self) -> str | None:
        """The trace id, 32 hexadecimal digits."""
        return self.trace.trace_id

    @property
    def logger(self) -> Logger:
        """A logger whose lines carry this invocation's trace and function."""
        return Logger.of(self)

    async def trigger(self, request: Request) -> Any:
        """Calls a function as part of this invocation: same trace, no later deadline unless
        `detached`. The coroutine for handlers that are coroutines."""
        return await self.client.trigger_within(self, request)

    def trigger_sync(self, request: Request) -> Any:
        """`trigger` for handlers that are plain functions: waits for the result."""
        return self.client.trigger_blocking(request, self)

    def is_quiet(self) -> bool:
        """Whether it certainly leaves no channel in use."""
        return (
            not self.used_channels
            and self.client.channels_used == self._channels_before
            and all(writer() is None for writer in self.writers)
        )


#: The invocation whose handler runs here.
CURRENT: Final[ContextVar[Context | None]] = ContextVar("iii_kit_context", default=None)


def enter(context: Context) -> None:
    """What runs here from now on belongs to this invocation."""
    CURRENT.set(context)
    CURRENT_TRACE.set(context)


def current_context() -> Context | None:
    """The invocation whose handler is running here, if any; also in threads of its pool.

    ```python
    def audit(what: str) -> None:
        ctx = current_context()
        print(what, "in", ctx.function_id if ctx else "no invocation")
    ```
    """
    return CURRENT.get()
