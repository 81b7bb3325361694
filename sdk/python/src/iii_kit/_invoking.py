"""Invocations of this worker's functions."""

from __future__ import annotations

import asyncio
import contextvars
import inspect
import logging
import sys
import traceback
from collections import deque
from typing import TYPE_CHECKING, Any, Final

from . import _spans
from ._absent import ABSENT
from ._channel_refs import materialize
from ._codec import Message, encode, encode_result
from ._context import Context, enter
from ._errors import HandlerError, InvocationError
from ._handler import Handler
from ._json import JsonError, dumps
from ._pool import HandlerPool
from ._spans import Span
from ._trace import TraceContext

if TYPE_CHECKING:
    from ._connection import Driver

_LOG: Final = logging.getLogger("iii_kit")
#: Since 3.12 a task can begin where it is made, which saves a turn of the event loop.
_EAGER: Final = sys.version_info >= (3, 12)
_NULL: Final = b"null"


class _Running:
    """One invocation at work."""

    __slots__ = ("began", "context", "data", "id", "orphan", "span", "task")

    def __init__(self, invocation_id: str, context: Context, data: Any) -> None:
        self.id = invocation_id
        self.context = context
        #: The input, until the handler has it: nobody else may hold on to its channels.
        self.data = data
        self.task: asyncio.Task[None] | None = None
        #: Of an earlier connection: nobody waits for it, but it still takes room.
        self.orphan = False
        #: The handler has been called.
        self.began = False
        self.span: Span | None = None


