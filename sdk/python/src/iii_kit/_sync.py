"""The client for programs without an event loop: a thread of its own runs one."""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import logging
import signal
import threading
import weakref
from collections.abc import Callable, Coroutine
from types import TracebackType
from typing import Any, Final, Self, TypeVar

from ._channels import Channel, ChannelReader, ChannelWriter
from ._client import AsyncClient
from ._context import CURRENT, Context
from ._limits import Limits
from ._mint import ChannelRefs
from ._registrations import Registrations
from ._types import (
    ConnectionStateCallback,
    IIIConnectionState,
    InitOptions,
    Request,
    StreamChannelRef,
)

_LOG: Final = logging.getLogger("iii_kit")
_JOIN_S: Final = 5.0
#: How long the farewell of a program that just ends may take.
_LEAVE_S: Final = 2.0
#: How often `serve_forever` looks whether the client has ended.
_LOOK_S: Final = 0.5
_T = TypeVar("_T")


class _Thread:
    """A daemon thread with an event loop. It does not keep the process."""

    def __init__(self, name: str) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        try:
            self.loop.run_forever()
            pending = asyncio.all_tasks(self.loop)
            for task in pending:
                task.cancel()
            if pending:
                gathered = asyncio.gather(*pending, return_exceptions=True)
                self.loop.run_until_complete(gathered)
        finally:
            self.loop.close()

    def stop(self) -> None:
        """Ends the event loop and waits for the thread."""
        with contextlib.suppress(RuntimeError):
            self.loop.call_soon_threadsafe(self.loop.stop)
        if threading.current_thread() is not self._thread:
            self._thread.join(_JOIN_S)


