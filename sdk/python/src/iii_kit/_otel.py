"""Spans around handlers through the OpenTelemetry API, where a program has set it up."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from ._trace import TraceContext

if TYPE_CHECKING:
    from ._context import Context


class Span:
    """A span that is current while a handler runs."""

    __slots__ = ("_context", "_otel", "_span", "_token")

    def __init__(self, otel: Any, context: Any, span: Any, token: Any) -> None:
        self._otel = otel
        self._context = context
        self._span = span
        self._token = token

    def end(self, error: BaseException | None) -> None:
        """Ends it, in the context in which it was begun."""
        if error is not None:
            self._span.record_exception(error)
            status = self._otel.Status(self._otel.StatusCode.ERROR, str(error))
            self._span.set_status(status)
        self._span.end()
        self._context.detach(self._token)


def begin(invocation: Context) -> Span | None:
    """Begins `execute FUNCTION` as a child of the caller's span. None without a tracer."""
    otel: Any = sys.modules.get("opentelemetry.trace")
    if otel is None or isinstance(otel.get_tracer_provider(), otel.ProxyTracerProvider):
        return None
    context: Any = sys.modules["opentelemetry.context"]
    parent = _parent(otel, invocation.trace)
    span = otel.get_tracer("iii_kit").start_span(
        f"execute {invocation.function_id}", parent, kind=otel.SpanKind.SERVER
    )
    token = context.attach(otel.set_span_in_context(span, parent))
    return Span(otel, context, span, token)


def _parent(otel: Any, trace: TraceContext) -> Any:
    trace_id, span_id = trace.trace_id, trace.span_id
    if trace_id is None or span_id is None:
        return None
    flags = (trace.traceparent or "").split("-")[3]
    state = otel.TraceState.from_header([trace.tracestate]) if trace.tracestate else None
    remote = otel.SpanContext(
        int(trace_id, 16), int(span_id, 16), True, otel.TraceFlags(int(flags[:2], 16)), state
    )
    return otel.set_span_in_context(otel.NonRecordingSpan(remote), _with_baggage(trace))


def _with_baggage(trace: TraceContext) -> Any:
    if not trace.baggage:
        return None
    from opentelemetry.baggage import propagation  # pyright: ignore

    found: Any = propagation
    return found.W3CBaggagePropagator().extract({"baggage": trace.baggage})
