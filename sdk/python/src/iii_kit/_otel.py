"""The OpenTelemetry API, where a program has set it up."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any, Final
from urllib.parse import quote

from ._trace import TraceContext

#: Who makes the spans, in every language.
_SCOPE: Final = "iii-kit"


def tracer() -> Any:
    """The program's tracer; None where it has installed no provider."""
    # Who has not imported it has installed nothing.
    otel: Any = sys.modules.get("opentelemetry.trace")
    if otel is None or isinstance(otel.get_tracer_provider(), otel.ProxyTracerProvider):
        return None
    return otel.get_tracer(_SCOPE)


class OtelSpan:
    """A span of the program's provider."""

    __slots__ = ("_context", "_span", "_token", "trace")

    def __init__(
        self, tracer: Any, name: str, kind: Any, attributes: dict[str, Any], parent: Any
    ) -> None:
        otel: Any = sys.modules["opentelemetry.trace"]
        self._span = tracer.start_span(name, parent, kind=kind, attributes=attributes)
        self._context = otel.set_span_in_context(self._span, parent)
        self._token: Any = None
        self.trace = texts(self._span.get_span_context(), self._context)

    def enter(self) -> None:
        """Makes it current."""
        context: Any = sys.modules["opentelemetry.context"]
        self._token = context.attach(self._context)

    def leave(self) -> None:
        """Makes it current no more, where it was entered."""
        token, self._token = self._token, None
        context: Any = sys.modules["opentelemetry.context"]
        context.detach(token)

    def set_attribute(self, key: str, value: Any) -> None:
        """Notes something about what runs."""
        self._span.set_attribute(key, value)

    def end(self, error: BaseException | None) -> None:
        """What it stands for has ended."""
        if error is not None:
            otel: Any = sys.modules["opentelemetry.trace"]
            code = code_of(error)
            if code is not None:
                self._span.set_attribute("error.type", code)
            self._span.record_exception(error)
            status = otel.Status(otel.StatusCode.ERROR, message_of(error))
            self._span.set_status(status)
        self._span.end()


def kind_of(name: str) -> Any:
    """`SpanKind` by its name."""
    otel: Any = sys.modules["opentelemetry.trace"]
    return otel.SpanKind[name.upper()]


def code_of(error: BaseException) -> str | None:
    """What an error is called in spans, in every language."""
    code: object = getattr(error, "code", None)
    if isinstance(code, str):
        return code
    return "cancelled" if type(error).__name__ == "CancelledError" else None


def message_of(error: BaseException) -> str:
    """What an error says in spans."""
    message: object = getattr(error, "message", None)
    return message if isinstance(message, str) else str(error)


def current() -> Any:
    """The context that is current here, if a span is."""
    otel: Any = sys.modules.get("opentelemetry.trace")
    if otel is None or not otel.get_current_span().get_span_context().is_valid:
        return None
    context: Any = sys.modules["opentelemetry.context"]
    return context.get_current()


def below(trace: TraceContext | None) -> Any:
    """A context in which spans are part of a trace that came from elsewhere."""
    otel: Any = sys.modules["opentelemetry.trace"]
    context: Any = sys.modules["opentelemetry.context"].Context()
    if trace is None:
        return context
    if trace.baggage:
        found: Any = import_module("opentelemetry.baggage.propagation")
        context = found.W3CBaggagePropagator().extract({"baggage": trace.baggage}, context)
    trace_id, span_id = trace.trace_id, trace.span_id
    if trace_id is None or span_id is None:
        return context
    flags = (trace.traceparent or "").split("-")[3]
    state = otel.TraceState.from_header([trace.tracestate]) if trace.tracestate else None
    remote = otel.SpanContext(
        int(trace_id, 16), int(span_id, 16), True, otel.TraceFlags(int(flags[:2], 16)), state
    )
    return otel.set_span_in_context(otel.NonRecordingSpan(remote), context)


def texts(span: Any, context: Any = None) -> TraceContext:
    """What travels with a call that is part of a span."""
    parent = f"00-{span.trace_id:032x}-{span.span_id:016x}-{int(span.trace_flags):02x}"
    state = span.trace_state.to_header() if span.trace_state else None
    return TraceContext(parent, state or None, baggage(context))


def baggage(context: Any = None) -> str | None:
    """The baggage of a context as text."""
    found: Any = import_module("opentelemetry.baggage")
    entries: dict[str, object] = dict(found.get_all(context))
    return ",".join(f"{key}={quote(str(value))}" for key, value in entries.items()) or None
