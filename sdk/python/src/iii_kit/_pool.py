"""A bounded pool of threads for handlers that are plain functions."""

from __future__ import annotations

import contextlib
import threading
from collections import deque
from collections.abc import Callable, Generator
from contextvars import Context
from typing import Final

Job = Callable[[], None]

#: Threads that are there from the beginning. Where the main thread has come to its end, some
#: versions of Python let nobody start further ones.
_SPARE: Final = 4

_here: Final = threading.local()


class HandlerPool:
    """Runs jobs in at most so many threads, which come when they are needed and go with the pool.

    A thread that waits for a call does not count meanwhile: the function it calls may need a thread
    of the same pool. How many wait is bounded by the number of invocations.

    The threads are daemons: a handler that never ends does not keep the process.
    """

    def __init__(self, threads_max: int, name: str) -> None:
        self._threads_max = threads_max
        self._name = name
        self._jobs: deque[tuple[Context, Job]] = deque()
        self._changed = threading.Condition(threading.Lock())
        self._threads = 0
        self._idle = 0
        self._waiting = 0
        self._closed = False

    def prepare(self) -> None:
        """There will be jobs."""
        with self._changed:
            missing = min(_SPARE, self._threads_max) - self._threads
            self._threads += max(0, missing)
        for _ in range(missing):
            self._start()

    def submit(self, context: Context, job: Job) -> None:
        """Runs a job in that context, as soon as a thread is free."""
        with self._changed:
            self._jobs.append((context, job))
            if self._idle >= len(self._jobs):
                self._changed.notify()
                return
            if self._is_full():
                return
            self._threads += 1
        self._start()

    def close(self) -> None:
        """Lets the threads go once they have nothing to do."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    @contextlib.contextmanager
    def waiting(self) -> Generator[None]:
        """The thread that runs here waits for something that may need a thread itself."""
        with self._changed:
            self._waiting += 1
            needed = bool(self._jobs) and not self._idle and not self._is_full()
            self._threads += needed
        if needed:
            self._start()
        try:
            yield
        finally:
            with self._changed:
                self._waiting -= 1

    def _is_full(self) -> bool:
        return self._threads - self._waiting >= self._threads_max

    def _start(self) -> None:
        try:
            threading.Thread(target=self._work, name=self._name, daemon=True).start()
        except RuntimeError:
            # The job stays in the queue for the threads that there are.
            with self._changed:
                self._threads -= 1

    def _work(self) -> None:
        _here.pool = self
        while True:
            with self._changed:
                while not self._jobs:
                    if self._closed or self._threads - self._waiting > self._threads_max:
                        self._threads -= 1
                        return
                    self._idle += 1
                    try:
                        self._changed.wait()
                    finally:
                        self._idle -= 1
                context, job = self._jobs.popleft()
            # A job reports its failures itself.
            with contextlib.suppress(Exception):
                context.run(job)
            del context, job


def waiting() -> contextlib.AbstractContextManager[None]:
    """Where threads wait: tells the pool of the thread that runs here, if it is of one."""
    pool: HandlerPool | None = getattr(_here, "pool", None)
    return contextlib.nullcontext() if pool is None else pool.waiting()
