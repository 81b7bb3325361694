"""The asyncio client: what everything else stands on."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
from collections.abc import Callable
from threading import get_ident
from types import TracebackType
from typing import Any, Final, Self, TypeVar

from . import _env, _telemetry
from ._absent import ABSENT
from ._call import Prepared, check_wanted, given_up, prepare
from ._channels import Channel, ChannelReader, ChannelWriter
from ._clock import Clock, LoopClock
from ._connection import Driver
from ._context import CURRENT, Context
from ._errors import InvocationError, RegistrationRejectedError
from ._home import Home
from ._mailbox import LoopWaiter, Mailbox, ThreadWaiter
from ._mint import ChannelRefs, mint
from ._registrations import Registrations
from ._setup import make_dialer, make_telemetry
from ._spans import ending
from ._telemetry import Telemetry
from ._transport.base import Dialer
from ._types import (
    IIIConnectionState,
    InitOptions,
    Output,
    Request,
    StreamChannelRef,
)

_LOG: Final = logging.getLogger("iii_kit")
_T = TypeVar("_T")

#: A question to the engine that costs it little, and how long it may take to answer.
_BARRIER: Final = {
    "function_id": "engine::triggers::info",
    "payload": {"id": "engine::functions-available"},
    "timeout_ms": 1000,
    "namespace": "default",
}


class AsyncClient(Registrations, Home):
    """A worker's connection to its engine, for programs with an event loop of their own.

    ```python
    async with AsyncClient("ws://localhost:49134", InitOptions(worker_name="orders")) as iii:
        await iii.register_function("orders::validate", validate)
        answer = await iii.trigger({"function_id": "orders::validate", "payload": order})
    ```

    It connects in the background and comes back by itself; calls made while the engine is away are
    sent when it is back. Its coroutines may be awaited in any event loop.
    """

    def __init__(
        self,
        address: str | Dialer | None = None,
        options: InitOptions | None = None,
        *,
        clock: Clock | None = None,
    ) -> None:
        super().__init__()
        self.options = options = options or InitOptions()
        self.limits = options.limits
        if options.namespace is not None and not options.namespace.strip():
            raise ValueError("`namespace` is blank: leave it out for the default one")
        self.name = options.worker_name or _env.default_worker_name()
        self.namespace: str | None = options.namespace or _env.get(_env.NAMESPACE)
        self.dialer = make_dialer(address, options)
        self.telemetry = make_telemetry(options, self.name)
        mode = _env.get(_env.MODE) == "development"
        #: Whether errors of handlers carry a stack trace.
        self.development = mode if options.development is None else options.development
        #: How often a channel may have been used outside of any invocation.
        self.channels_used = 0
        self.worker_id: str | None = None
        self._secret: bytes | None = None
        self._greeted_at = 0.0
        self._channel_number = itertools.count()
        self._clock = clock
        self._driver: Driver | None = None
        self._task: asyncio.Task[None] | None = None
        #: Is told when this worker begins or ceases to have something to offer.
        self.offers_changed: Callable[[bool], None] = lambda _: None

    # === life ===

    def start(self) -> Self:
        """Begins to connect in the running event loop, to which the client then belongs."""
        if self._loop is None:
            self._loop = loop = asyncio.get_running_loop()
            self._thread = get_ident()
            self._clock = self._clock or LoopClock(loop)
            self._mailbox = Mailbox(loop)
            self._driver = Driver(self, self._clock)
            self.telemetry.connect(self._flush_later)
            _telemetry.add(self.telemetry)
            self._set_state("connecting")
            self._task = loop.create_task(self._driver.run(), name="iii-connection")
        return self

    async def __aenter__(self) -> Self:
        return self.start()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.shutdown()

    async def connect_async(self) -> None:
        """Waits until the engine has greeted; raises when it refused this worker."""
        self.start()
        await self.on_loop(self._wait_connected())

    async def _wait_connected(self) -> None:
        while self.state != "connected":
            if self.end_error is not None:
                raise self.end_error
            await self.state_changed()

    async def drain(self, limit_s: float | None = None) -> bool:
        """Takes no new calls and waits until the running ones have ended; false when some have not
        in time."""
        return await self.on_loop(self._drain(limit_s))

    async def _drain(self, limit_s: float | None) -> bool:
        driver = self.driver
        driver.drain()
        if self.state == "connected":
            # Calls that were on their way to this worker have arrived when the answer has.
            with contextlib.suppress(InvocationError, RegistrationRejectedError):
                # For the client's own sake: programs do not see it in their traces.
                await self._send(self._prepare(_BARRIER, None, None))
        limit = self.limits.drain_timeout_s if limit_s is None else limit_s
        try:
            async with asyncio.timeout(limit):
                await driver.invocations.wait_idle()
        except TimeoutError:
            return False
        return True

    async def shutdown(self, drain_s: float | None = None) -> None:
        """Stops in order: takes no new calls, lets the running ones finish for at most `drain_s`
        seconds (default `limits.drain_timeout_s`), closes the connection. The second time does
        nothing."""
        if self._loop is not None:
            await self.on_loop(self._shutdown(drain_s))

    async def shutdown_async(self) -> None:
        """`shutdown` under its older name."""
        await self.shutdown()

    async def _shutdown(self, drain_s: float | None) -> None:
        if self.end_error is not None or self._task is None:
            return
        if self.state == "connected" and drain_s != 0:
            await self._drain(drain_s)
        task, self._task = self._task, None
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        await self.driver.say_farewell()
        for pending in list(self._tasks):
            pending.cancel()

    # === state ===

    @property
    def driver(self) -> Driver:
        """The connection's owner."""
        if self._driver is None:
            raise RuntimeError("the client is not started: use `async with`, or call `start()`")
        return self._driver

    @property
    def address(self) -> str:
        """Where the engine is."""
        return self.dialer.address

    def get_address(self) -> str:
        """Where the engine is."""
        return self.dialer.address

    def get_connection_state(self) -> IIIConnectionState:
        """Where the client stands with its engine."""
        return self.state

    def connected(self, worker_id: str, secret: bytes | None, now: float) -> None:
        """The engine has greeted."""
        self.worker_id, self._secret, self._greeted_at = worker_id, secret, now
        self._set_state("connected")

    def not_connected(self, state: IIIConnectionState) -> None:
        """There is no connection now."""
        self._secret = None
        self._set_state(state)

    def ended(self, state: IIIConnectionState, error: Exception) -> None:
        """There will be no connection any more."""
        self.end_error = self.end_error or error
        self._secret = None
        _telemetry.remove(self.telemetry)
        self.offers_changed(False)
        self._set_state(state)

    def now(self) -> float:
        """Seconds on the client's clock."""
        return self._clock.now() if self._clock is not None else 0.0

    # === calling ===

    async def trigger(self, request: Request) -> Any:
        """Calls a function and returns its result; raises `InvocationError`. Inside a handler the
        call belongs to the handler's invocation. Cancelling the coroutine gives the call up.

        ```python
        answer = await iii.trigger({"function_id": "orders::validate", "payload": order})
        ```
        """
        message = await self._call(request, CURRENT.get())
        return message.get("result")

    trigger_async = trigger

    async def trigger_output(self, request: Request) -> Output:
        """`trigger` for those who need to know more than the result's value."""
        message = await self._call(request, CURRENT.get())
        return Output(message.get("result", ABSENT), message.get("quiet") is True)

    async def trigger_within(self, scope: Context, request: Request) -> Any:
        """`trigger` as part of an invocation."""
        return (await self._call(request, scope)).get("result")

    def _prepare(
        self, request: Request, scope: Context | None, telemetry: Telemetry | None
    ) -> Prepared:
        is_parent = scope is not None and scope.client is self
        timeout_s = self.options.invocation_timeout_ms / 1000
        prepared = prepare(
            request, scope, is_parent, self.namespace, self.limits, timeout_s, telemetry
        )
        if prepared.names_channel:
            self.note_channel(scope)
        return prepared

    async def _call(self, request: Request, scope: Context | None) -> dict[str, Any]:
        prepared = self._prepare(request, scope, self.telemetry)
        span = prepared.span
        if span is None:
            return await self._send(prepared)
        with ending(span):
            return await self._send(prepared)

    async def _send(self, prepared: Prepared) -> dict[str, Any]:
        driver = self.driver
        check_wanted(prepared)
        at_home = self.is_on_loop()
        if prepared.is_void:
            self._check_open()
            if at_home:
                driver.calling.void_call(prepared)
            elif self.state == "connected":
                self._post(driver.calling.void_call, prepared)
            else:
                # Whether there is room for it is for the event loop to tell.
                await self.on_loop(self._void(prepared))
            return {}
        invocation_id = driver.calls.new_id()
        if at_home:
            waiter: Any = self.loop.create_future()
            driver.calling.call(prepared, invocation_id, waiter)
            future = waiter
        else:
            loop = asyncio.get_running_loop()
            waiter = LoopWaiter(loop, self._mailbox_of(loop))
            self._post(driver.calling.call, prepared, invocation_id, waiter)
            future = waiter.future
        signal = prepared.signal
        forget = None if signal is None else self._watch(prepared, invocation_id, waiter)
        try:
            return await future
        except asyncio.CancelledError:
            if at_home:
                driver.calling.give_up(invocation_id)
            else:
                self._post(driver.calling.give_up, invocation_id)
            raise
        finally:
            if forget is not None:
                forget()

    def trigger_blocking(self, request: Request, scope: Context | None = None) -> Any:
        """`trigger` for threads: waits for the result."""
        if self.is_on_loop():
            raise RuntimeError("this would block the client's own event loop: await the call")
        prepared = self._prepare(request, scope or CURRENT.get(), self.telemetry)
        span = prepared.span
        if span is None:
            return self._send_blocking(prepared)
        with ending(span):
            return self._send_blocking(prepared)

    def _send_blocking(self, prepared: Prepared) -> Any:
        driver = self.driver
        check_wanted(prepared)
        if prepared.is_void:
            self._check_open()
            if self.state == "connected":
                self._post(driver.calling.void_call, prepared)
            else:
                self.blocking(self._void(prepared))
            return None
        invocation_id = driver.calls.new_id()
        waiter = ThreadWaiter()
        self._post(driver.calling.call, prepared, invocation_id, waiter)
        signal = prepared.signal
        forget = None if signal is None else self._watch(prepared, invocation_id, waiter)
        try:
            return waiter.wait().get("result")
        except KeyboardInterrupt:
            self._post(driver.calling.give_up, invocation_id)
            raise
        finally:
            if forget is not None:
                forget()

    async def _void(self, prepared: Prepared) -> None:
        self.driver.calling.void_call(prepared)

    def _watch(self, prepared: Prepared, invocation_id: str, waiter: Any) -> Callable[[], None]:
        """Gives a call up when its signal says so."""

        def give_up() -> None:
            self.driver.calling.give_up(invocation_id)
            if not waiter.done():
                waiter.set_exception(given_up(prepared.function_id))

        assert prepared.signal is not None
        return prepared.signal.on_cancel(lambda: self._post(give_up))

    # === channels ===

    async def create_channel(self, buffer_size: int | None = None) -> Channel:
        """Creates a channel whose both ends can be attached from here; hand one of the references
        to another worker and use the other end. `buffer_size` is how many frames the engine keeps
        between the ends (1 to 1024, default 64)."""
        request = {"function_id": "engine::channels::create", "namespace": "default"}
        refs = await self.trigger({**request, "payload": {"buffer_size": buffer_size}})
        return self.channel_of(ChannelRefs.of(refs))

    def channel_of(self, refs: ChannelRefs) -> Channel:
        """Both ends of the channel of these references."""
        writer, reader = refs
        return Channel(self.open_writer(writer), self.open_reader(reader), writer, reader)

    def mint_channel_refs(self, buffer_size: int | None = None) -> ChannelRefs:
        """References to a new channel, made without asking the engine; raises
        `ConnectionLostError` while there is no connection to one that offers it."""
        age_s = self.now() - self._greeted_at
        number = next(self._channel_number)
        return mint(self.worker_id, self._secret, age_s, number, buffer_size)

    def open_reader(self, reference: StreamChannelRef) -> ChannelReader:
        """The reading end of a channel. It attaches at the first read."""
        return ChannelReader(self, reference)

    def open_writer(self, reference: StreamChannelRef) -> ChannelWriter:
        """The writing end of a channel. It attaches at the first write. A function that returns
        nothing and streams afterwards has to open its writer before it returns."""
        self.note_channel(CURRENT.get())
        return ChannelWriter(self, reference)

    def note_channel(self, scope: Context | None) -> None:
        """A channel may carry something for as long as it likes: noted on the invocation it belongs
        to, or on all that run now when that cannot be told."""
        if scope is not None and scope.client is self:
            scope.used_channels = True
        else:
            self.channels_used += 1

    def _flush_later(self, seconds: float) -> None:
        def book() -> None:
            self.loop.call_later(seconds, self._flush)

        with contextlib.suppress(RuntimeError):
            self._post(book)

    def _flush(self) -> None:
        self.telemetry.flush(self.driver.link.send_binary)
