"""Logs, spans and trace context."""

from __future__ import annotations

import contextlib
import inspect
import os
from collections.abc import Awaitable, Callable, Generator
from typing import Any, Final, cast
from urllib.parse import quote, unquote

from . import _env, _telemetry
from ._errors import IIIError
from ._json import dumps
from ._logger import Logger
from ._spans import of_section
from ._trace import CURRENT, TraceContext, child_span, current, here, new_trace
from ._types import OtelConfig, ReconnectionConfig

REDACTED_PLACEHOLDER: Final = "[REDACTED]"

_MAX_BYTES: Final = "III_TRACE_PAYLOAD_MAX_BYTES"
_SECRETS: Final = (
    "api_key",
    "apikey",
    "api-key",
    "password",
    "secret",
    "credential",
    "authorization",
    "auth_token",
    "access_token",
    "refresh_token",
    "bearer",
    "private_key",
)


class _Identity:
    """A span that nobody keeps: calls made in it belong to its trace."""

    def __init__(self, parent: TraceContext | None) -> None:
        self.trace = new_trace() if parent is None else child_span(parent)

    def set_attribute(self, key: str, value: Any) -> None:
        """Nobody wants to know."""

    def enter(self) -> None:
        pass

    def leave(self) -> None:
        pass

    def end(self, error: BaseException | None) -> None:
        pass


@contextlib.contextmanager
def _span(name: str, kind: Any, traceparent: str | None) -> Generator[Any]:
    given = TraceContext(traceparent) if traceparent else None
    span = of_section(_telemetry.default(), name, kind, given) or _Identity(given or here())
    token = CURRENT.set(span.trace)
    span.enter()
    failure: BaseException | None = None
    try:
        yield span
    except BaseException as error:
        failure = error
        raise
    finally:
        span.leave()
        CURRENT.reset(token)
        span.end(failure)


async def with_span(
    name: str,
    fn: Callable[[Any], Awaitable[Any] | Any],
    *,
    kind: Any = None,
    traceparent: str | None = None,
) -> Any:
    """Runs `fn` in a span of its own; calls made in it belong to its trace.

    ```python
    await with_span("checkout", lambda span: iii.trigger_async(request))
    ```
    """
    with _span(name, kind, traceparent) as span:
        outcome = fn(span)
        return await outcome if inspect.isawaitable(outcome) else outcome


def current_trace_id() -> str | None:
    """The trace of what runs here.

    ```python
    print(current_trace_id())
    ```
    """
    return _current().trace_id


def current_span_id() -> str | None:
    """The span of what runs here.

    ```python
    print(current_span_id())
    ```
    """
    return _current().span_id


def _current() -> TraceContext:
    return here() or TraceContext()


def current_span_is_recording() -> bool:
    """Whether anything is kept of what runs here.

    ```python
    if current_span_is_recording(): ...
    ```
    """
    return CURRENT.get() is not None and _telemetry.default() is not None


def set_current_span_attribute(key: str, value: Any) -> None:
    """Notes something about what runs here, in the span of OpenTelemetry if there is one.

    ```python
    set_current_span_attribute("order.id", 7)
    ```
    """
    span = _opentelemetry_span()
    if span is not None:
        span.set_attribute(key, value)


def set_current_span_error(message: str) -> None:
    """Says that what runs here has failed.

    ```python
    set_current_span_error("the bank said no")
    ```
    """
    span = _opentelemetry_span()
    if span is not None:
        span.record_exception(IIIError(message))


def record_span_event(name: str, attrs: dict[str, Any] | None = None) -> None:
    """Notes that something happened.

    ```python
    record_span_event("cache.miss", {"key": "o1"})
    ```
    """
    span = _opentelemetry_span()
    if span is not None:
        span.add_event(name, attrs)


def _opentelemetry_span() -> Any:
    import sys

    otel: Any = sys.modules.get("opentelemetry.trace")
    return None if otel is None else otel.get_current_span()


def inject_traceparent() -> str | None:
    """The `traceparent` that a request made here should carry.

    ```python
    headers["traceparent"] = inject_traceparent() or ""
    ```
    """
    return _current().traceparent


def inject_baggage() -> str | None:
    """The `baggage` that a request made here should carry.

    ```python
    headers["baggage"] = inject_baggage() or ""
    ```
    """
    return _current().baggage


