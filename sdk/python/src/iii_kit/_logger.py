"""Log lines that know their invocation."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final

from . import _telemetry
from ._trace import current

if TYPE_CHECKING:
    from ._context import Context

_LINES: Final = logging.getLogger("iii.worker")
#: Level of `logging`, severity of OpenTelemetry.
_LEVELS: Final = {
    "debug": (logging.DEBUG, 5),
    "info": (logging.INFO, 9),
    "warn": (logging.WARNING, 13),
    "error": (logging.ERROR, 17),
}


class Logger:
    """Writes log lines that carry trace and function: to the standard logger `iii.worker`, and to
    the engine, which hands them to whoever collects telemetry.

    ```python
    Logger().info("validating", {"id": 7})
    ```
    """

    __slots__ = ("_function_id", "_service_name", "_span_id", "_telemetry", "_trace_id")

    def __init__(
        self,
        trace_id: str | None = None,
        service_name: str | None = None,
        span_id: str | None = None,
    ) -> None:
        self._trace_id = trace_id
        self._service_name = service_name
        self._span_id = span_id
        self._function_id: str | None = None
        self._telemetry: _telemetry.Telemetry | None = None

    @classmethod
    def of(cls, context: Context) -> Logger:
        """A logger of one invocation."""
        logger = cls(context.trace.trace_id, None, context.trace.span_id)
        logger._function_id = context.function_id
        logger._telemetry = context.client.telemetry
        return logger

    def debug(self, message: str, data: Any = None) -> None:
        """Details for developers."""
        self._write("debug", message, data)

    def info(self, message: str, data: Any = None) -> None:
        """What happens in the normal course of things."""
        self._write("info", message, data)

    def warn(self, message: str, data: Any = None) -> None:
        """Something is off, and the work goes on."""
        self._write("warn", message, data)

    def error(self, message: str, data: Any = None) -> None:
        """Some work failed."""
        self._write("error", message, data)

    def _write(self, level: str, message: str, data: Any) -> None:
        number, severity = _LEVELS[level]
        trace = current()
        trace_id = self._trace_id or (trace.trace_id if trace else None)
        span_id = self._span_id or (trace.span_id if trace and not self._trace_id else None)
        about: dict[str, Any] = {}
        if self._function_id is not None:
            about["function_id"] = self._function_id
        if self._service_name is not None:
            about["service.name"] = self._service_name
        if data is not None:
            about["log.data"] = data
        if _LINES.isEnabledFor(number):
            extra = {"trace_id": trace_id, "function_id": self._function_id, "data": data}
            shown = message if data is None else f"{message} {data!r}"
            _LINES.log(number, "%s", shown, extra=extra)
        telemetry = self._telemetry or _telemetry.default()
        if telemetry is not None:
            telemetry.log(severity, level.upper(), message, about, trace_id, span_id)
