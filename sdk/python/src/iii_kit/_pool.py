"""A bounded pool of threads for handlers that are plain functions."""

from __future__ import annotations

import contextlib
import threading
from collections import deque
from collections.abc import Callable
from contextvars import Context

Job = Callable[[], None]


class HandlerPool:
    """Runs jobs in at most so many threads, which come when they are needed and go with the pool.

    The threads are daemons: a handler that never ends does not keep the process.
    """

    def __init__(self, threads_max: int, name: str) -> None:
        self._threads_max = threads_max
        self._name = name
        self._jobs: deque[tuple[Context, Job]] = deque()
        self._changed = threading.Condition(threading.Lock())
        self._threads = 0
        self._idle = 0
        self._closed = False

    def submit(self, context: Context, job: Job) -> None:
        """Runs a job in that context, as soon as a thread is free."""
        with self._changed:
            self._jobs.append((context, job))
            if self._idle >= len(self._jobs):
                self._changed.notify()
                return
            if self._threads >= self._threads_max:
                return
            self._threads += 1
            number = self._threads
        thread = threading.Thread(target=self._work, name=f"{self._name}-{number}", daemon=True)
        thread.start()

    def close(self) -> None:
        """Lets the threads go once they have nothing to do."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _work(self) -> None:
        while True:
            with self._changed:
                while not self._jobs:
                    if self._closed:
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
