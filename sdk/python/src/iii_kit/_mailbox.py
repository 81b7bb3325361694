"""Hands work to an event loop from other threads, many pieces with one wake-up."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import deque
from collections.abc import Callable
from typing import Any, Final

from ._pool import waiting

_LOG: Final = logging.getLogger("iii_kit")


class Mailbox:
    """Work for one event loop, in order."""

    __slots__ = ("_items", "_loop", "_told")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._items: deque[tuple[Callable[..., object], tuple[Any, ...]]] = deque()
        self._told = False

    def post(self, work: Callable[..., object], *arguments: Any) -> None:
        """Calls `work` in the event loop. Raises `RuntimeError` when that has ended."""
        self._items.append((work, arguments))
        if not self._told:
            self._told = True
            self._loop.call_soon_threadsafe(self._open)

    def _open(self) -> None:
        # Who posts from here on tells anew, so nothing is left lying.
        self._told = False
        for _ in range(len(self._items)):
            work, arguments = self._items.popleft()
            try:
                work(*arguments)
            except Exception:
                _LOG.exception("a piece of work failed")


class LoopWaiter:
    """A future of another event loop, to be answered from the client's."""

    __slots__ = ("_mailbox", "_over", "future")

    def __init__(self, loop: asyncio.AbstractEventLoop, mailbox: Mailbox) -> None:
        self.future: asyncio.Future[dict[str, Any]] = loop.create_future()
        self._mailbox = mailbox
        self._over = False

    def done(self) -> bool:
        return self._over

    def set_result(self, result: dict[str, Any], /) -> None:
        self._over = True
        self._mailbox.post(self._resolve, result)

    def set_exception(self, exception: Exception, /) -> None:
        self._over = True
        self._mailbox.post(self._reject, exception)

    def _resolve(self, result: dict[str, Any]) -> None:
        if not self.future.done():
            self.future.set_result(result)

    def _reject(self, error: Exception) -> None:
        if not self.future.done():
            self.future.set_exception(error)


class ThreadWaiter:
    """A thread that waits for an answer."""

    __slots__ = ("_error", "_over", "_result", "_wake")

    def __init__(self) -> None:
        self._wake = threading.Lock()
        self._wake.acquire()
        self._over = False
        self._result: dict[str, Any] = {}
        self._error: Exception | None = None

    def done(self) -> bool:
        return self._over

    def set_result(self, result: dict[str, Any], /) -> None:
        self._result = result
        self._over = True
        self._wake.release()

    def set_exception(self, exception: Exception, /) -> None:
        self._error = exception
        self._over = True
        self._wake.release()

    def wait(self) -> dict[str, Any]:
        """The answer. That it comes is the client's promise."""
        if not self._wake.acquire(blocking=False):
            with waiting():
                self._wake.acquire()
        if self._error is not None:
            raise self._error
        return self._result
