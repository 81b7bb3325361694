"""A word that something was given up, for coroutines and threads alike."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable


class Signal:
    """Whether something was given up, and a way to be told. Made by hand it gives up calls.

    ```python
    signal = Signal()
    threading.Timer(1, signal.cancel).start()
    iii.trigger({"function_id": "slow::report", "payload": {}, "signal": signal})
    ```
    """

    __slots__ = ("_callbacks", "_lock", "reason")

    def __init__(self) -> None:
        #: Why: `cancelled`, `timeout`, `caller_gone`, or what `cancel` was given.
        self.reason: str | None = None
        self._callbacks: list[Callable[[], None]] = []
        self._lock = threading.Lock()

    @property
    def cancelled(self) -> bool:
        """Whether it was given up."""
        return self.reason is not None

    def cancel(self, reason: str = "cancelled") -> None:
        """Gives it up. The second time changes nothing."""
        with self._lock:
            if self.reason is not None:
                return
            self.reason = reason
            callbacks, self._callbacks = self._callbacks, []
        for callback in callbacks:
            callback()

    def on_cancel(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Calls back when it is given up, at once if it was; returns what takes that back."""
        with self._lock:
            if self.reason is None:
                self._callbacks.append(callback)
                return lambda: self._forget(callback)
        callback()
        return lambda: None

    def _forget(self, callback: Callable[[], None]) -> None:
        with self._lock:
            if callback in self._callbacks:
                self._callbacks.remove(callback)

    def wait(self, timeout_s: float | None = None) -> bool:
        """Blocks this thread until it is given up; False when the time is over before."""
        event = threading.Event()
        forget = self.on_cancel(event.set)
        try:
            return event.wait(timeout_s)
        finally:
            forget()

    async def wait_async(self) -> None:
        """Waits until it is given up."""
        loop = asyncio.get_running_loop()
        event = asyncio.Event()
        forget = self.on_cancel(lambda: loop.call_soon_threadsafe(event.set) and None)
        try:
            await event.wait()
        finally:
            forget()