def extract_traceparent(traceparent: str) -> TraceContext:
    """The trace that a `traceparent` names.

    ```python
    extract_traceparent(headers["traceparent"]).trace_id
    ```
    """
    return TraceContext(traceparent)


def extract_baggage(baggage: str) -> dict[str, str]:
    """The entries of a `baggage`.

    ```python
    assert extract_baggage("tenant=a") == {"tenant": "a"}
    ```
    """
    pairs = (entry.split(";")[0].partition("=") for entry in baggage.split(","))
    return {unquote(key.strip()): unquote(value.strip()) for key, sep, value in pairs if sep}


def get_all_baggage() -> dict[str, str]:
    """The entries of the baggage here.

    ```python
    get_all_baggage().get("tenant")
    ```
    """
    return extract_baggage(_current().baggage or "")


def set_baggage_entry(key: str, value: str) -> None:
    """Adds an entry to the baggage of calls made here from now on.

    ```python
    set_baggage_entry("tenant", "a")
    ```
    """
    entries = {**get_all_baggage(), key: value}
    text = ",".join(f"{quote(name)}={quote(item)}" for name, item in entries.items())
    CURRENT.set((current() or new_trace())._replace(baggage=text))


def init_otel(config: OtelConfig | None = None, loop: Any = None) -> None:
    """Asks for spans: from now on calls and handlers of all clients make them, and they go to the
    engine. Where the program has installed a tracer provider it makes them, asked or not. Not with
    `enabled=False`, or where the variable `OTEL_ENABLED` says so.

    ```python
    init_otel()
    ```
    """
    del loop
    enabled = None if config is None else config.enabled
    _telemetry.want_spans(not _env.is_off(_env.OTEL_ENABLED) if enabled is None else enabled)


async def flush_otel() -> None:
    """Accepted for programs that call it: what is left leaves by itself, also at shutdown.

    ```python
    await flush_otel()
    ```
    """


async def shutdown_otel() -> None:
    """Takes `init_otel` back. What was made until then leaves with its client.

    ```python
    await shutdown_otel()
    ```
    """
    _telemetry.want_spans(False)


def redact(value: Any) -> Any:
    """The value with everything that looks like a secret replaced.

    ```python
    assert redact({"password": "x"}) == {"password": REDACTED_PLACEHOLDER}
    ```
    """
    if isinstance(value, dict):
        items = cast(dict[Any, Any], value).items()
        return {
            key: REDACTED_PLACEHOLDER if _is_secret(str(key)) else redact(item)
            for key, item in items
        }
    if isinstance(value, list | tuple):
        return [redact(item) for item in cast(list[Any], value)]
    return value


def _is_secret(key: str) -> bool:
    name = key.lower()
    is_token = name == "token" or name.endswith(("_token", "-token"))
    return is_token or any(secret in name for secret in _SECRETS)


def redact_and_truncate(value: Any, max_bytes: int | None = None) -> tuple[str, bool]:
    """The redacted value as JSON text of at most so many bytes, and whether it was cut.

    ```python
    text, was_cut = redact_and_truncate(order, 1024)
    ```
    """
    try:
        data = dumps(redact(value))
    except ValueError:
        data = repr(value).encode()
    if max_bytes is None or len(data) <= max_bytes:
        return data.decode(), False
    return data[:max_bytes].decode(errors="ignore"), True


def resolve_max_bytes_from_env() -> int | None:
    """How much of a payload traces may hold; None is no limit.

    ```python
    redact_and_truncate(order, resolve_max_bytes_from_env())
    ```
    """
    text = os.environ.get(_MAX_BYTES, "").strip()
    return int(text) if text.isdigit() and int(text) > 0 else None


__all__ = [
    "REDACTED_PLACEHOLDER",
    "Logger",
    "OtelConfig",
    "ReconnectionConfig",
    "current_span_id",
    "current_span_is_recording",
    "current_trace_id",
    "extract_baggage",
    "extract_traceparent",
    "flush_otel",
    "get_all_baggage",
    "init_otel",
    "inject_baggage",
    "inject_traceparent",
    "record_span_event",
    "redact",
    "redact_and_truncate",
    "resolve_max_bytes_from_env",
    "set_baggage_entry",
    "set_current_span_attribute",
    "set_current_span_error",
    "shutdown_otel",
    "with_span",
]
