"""Spans of any instrumented library join the trace of the call."""

from __future__ import annotations

from support.engine import Engine
from test_programs import run

_PROGRAM = """
import asyncio
from opentelemetry import baggage, context, trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from iii_kit import *

spans = InMemorySpanExporter()
provider = TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(spans))
trace.set_tracer_provider(provider)
tracer = trace.get_tracer("library")

async def inner(data, ctx):
    await asyncio.sleep(0)
    assert ctx.trace_id == f"{trace.get_current_span().get_span_context().trace_id:032x}"
    with tracer.start_as_current_span("library work"):
        return baggage.get_baggage("tenant")

def outer(data, ctx):
    # Also in the thread of a plain function, and through the context.
    return ctx.trigger_sync({"function_id": "otel::inner"})

def fails(data):
    raise HandlerError("broken", "on purpose")

with register_worker("ws://localhost:49134", InitOptions(worker_name="otel")) as iii:
    iii.register_function("otel::inner", inner).ready()
    iii.register_function("otel::outer", outer).ready()
    iii.register_function("otel::fails", fails).ready()
    with tracer.start_as_current_span("request") as request:
        context.attach(baggage.set_baggage("tenant", "a b"))
        assert iii.trigger({"function_id": "otel::outer"}) == "a b"
    try:
        iii.trigger({"function_id": "otel::fails"})
    except InvocationError as error:
        assert error.code == "broken"

names = sorted(span.name for span in spans.get_finished_spans())
assert not [name for name in names if "engine::" in name], names
found = {span.name: span for span in spans.get_finished_spans()}
ours = [
    "request",
    "call otel::outer",
    "execute otel::outer",
    "call otel::inner",
    "execute otel::inner",
    "library work",
]
assert len({found[name].context.trace_id for name in ours}) == 1
for parent, child in zip(ours, ours[1:]):
    assert found[child].parent.span_id == found[parent].context.span_id, (parent, child)
call, execute = found["call otel::fails"], found["execute otel::fails"]
assert (call.kind, execute.kind) == (trace.SpanKind.CLIENT, trace.SpanKind.SERVER)
assert call.parent is None and execute.parent.span_id == call.context.span_id
for span in (call, execute):
    assert span.instrumentation_scope.name == "iii-kit"
    assert span.attributes["iii.function.id"] == "otel::fails"
    assert span.attributes["error.type"] == "broken"
    assert span.status.description == "on purpose", span.status.description
    assert [event.name for event in span.events] == ["exception"]
assert execute.attributes["iii.invocation.id"]
print("one trace")
"""


def test_one_trace_with_opentelemetry(shared_engine: Engine) -> None:
    ran = run(shared_engine, _PROGRAM)
    assert (ran.stderr, ran.stdout.strip()) == ("", "one trace")
