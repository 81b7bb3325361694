"""Spans travel with calls, and the telemetry connection opens."""

from __future__ import annotations

import logging
from typing import Any

from iii_helpers.observability import Logger, current_trace_id, with_span

import package
from checks import World, check, eventually, expect
from functions import serve


class Remembers(logging.Handler):
    """What the exporter of the client says about its connection."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


EXPORTER_LOG = Remembers()
_exporter = logging.getLogger(package.TELEMETRY_LOG)
_exporter.setLevel(logging.DEBUG)
_exporter.addHandler(EXPORTER_LOG)
_exporter.propagate = False


@check
def telemetry_connection(world: World) -> None:
    eventually("/otel opens", lambda: any("connected to" in line for line in EXPORTER_LOG.lines))
    broken = [line for line in EXPORTER_LOG.lines if "disconnected" in line]
    expect(broken, [])


@check
def one_trace(world: World) -> None:
    async def handler(_: Any) -> Any:
        Logger().info("inside", {"n": 1})
        return current_trace_id()

    serve(world, "py::trace", handler)

    async def traced(_: Any) -> tuple[str | None, str | None]:
        answer = await world.caller.trigger_async({"function_id": "py::trace", "payload": {}})
        return current_trace_id(), answer

    here, there = world.caller._run_on_loop(with_span("compat", traced))
    assert here, "no trace is active"
    expect(there, here)
