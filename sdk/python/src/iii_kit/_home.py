"""The event loop that a client belongs to, and ways to it from elsewhere."""

from __future__ import annotations

import asyncio
import logging
import weakref
from collections.abc import Callable, Coroutine
from threading import get_ident
from typing import Any, Final, TypeVar

from ._mailbox import Mailbox
from ._pool import waiting
from ._types import ConnectionStateCallback, IIIConnectionState

_LOG: Final = logging.getLogger("iii_kit")
_T = TypeVar("_T")


class Home:
    """The half of a client that knows threads and event loops, and who waits for its state."""

    def __init__(self) -> None:
        self.state: IIIConnectionState = "disconnected"
        #: Why nothing can be called any more, once that is so.
        self.end_error: Exception | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        #: The thread of the event loop.
        self._thread = 0
        self._mailbox: Mailbox | None = None
        self._others: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, Mailbox] = (
            weakref.WeakKeyDictionary()
        )
        self._tasks: set[asyncio.Future[Any]] = set()
        self._listeners: list[ConnectionStateCallback] = []
        self._changed: list[asyncio.Future[None]] = []

    # === the connection's state ===

    def add_connection_state_listener(self, handler: ConnectionStateCallback) -> Callable[[], None]:
        """Calls back at once and at every change, in the client's event loop; returns what takes
        that back."""
        self._listeners.append(handler)
        self._tell(handler)

        def forget() -> None:
            if handler in self._listeners:
                self._listeners.remove(handler)

        return forget

    def _tell(self, listener: ConnectionStateCallback) -> None:
        try:
            listener(self.state)
        except Exception:
            _LOG.exception("a listener of the connection's state failed")

    def _set_state(self, state: IIIConnectionState) -> None:
        if self.state != state:
            self.state = state
            for listener in list(self._listeners):
                self._tell(listener)
        waiting, self._changed = self._changed, []
        for future in waiting:
            if not future.done():
                future.set_result(None)

    async def state_changed(self) -> None:
        """Waits for the next change."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._changed.append(future)
        await future

    def _check_open(self) -> None:
        if self.end_error is not None:
            raise self.end_error

    # === the event loop ===

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The event loop that the client belongs to."""
        if self._loop is None:
            raise RuntimeError("the client is not started: use `async with`, or call `start()`")
        return self._loop

    def is_on_loop(self) -> bool:
        """Whether this runs in the client's event loop. Asked for every call, so it does not ask
        asyncio, which asks the system for the process each time."""
        loop = self._loop
        return self._thread == get_ident() and loop is not None and loop.is_running()

    async def on_loop(self, work: Coroutine[Any, Any, _T]) -> _T:
        """Runs a coroutine in the client's event loop, from whichever."""
        if self.is_on_loop():
            return await work
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self.loop))

    def blocking(self, work: Coroutine[Any, Any, _T]) -> _T:
        """Runs a coroutine in the client's event loop and waits for it in this thread."""
        if self.is_on_loop():
            work.close()
            raise RuntimeError("this would block the client's own event loop: await it instead")
        with waiting():
            return asyncio.run_coroutine_threadsafe(work, self.loop).result()

    def spawn(self, work: Coroutine[Any, Any, Any]) -> None:
        """Runs a coroutine in the client's event loop; nobody waits for it."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._spawned)

    def _spawned(self, task: asyncio.Future[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            _LOG.warning("work in the background failed: %s", task.exception())

    def at_home(self, work: Callable[[], _T]) -> _T:
        """Does something short in the client's event loop and waits for it."""
        if self.is_on_loop():
            return work()

        async def do() -> _T:
            return work()

        return asyncio.run_coroutine_threadsafe(do(), self.loop).result()

    def _post(self, work: Callable[..., object], *arguments: Any) -> None:
        assert self._mailbox is not None
        try:
            self._mailbox.post(work, *arguments)
        except RuntimeError:
            # The event loop is gone, and the client with it.
            self._check_open()
            raise

    def post(self, work: Callable[..., object], *arguments: Any) -> None:
        """Does something in the client's event loop, at once when this is it."""
        if self.is_on_loop():
            work(*arguments)
        else:
            self._post(work, *arguments)

    def _mailbox_of(self, loop: asyncio.AbstractEventLoop) -> Mailbox:
        found = self._others.get(loop)
        if found is None:
            found = self._others[loop] = Mailbox(loop)
        return found
