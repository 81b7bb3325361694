"""W3C trace context: which trace a call belongs to."""

from __future__ import annotations

import sys
from contextvars import ContextVar
from random import Random
from typing import Any, Final, NamedTuple, Protocol

#: Seeded by the system; ids of traces need to differ, not to be secrets.
_random: Final = Random().getrandbits
_HEX: Final = frozenset("0123456789abcdefABCDEF")


class TraceContext(NamedTuple):
    """The three W3C texts that travel with a call.

    ```python
    trace = TraceContext("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
    assert trace.trace_id == "0af7651916cd43dd8448eb211c80319c"
    ```
    """

    traceparent: str | None = None
    tracestate: str | None = None
    baggage: str | None = None

    @property
    def trace_id(self) -> str | None:
        """32 hexadecimal digits; None when there is no usable `traceparent`."""
        return _part(self.traceparent, 1, 32)

    @property
    def span_id(self) -> str | None:
        """16 hexadecimal digits; None when there is no usable `traceparent`."""
        return _part(self.traceparent, 2, 16)

    @property
    def is_sampled(self) -> bool:
        """Whether whoever began the trace wants it to be collected."""
        flags = (self.traceparent or "").split("-")[-1][:2]
        return _HEX.issuperset(flags) and bool(flags) and int(flags, 16) & 1 == 1


def _part(traceparent: str | None, index: int, length: int) -> str | None:
    parts = traceparent.split("-") if traceparent else []
    if len(parts) < 4 or len(parts[index]) != length or not _HEX.issuperset(parts[index]):
        return None
    return parts[index]


def new_trace() -> TraceContext:
    """A trace that begins here. Whoever collects spans decides about sampling, so it is marked
    sampled. The odd bit rules out the ids of zeros, which are invalid."""
    bits = _random(192)
    return TraceContext(f"00-{(bits >> 64) | 1:032x}-{(bits & ((1 << 64) - 1)) | 1:016x}-01")


def child_span(trace: TraceContext) -> TraceContext:
    """The same trace with a span of its own."""
    trace_id = trace.trace_id
    if trace_id is None:
        return new_trace()
    flags = (trace.traceparent or "").split("-")[3]
    return trace._replace(traceparent=f"00-{trace_id}-{_random(64) | 1:016x}-{flags}")


class HasTrace(Protocol):
    """Something with a trace, made when somebody asks for it."""

    @property
    def trace(self) -> TraceContext: ...


#: The trace of what runs here, or the invocation that knows it.
CURRENT: Final[ContextVar[TraceContext | HasTrace | None]] = ContextVar(
    "iii_kit_trace", default=None
)


def current() -> TraceContext | None:
    """The trace of what runs here: set by handlers and by `with_span`."""
    found = CURRENT.get()
    return found if found is None or isinstance(found, TraceContext) else found.trace


def here() -> TraceContext | None:
    """The trace that a call made here belongs to, if it begins none."""
    # Who has not imported OpenTelemetry has no span that could be the current one.
    otel: Any = sys.modules.get("opentelemetry.trace")
    scope = current()
    if otel is None:
        return scope
    from . import _otel

    span = otel.get_current_span().get_span_context()
    if span.is_valid:
        trace = _otel.texts(span)
        return trace._replace(baggage=trace.baggage or (scope.baggage if scope else None))
    return scope


def outgoing() -> TraceContext:
    """The trace that a call made here belongs to."""
    return here() or new_trace()
