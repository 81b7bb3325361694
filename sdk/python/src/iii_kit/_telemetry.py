"""Log lines and spans on their way to the engine, as OTLP in JSON over the worker's connection."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from typing import Any, Final

from . import _json
from ._trace import TraceContext

#: Items that arrive within this time leave together.
_FLUSH_S: Final = 0.1
_ITEMS_PER_FRAME_MAX: Final = 256
_SCOPE: Final = {"name": "iii-kit"}
#: Kinds of spans, as OTLP numbers them.
_KINDS: Final = {"internal": 1, "server": 2, "client": 3, "producer": 4, "consumer": 5}

Send = Callable[[bytes], bool]


class Telemetry:
    """Collects log lines and spans of one client and sends them in batches.

    Bounded: when the engine is away for long, the oldest items go. May be used from any thread.
    """

    def __init__(self, service_name: str, items_max: int, *, logs: bool, spans: bool) -> None:
        self.logs = logs
        self._spans = spans
        self._items: deque[tuple[bytes, dict[str, Any]]] = deque(maxlen=items_max)
        self._resource = {"attributes": _attributes({"service.name": service_name})}
        self._wake: Callable[[float], None] | None = None
        self._booked = False

    @property
    def spans(self) -> bool:
        """Whether calls and handlers make spans, also without OpenTelemetry."""
        return self._spans or bool(_wanted)

    def connect(self, wake: Callable[[float], None]) -> None:
        """`wake` shall call `flush` in the event loop after so many seconds."""
        self._wake = wake

    def log(
        self,
        severity: int,
        level: str,
        message: str,
        about: dict[str, Any],
        trace_id: str | None,
        span_id: str | None,
    ) -> None:
        """Takes a log line."""
        if not self.logs:
            return
        now = str(time.time_ns())
        record: dict[str, Any] = {
            "timeUnixNano": now,
            "observedTimeUnixNano": now,
            "severityNumber": severity,
            "severityText": level,
            "body": {"stringValue": message},
            "attributes": _attributes(about),
        }
        if trace_id is not None:
            record["traceId"] = trace_id
        if span_id is not None:
            record["spanId"] = span_id
        self._take(b"LOGS", record)

    def span(self, span: dict[str, Any]) -> None:
        """Takes a span that has ended."""
        self._take(b"OTLP", span)

    def _take(self, kind: bytes, item: dict[str, Any]) -> None:
        self._items.append((kind, item))
        if not self._booked and self._wake is not None:
            self._booked = True
            self._wake(_FLUSH_S)

    def flush(self, send: Send) -> None:
        """Sends what there is; what cannot be sent now stays."""
        self._booked = False
        while self._items:
            kind = self._items[0][0]
            batch: list[dict[str, Any]] = []
            while self._items and self._items[0][0] == kind and len(batch) < _ITEMS_PER_FRAME_MAX:
                batch.append(self._items.popleft()[1])
            if not send(kind + self._export(kind, batch)):
                self._items.extendleft((kind, item) for item in reversed(batch))
                return

    def _export(self, kind: bytes, batch: list[dict[str, Any]]) -> bytes:
        logs = kind == b"LOGS"
        records, scopes, resources = (
            ("logRecords", "scopeLogs", "resourceLogs")
            if logs
            else ("spans", "scopeSpans", "resourceSpans")
        )
        scoped = {"scope": _SCOPE, records: batch}
        return _json.dumps({resources: [{"resource": self._resource, scopes: [scoped]}]})


def make_span(
    name: str,
    kind: str,
    trace: TraceContext,
    parent_span_id: str | None,
    started_ns: int,
    failure: str | None,
    about: dict[str, Any],
) -> dict[str, Any]:
    """A span that ends now, in OTLP; `failure` is why it failed."""
    span: dict[str, Any] = {
        "traceId": trace.trace_id,
        "spanId": trace.span_id,
        "name": name,
        "kind": _KINDS.get(kind, 1),
        "startTimeUnixNano": str(started_ns),
        "endTimeUnixNano": str(time.time_ns()),
        "attributes": _attributes(about),
        "status": {} if failure is None else {"code": 2, "message": failure},
    }
    if parent_span_id is not None:
        span["parentSpanId"] = parent_span_id
    return span


def _attributes(values: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"key": key, "value": _value(value)} for key, value in values.items()]


def _value(value: Any) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, str):
        return {"stringValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)}
    if isinstance(value, float):
        return {"doubleValue": value}
    try:
        return {"stringValue": _json.dumps(value).decode()}
    except ValueError:
        return {"stringValue": repr(value)}


#: The telemetry of live clients; loggers that belong to no invocation use the newest.
_live: Final[list[Telemetry]] = []


def add(telemetry: Telemetry) -> None:
    """A client lives."""
    _live.append(telemetry)


def remove(telemetry: Telemetry) -> None:
    """A client has ended."""
    if telemetry in _live:
        _live.remove(telemetry)


def default() -> Telemetry | None:
    """The newest live client's telemetry."""
    return _live[-1] if _live else None


#: Is not empty where the program has asked for spans of all its clients.
_wanted: Final[list[bool]] = []


def want_spans(wanted: bool) -> None:
    """The program asks for spans, or takes that back."""
    _wanted[:] = [True] if wanted else []
