"""Spans of calls and handlers: made by the program's tracer provider, or else, where the program
has asked for them, by ours. Names, kinds and attributes are the same in every language."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from . import _otel
from ._telemetry import Telemetry, make_span
from ._trace import CURRENT, TraceContext, child_span, current, here, new_trace

if TYPE_CHECKING:
    from ._context import Context


class OwnSpan:
    """A span for programs without OpenTelemetry; it goes to the engine."""

    __slots__ = (
        "_about",
        "_kind",
        "_name",
        "_parent",
        "_started_ns",
        "_telemetry",
        "_token",
        "trace",
    )

    def __init__(
        self,
        telemetry: Telemetry,
        name: str,
        kind: str,
        about: dict[str, Any],
        parent: TraceContext | None,
    ) -> None:
        self._telemetry = telemetry
        self._name = name
        self._kind = kind
        self._about = about
        self._parent = None if parent is None else parent.span_id
        self._started_ns = time.time_ns()
        self._token: Any = None
        self.trace = new_trace() if parent is None else child_span(parent)

    def enter(self) -> None:
        """Makes it current."""
        self._token = CURRENT.set(self.trace)

    def leave(self) -> None:
        """Makes it current no more, where it was entered."""
        token, self._token = self._token, None
        CURRENT.reset(token)

    def set_attribute(self, key: str, value: Any) -> None:
        """Notes something about what runs."""
        self._about[key] = value

    def end(self, error: BaseException | None) -> None:
        """What it stands for has ended."""
        if not self.trace.is_sampled:
            # Whoever began the trace does not want it to be collected.
            return
        code = None if error is None else _otel.code_of(error)
        if code is not None:
            self._about["error.type"] = code
        message = None if error is None else _otel.message_of(error)
        span = make_span(
            self._name,
            self._kind,
            self.trace,
            self._parent,
            self._started_ns,
            message,
            self._about,
        )
        self._telemetry.span(span)


Span = _otel.OtelSpan | OwnSpan


def of_call(
    telemetry: Telemetry, function_id: str, has_action: bool, given: TraceContext | None
) -> Span | None:
    """Begins the span of a call: below the trace it names, or else of where it is made. None where
    nobody makes spans."""
    tracer = _otel.tracer()
    if tracer is None and not telemetry.spans:
        return None
    name, kind = f"call {function_id}", "producer" if has_action else "client"
    about: dict[str, Any] = {"iii.function.id": function_id}
    if tracer is None:
        return OwnSpan(telemetry, name, kind, about, given or here())
    parent = _otel.below(given) if given else _otel.current() or _otel.below(current())
    return _otel.OtelSpan(tracer, name, _otel.kind_of(kind), about, parent)


def of_handler(telemetry: Telemetry, invocation: Context) -> Span | None:
    """Begins the span of an invocation, whose trace is that of the span from now on. None where
    nobody makes spans."""
    tracer = _otel.tracer()
    if tracer is None and not telemetry.spans:
        return None
    name = f"execute {invocation.function_id}"
    about: dict[str, Any] = {
        "iii.function.id": invocation.function_id,
        "iii.invocation.id": invocation.invocation_id,
    }
    if invocation.attempt > 1:
        about["iii.attempt"] = invocation.attempt
    parent = invocation.given_trace
    if tracer is None:
        span: Span = OwnSpan(telemetry, name, "server", about, parent)
    else:
        kind = _otel.kind_of("server")
        span = _otel.OtelSpan(tracer, name, kind, about, _otel.below(parent))
    invocation.continue_in(span.trace)
    return span


@contextlib.contextmanager
def ending(span: Span) -> Generator[None]:
    """Ends the span with what happens inside."""
    try:
        yield
    except BaseException as error:
        span.end(error)
        raise
    span.end(None)


def of_section(
    telemetry: Telemetry | None, name: str, kind: Any, parent: TraceContext | None
) -> Span | None:
    """Begins a span that a program puts around work of its own, and thereby asks for. None where
    nothing is collected."""
    tracer = _otel.tracer()
    kind_name = str(getattr(kind, "name", kind) or "internal").lower()
    if tracer is not None:
        above = _otel.below(parent) if parent else _otel.current() or _otel.below(current())
        return _otel.OtelSpan(tracer, name, _otel.kind_of(kind_name), {}, above)
    if telemetry is None or not (telemetry.spans or telemetry.logs):
        return None
    return OwnSpan(telemetry, name, kind_name, {}, parent or here())