class Invocations:
    """Runs handlers, answers for them, and cancels them."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver
        self._loop = asyncio.get_running_loop()
        self._max = driver.limits.invocations_max
        self._running: dict[str, _Running] = {}
        self._orphans: set[_Running] = set()
        self._pool = HandlerPool(driver.limits.handler_threads_max, "iii-handler")
        #: What threads have finished, to be answered in one turn of the event loop.
        self._finished: deque[tuple[_Running, Any, BaseException | None]] = deque()
        self._told = False
        self._idle: list[asyncio.Future[None]] = []

    # === beginning ===

    def expect(self, handler: Handler | None) -> None:
        """A function has been registered."""
        if handler is not None and not handler.is_async:
            self._pool.prepare()

    def invoked(self, message: Message, raw: bytes) -> None:
        """A call has come."""
        driver = self._driver
        invocation_id: str = message["invocation_id"]
        function_id: str = message["function_id"]
        function = driver.registry.functions.get(function_id)
        handler = None if function is None else function.handler
        if handler is None:
            code = "function_not_found" if function is None else "function_not_invokable"
            text = f"this worker does not offer `{function_id}`"
            self._refuse(invocation_id, function_id, code, text)
            return
        if len(self._running) + len(self._orphans) >= self._max:
            text = f"the worker runs `invocations_max` ({self._max}) invocations already"
            self._refuse(invocation_id, function_id, "overloaded", text)
            return
        parent = message.get("traceparent")
        trace = None
        if parent is not None:
            trace = TraceContext(parent, message.get("tracestate"), message.get("baggage"))
        context = Context(driver.client, message, trace, driver.epoch)
        data = message.get("data")
        if data and b'"access_key"' in raw:
            data = materialize(data, driver.client, context)
        running = self._running[invocation_id] = _Running(invocation_id, context, data)
        scope = contextvars.copy_context()
        scope.run(enter, context)
        if handler.is_async:
            work = self._run(running, handler)
            self._start_task(running, work, scope)
        else:
            self._pool.submit(scope, lambda: self._run_in_thread(running, handler))

    def _start_task(self, running: _Running, work: Any, scope: contextvars.Context) -> None:
        options: dict[str, Any] = {"eager_start": True} if _EAGER else {}
        task = asyncio.Task(work, loop=self._loop, context=scope, **options)
        if not task.done():
            running.task = task

    async def _run(self, running: _Running, handler: Handler) -> None:
        """A handler that is a coroutine."""
        context = running.context
        running.began = True
        span = running.span = _spans.of_handler(self._driver.telemetry, context)
        if span is not None:
            span.enter()
        result: Any = None
        failure: BaseException | None = None
        data, running.data = running.data, None
        try:
            result = await handler.call(data, context)
        except asyncio.CancelledError as error:
            failure = error
        except Exception as error:
            failure = error
        except BaseException as error:
            failure = error
            raise
        finally:
            del data
            if span is not None:
                span.leave()
            self._end(running, result, failure)
            # Exceptions refer to this frame, and it to them.
            del failure

    def _run_in_thread(self, running: _Running, handler: Handler) -> None:
        """A handler that is a plain function."""
        context = running.context
        running.began = True
        span = running.span = _spans.of_handler(self._driver.telemetry, context)
        if span is not None:
            span.enter()
        result: Any = None
        failure: BaseException | None = None
        data, running.data = running.data, None
        try:
            if context.cancelled:
                raise asyncio.CancelledError
            result = handler.call(data, context)
        except BaseException as error:
            failure = error
        if span is not None:
            span.leave()
        del data
        self._finished.append((running, result, failure))
        if not self._told:
            # One wake-up for all that finish until the event loop gets round to it.
            self._told = True
            try:
                self._loop.call_soon_threadsafe(self._collect)
            except RuntimeError:
                _LOG.debug("an invocation ended after its client")

    def _collect(self) -> None:
        self._told = False
        while self._finished:
            running, result, failure = self._finished.popleft()
            if failure is None and inspect.isawaitable(result):
                scope = contextvars.copy_context()
                scope.run(enter, running.context)
                self._start_task(running, self._await(running, result), scope)
            else:
                self._end(running, result, failure)

    async def _await(self, running: _Running, awaitable: Any) -> None:
        """The rest of a plain function that returned something to await."""
        result: Any = None
        failure: BaseException | None = None
        span = running.span
        if span is not None:
            span.enter()
        try:
            result = await awaitable
        except (Exception, asyncio.CancelledError) as error:
            failure = error
        if span is not None:
            span.leave()
        self._end(running, result, failure)

    # === ending ===

    def _end(self, running: _Running, result: Any, failure: BaseException | None) -> None:
        if running.span is not None:
            running.span.end(failure)
        if running.orphan:
            self._orphans.discard(running)
        elif self._running.pop(running.id, None) is not None:
            self._answer(running, result, failure)
        if self._idle and self.is_idle:
            waiting, self._idle = self._idle, []
            for future in waiting:
                if not future.done():
                    future.set_result(None)

    def _answer(self, running: _Running, result: Any, failure: BaseException | None) -> None:
        context, driver = running.context, self._driver
        if failure is None:
            try:
                data = None if result is ABSENT else dumps(result)
            except (JsonError, Exception) as error:
                failure = HandlerError(
                    "serialization_error", f"the result has no JSON form: {error}"
                )
            else:
                limit = driver.limits.message_bytes_max
                if data is not None and len(data) > limit:
                    text = f"the result has {len(data)} bytes, the limit is {limit}"
                    failure = HandlerError("payload_too_large", text)
                else:
                    nothing = data is None or data == _NULL
                    quiet = nothing and context.is_quiet()
                    driver.link.send(encode_result(running.id, context.function_id, data, quiet))
                    return
        body = error_body(failure, driver.development)
        self._send_error(running.id, context.function_id, body)

    def _refuse(self, invocation_id: str, function_id: str, code: str, message: str) -> None:
        self._send_error(invocation_id, function_id, {"code": code, "message": message})

    def _send_error(self, invocation_id: str, function_id: str, body: dict[str, Any]) -> None:
        message = {
            "type": "invocationresult",
            "invocation_id": invocation_id,
            "function_id": function_id,
            "error": body,
        }
        self._driver.link.send(encode(message))

    # === cancelling ===

    def cancel(self, message: Message) -> None:
        """The engine says that nobody waits for an invocation any more."""
        running = self._running.get(message["invocation_id"])
        if running is not None:
            self._cancel(running, message.get("reason") or "cancelled")

    def _cancel(self, running: _Running, reason: str) -> None:
        running.context.signal.cancel(reason)
        if running.task is not None:
            running.task.cancel(reason)
            if not running.began:
                # A task that is cancelled before it began does not run at all.
                self._end(running, None, asyncio.CancelledError())

    def connection_lost(self) -> None:
        """Nobody waits for any invocation any more."""
        running, self._running = self._running, {}
        for invocation in running.values():
            invocation.orphan = True
            self._orphans.add(invocation)
            self._cancel(invocation, "connection_lost")

    @property
    def is_idle(self) -> bool:
        """Whether no handler runs."""
        return not self._running and not self._orphans

    async def wait_idle(self) -> None:
        """Waits until no handler runs."""
        while not self.is_idle:
            idle: asyncio.Future[None] = self._loop.create_future()
            self._idle.append(idle)
            await idle

    def close(self) -> None:
        """Lets the threads go."""
        self._pool.close()


def error_body(failure: BaseException, development: bool) -> dict[str, Any]:
    """What the caller is told about a failure. Its code, if it has one, is kept."""
    code = getattr(failure, "code", None)
    message = getattr(failure, "message", None)
    if isinstance(failure, asyncio.CancelledError):
        code, message = "cancelled", "the handler was cancelled"
    elif not isinstance(code, str) or not code:
        code = "invocation_failed"
    if not isinstance(message, str):
        message = str(failure) or type(failure).__name__
    body: dict[str, Any] = {"code": code, "message": message}
    if development:
        body["stacktrace"] = "".join(traceback.format_exception(failure))
    if isinstance(failure, (HandlerError, InvocationError)) and _is_json(failure.details):
        body |= failure.details
    return body


def _is_json(details: dict[str, Any]) -> bool:
    """Details without a JSON form are left out rather than the error."""
    try:
        dumps(details)
    except JsonError:
        return False
    return True
