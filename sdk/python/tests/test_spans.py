"""Spans of calls and handlers, for programs without OpenTelemetry."""

from __future__ import annotations

import json
from typing import Any

from iii_kit import Context, HandlerError
from iii_kit.observability import init_otel, shutdown_otel, with_span
from support.played import CALL, Bench, bench
from test_invoking import TRACE, result, served


async def spans_of_a_call_in_a_handler(b: Bench) -> dict[str, dict[str, Any]]:
    """Serves a call whose handler fails after a call of its own; the spans of it, by name."""

    async def handler(data: Any, ctx: Context) -> None:
        ctx.logger.info("inside")
        await b.client.trigger({"function_id": "inner", "payload": 1})
        raise HandlerError("broken", "on purpose")

    engine = await served(b, handler)
    engine.say({**CALL, "traceparent": TRACE, "attempt": 2})
    nested = await engine.heard("invokefunction")
    about = {"type": "invocationresult", "invocation_id": nested["invocation_id"]}
    engine.say({**about, "result": 2})
    await engine.heard("invocationresult")
    spans: dict[str, dict[str, Any]] = {"sent": nested}
    frames = [await engine.connection.telemetry.get()]
    while not engine.connection.telemetry.empty():
        frames.append(engine.connection.telemetry.get_nowait())
    assert any(frame[:4] == b"LOGS" for frame in frames), "log lines are on"
    for frame in frames:
        if frame[:4] == b"OTLP":
            scoped = json.loads(frame[4:])["resourceSpans"][0]["scopeSpans"][0]
            assert scoped["scope"]["name"] == "iii-kit"
            spans |= {span["name"]: span for span in scoped["spans"]}
    return spans


def check_spans(spans: dict[str, dict[str, Any]]) -> None:
    execute, call = spans["execute f"], spans["call inner"]
    assert execute["traceId"] == call["traceId"] == "0af7651916cd43dd8448eb211c80319c"
    assert execute["parentSpanId"] == "b7ad6b7169203331"
    assert call["parentSpanId"] == execute["spanId"]
    assert spans["sent"]["traceparent"] == f"00-{call['traceId']}-{call['spanId']}-01"
    assert (execute["kind"], call["kind"]) == (2, 3)
    about = {entry["key"]: entry["value"] for entry in execute["attributes"]}
    assert about["iii.function.id"] == {"stringValue": "f"}
    assert about["iii.invocation.id"] == {"stringValue": CALL["invocation_id"]}
    assert about["iii.attempt"] == {"intValue": "2"}
    assert about["error.type"] == {"stringValue": "broken"}
    assert execute["status"] == {"code": 2, "message": "on purpose"}
    about = {entry["key"]: entry["value"] for entry in call["attributes"]}
    assert about == {"iii.function.id": {"stringValue": "inner"}}


async def test_calls_and_handlers_make_spans_where_that_is_asked_for() -> None:
    async with bench(otel={"enabled": True}) as b:
        check_spans(await spans_of_a_call_in_a_handler(b))


async def test_a_trace_that_is_not_to_be_collected_is_not() -> None:
    async with bench(otel={"enabled": True}) as b:
        engine = await served(b, lambda data, ctx: ctx.trace.traceparent)
        answer = await result(engine, traceparent=f"{TRACE[:-1]}0")
        assert answer["result"].startswith(TRACE[:35]) and answer["result"].endswith("-00")
        sampled = await result(engine, traceparent=TRACE)
        frame = await engine.connection.telemetry.get()
        (span,) = json.loads(frame[4:])["resourceSpans"][0]["scopeSpans"][0]["spans"]
        assert span["spanId"] == sampled["result"].split("-")[2]


async def test_init_otel_asks_for_spans() -> None:
    init_otel()
    try:
        async with bench() as b:
            check_spans(await spans_of_a_call_in_a_handler(b))
    finally:
        await shutdown_otel()


async def test_unasked_nobody_makes_spans_and_the_trace_goes_on() -> None:
    async with bench() as b:
        spans = await spans_of_a_call_in_a_handler(b)
        assert list(spans) == ["sent"]
        assert spans["sent"]["traceparent"] == TRACE


async def test_a_span_of_the_programs_own_needs_no_other_asking() -> None:
    async with bench() as b:
        engine = await served(b, lambda data, ctx: None)
        trace_id = await with_span("checkout", lambda span: span.trace.trace_id)
        frame = await engine.connection.telemetry.get()
        (span,) = json.loads(frame[4:])["resourceSpans"][0]["scopeSpans"][0]["spans"]
        assert (span["name"], span["traceId"]) == ("checkout", trace_id)


async def test_where_telemetry_is_off_a_span_has_an_identity_all_the_same() -> None:
    async with bench(otel={"enabled": False}) as b:
        await served(b, lambda data, ctx: None)
        assert len(await with_span("quiet", lambda span: span.trace.trace_id)) == 32