class _Keeper:
    """Keeps the process while a worker has something to offer: a program that registers functions
    and comes to its end goes on serving, one that only called functions ends."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._released: threading.Event | None = None

    def hold(self, offers: bool) -> None:
        """Keeps the process from now on, or no longer."""
        with self._lock:
            if offers and self._released is None:
                self._released = threading.Event()
                waits = self._released.wait
                threading.Thread(target=waits, name="iii-keeper", daemon=False).start()
            elif not offers and self._released is not None:
                self._released.set()
                self._released = None


class Client(Registrations):
    """A worker's connection to its engine. Made by `register_worker`.

    ```python
    with register_worker("ws://localhost:49134", InitOptions(worker_name="orders")) as iii:
        iii.register_function("orders::validate", validate)
        answer = iii.trigger({"function_id": "orders::validate", "payload": order})
    ```

    `trigger` waits in the calling thread; `trigger_async` is a coroutine for any event loop.
    """

    def __init__(self, address: str | None = None, options: InitOptions | None = None) -> None:
        self._core = AsyncClient(address, options)
        self._thread = _Thread(f"iii-{self._core.name}")
        self._keeper = _Keeper()
        self.blocking(self._started())
        _live.add(self)

    async def _started(self) -> None:
        self._core.offers_changed = self._keeper.hold
        self._core.start()

    # === life ===

    def wait_connected(self, timeout_s: float | None = None) -> bool:
        """Waits until the engine has greeted; false when it has not in time. Raises
        `RegistrationRejectedError` when it refused this worker."""

        async def wait() -> None:
            async with asyncio.timeout(timeout_s):
                await self._core.connect_async()

        try:
            self.blocking(wait())
        except TimeoutError:
            return False
        return True

    async def connect_async(self) -> None:
        """Waits until the engine has greeted."""
        await self._core.connect_async()

    def shutdown(self) -> None:
        """Stops in order: takes no new calls, lets the running ones finish for at most
        `limits.drain_timeout_s`, closes the connection, ends the thread."""
        if self._thread.loop.is_closed():
            return
        self.blocking(self._core.shutdown())
        self._thread.stop()

    def leave(self) -> None:
        """What is left to do when the program ends without a `shutdown`: what was sent last still
        leaves, then the farewell."""
        if not self._thread.loop.is_closed():
            farewell = self._core.shutdown(drain_s=0)
            asyncio.run_coroutine_threadsafe(farewell, self._thread.loop).result(_LEAVE_S)

    def serve_forever(self) -> None:
        """Waits in the main thread for SIGINT or SIGTERM, then shuts down in order.

        ```python
        iii.register_function("orders::validate", validate)
        iii.serve_forever()
        ```
        """
        asked = threading.Event()
        names = (signal.SIGINT, signal.SIGTERM)

        def ask(number: int, frame: object) -> None:
            del number, frame
            asked.set()

        before = {name: signal.signal(name, ask) for name in names}
        try:
            while self.end_error is None and not asked.wait(_LOOK_S):
                pass
        finally:
            for name, handler in before.items():
                signal.signal(name, handler)
        fatal = self.get_fatal_error()
        self.shutdown()
        if fatal is not None:
            raise fatal

    async def shutdown_async(self) -> None:
        """`shutdown` for event loops."""
        if self._thread.loop.is_closed():
            return
        await self._core.shutdown()
        if not self._core.is_on_loop():
            self._thread.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.shutdown()

    # === state ===

    @property
    def core(self) -> AsyncClient:
        """The asyncio client behind this one. It belongs to this one's thread."""
        return self._core

    @property
    def driver(self) -> Any:
        """The connection's owner."""
        return self._core.driver

    @property
    def worker_id(self) -> str | None:
        """The engine's name for this connection; None before the first one."""
        return self._core.worker_id

    @property
    def namespace(self) -> str | None:
        """Where this worker's functions live; None is the default namespace."""
        return self._core.namespace

    @property
    def limits(self) -> Limits:
        """The client's bounds."""
        return self._core.limits

    @property
    def state(self) -> IIIConnectionState:
        """Where the client stands with its engine."""
        return self._core.state

    @property
    def end_error(self) -> Exception | None:
        """Why nothing can be called any more, once that is so."""
        return self._core.end_error

    def get_address(self) -> str:
        """Where the engine is."""
        return self._core.address

    def get_connection_state(self) -> IIIConnectionState:
        """Where the client stands with its engine."""
        return self._core.state

    def get_fatal_error(self) -> Exception | None:
        """Why the engine refused this worker for good; None while it has not."""
        return self._core.end_error if self._core.state == "failed" else None

    def add_connection_state_listener(self, handler: ConnectionStateCallback) -> Callable[[], None]:
        """Calls back at once and at every change, in the client's thread; returns what takes that
        back."""
        return self._core.add_connection_state_listener(handler)

    def current_invocation(self) -> Context | None:
        """The invocation whose handler is running here, if any."""
        return CURRENT.get()

    # === calling ===

    def trigger(self, request: Request) -> Any:
        """Calls a function and waits for its result; raises `InvocationError`. Inside a handler the
        call belongs to the handler's invocation. In the client's own event loop it raises
        `RuntimeError`: use `trigger_async` there.

        ```python
        iii.trigger({"function_id": "orders::validate", "payload": {"id": 7}})
        ```
        """
        return self._core.trigger_blocking(request)

    async def trigger_async(self, request: Request) -> Any:
        """`trigger` as a coroutine. Cancelling it gives the call up."""
        return await self._core.trigger(request)

    # === channels ===

    def create_channel(self, buffer_size: int | None = None) -> Channel:
        """Creates a channel whose both ends can be attached from here."""
        return self.blocking(self._core.create_channel(buffer_size))

    async def create_channel_async(self, buffer_size: int | None = None) -> Channel:
        """`create_channel` as a coroutine."""
        return await self._core.on_loop(self._core.create_channel(buffer_size))

    def mint_channel_refs(self, buffer_size: int | None = None) -> ChannelRefs:
        """References to a new channel, made without asking the engine."""
        return self._core.mint_channel_refs(buffer_size)

    def open_reader(self, reference: StreamChannelRef) -> ChannelReader:
        """The reading end of a channel. It attaches at the first read."""
        return self._core.open_reader(reference)

    def open_writer(self, reference: StreamChannelRef) -> ChannelWriter:
        """The writing end of a channel. It attaches at the first write."""
        return self._core.open_writer(reference)

    # === the event loop ===

    def blocking(self, work: Coroutine[Any, Any, _T]) -> _T:
        """Runs a coroutine in the client's thread and waits for it."""
        if self._core.is_on_loop():
            work.close()
            raise RuntimeError("this would block the client's own event loop: await it instead")
        return asyncio.run_coroutine_threadsafe(work, self._thread.loop).result()

    def __getattr__(self, name: str) -> Any:
        # Programs written for the older package run coroutines in the client's thread so.
        if name == "_run_on_loop":
            return self.blocking
        if name in ("at_home", "post", "on_loop", "state_changed"):
            return getattr(self._core, name)
        raise AttributeError(f"`{type(self).__name__}` has no attribute `{name}`")


#: The name of the client's class in programs that mention it.
III = Client
IIIClient = Client

_live: Final[weakref.WeakSet[Client]] = weakref.WeakSet()


def register_worker(address: str | None = None, options: InitOptions | None = None) -> Client:
    """Connects a worker, and waits up to `limits.connect_timeout_s` for the engine. When that is
    not there yet the client goes on trying. Raises `RegistrationRejectedError` when the engine
    refuses this worker.

    `address` None means `III_URL`, or else `ws://127.0.0.1:49134`.

    ```python
    iii = register_worker("ws://localhost:49134", InitOptions(worker_name="orders"))
    ```
    """
    client = Client(address, options)
    try:
        connected = client.wait_connected(client.limits.connect_timeout_s)
    except BaseException:
        client.shutdown()
        raise
    if not connected:
        _LOG.warning("%s is not reached yet; the client goes on trying", client.get_address())
    return client


@atexit.register
def _leave() -> None:
    """Says farewell for programs that end without a word: what they sent last still arrives."""
    for client in list(_live):
        with contextlib.suppress(Exception):
            client.leave()
