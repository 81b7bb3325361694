"""Invocations of this worker's functions."""

from __future__ import annotations

import asyncio
import json
import pickle
import threading
from dataclasses import dataclass
from typing import Any

import pytest

from iii_kit import (
    ABSENT,
    Context,
    HandlerError,
    InvocationError,
    Limits,
    current_context,
)
from iii_kit._errors import remote_error
from support.played import CALL, Bench, Engine, bench, settle

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


async def served(b: Bench, handler: Any, **options: Any) -> Engine:
    """An engine that knows the function `f`."""
    engine = await b.engine()
    b.client.register_function("f", handler, **options)
    await engine.heard("registerfunction")
    return engine


async def result(engine: Engine, **call: Any) -> dict[str, Any]:
    engine.say({**CALL, **call})
    return await engine.heard("invocationresult")


async def test_handlers_get_what_they_ask_for() -> None:
    seen: list[Any] = []

    def with_metadata(data: Any, metadata: Any = None) -> None:
        seen.append((data, metadata))

    async def with_context(data: Any, ctx: Context) -> None:
        seen.append((data, ctx.metadata))

    def by_name(data: Any, *, context: Context, metadata: Any) -> None:
        seen.append((data, metadata, context.function_id))

    def published(data: Any, retries: int = 3) -> None:
        seen.append((data, retries))

    async with bench() as b:
        engine = await b.engine()
        handlers: list[Any] = [with_metadata, with_context, by_name, published, seen.append]
        for number, handler in enumerate(handlers):
            b.client.register_function(f"f{number}", handler)
        b.client.register_function("f5", lambda: seen.append("nothing"))
        for number in range(6):
            call = {"function_id": f"f{number}", "data": number, "metadata": {"m": number}}
            assert "error" not in await result(engine, **call)
        assert seen == [
            (0, {"m": 0}),
            (1, {"m": 1}),
            (2, {"m": 2}, "f2"),
            (3, 3),
            4,
            "nothing",
        ]


async def test_results_null_and_nothing_differ() -> None:
    async with bench() as b:
        engine = await served(b, lambda data: ABSENT if data == "nothing" else data)
        answer = await result(engine, data="nothing")
        assert "result" not in answer
        assert answer["quiet"] is True
        answer = await result(engine, data=None)
        assert answer["result"] is None
        assert (await result(engine, data=[1]))["result"] == [1]


async def test_errors_keep_their_code_and_hide_their_stack() -> None:
    class Odd(Exception):
        code = "card_declined"

    failures: list[Exception] = [
        HandlerError("out_of_stock", "no bolts"),
        Odd("the bank said no"),
        ValueError("no such order"),
        InvocationError("function_not_found", "gone"),
    ]

    def handler(at: int) -> None:
        raise failures[at]

    async with bench() as b:
        engine = await served(b, handler)
        bodies = [(await result(engine, data=at))["error"] for at in range(4)]
        assert bodies == [
            {"code": "out_of_stock", "message": "no bolts"},
            {"code": "card_declined", "message": "the bank said no"},
            {"code": "invocation_failed", "message": "no such order"},
            {"code": "function_not_found", "message": "gone"},
        ]
    async with bench(development=True) as b:
        engine = await served(b, handler)
        assert "ValueError" in (await result(engine, data=2))["error"]["stacktrace"]


async def test_what_cannot_be_answered_is_an_error() -> None:
    async with bench(Limits(message_bytes_max=100)) as b:
        engine = await served(b, lambda data: "x" * 200 if data == 1 else object())
        assert (await result(engine, data=1))["error"]["code"] == "payload_too_large"
        assert (await result(engine, data=2))["error"]["code"] == "serialization_error"
        answer = await result(engine, function_id="nobody")
        assert answer["error"]["code"] == "function_not_found"


async def test_what_an_error_says_about_trying_again_is_on_the_wire() -> None:
    def handler(data: Any) -> None:
        details = {"code": "never", "queue": "q"} if data == 1 else {"odd": object()}
        advice = {"retry_after_ms": 1500, "retryable": False, "released": True}
        raise HandlerError("busy", "come back", details=details, **advice)

    async with bench() as b:
        engine = await served(b, handler)
        body = (await result(engine, data=1))["error"]
        told = {"retry_after_ms": 1500, "retryable": False, "released": True, "queue": "q"}
        assert body == {"code": "busy", "message": "come back", **told}
        unwritable = (await result(engine, data=2))["error"]
        assert unwritable == {"code": "busy", "message": "come back"}
    error = pickle.loads(pickle.dumps(remote_error(body, "f", "i")))
    assert (error.retry_after_ms, error.is_retryable, error.released) == (1500, False, True)
    assert error.details == told
    again = pickle.loads(pickle.dumps(HandlerError("c", "m", released=True)))
    assert again.details == {"released": True}
    odd = remote_error({"code": "overloaded", "message": "m", "retry_after_ms": -1}, None, "i")
    assert (odd.retry_after_ms, odd.is_retryable, odd.released) == (None, True, False)


async def test_the_context_says_what_is_known() -> None:
    seen: list[Context] = []

    async def handler(data: Any, ctx: Context) -> None:
        assert current_context() is ctx
        seen.append(ctx)

    async with bench() as b:
        engine = await served(b, handler)
        caller = {"worker_id": "w", "worker_name": "shop"}
        delivery = {"message_id": "m-1", "queue": "payments", "enqueued_at": 5}
        about = {"caller": caller, "attempt": 2, "delivery": delivery, "metadata": [1]}
        await result(engine, **about, timeout_ms=5000, traceparent=TRACE)
        (ctx,) = seen
        assert (ctx.message_id, ctx.delivery) == ("m-1", delivery)
        assert ctx.caller == caller
        assert (ctx.attempt, ctx.metadata, ctx.has_input) == (2, [1], False)
        assert ctx.remaining == 5.0
        assert ctx.deadline is not None
        assert ctx.trace_id == "0af7651916cd43dd8448eb211c80319c"
        assert not ctx.cancelled
        await b.advance(2)
        assert ctx.remaining == 3.0


async def test_nested_calls_belong_to_the_invocation() -> None:
    async def handler(data: Any, ctx: Context) -> Any:
        await asyncio.sleep(0)
        if data == "free":
            request = {"function_id": "g", "detached": True, "timeout_ms": 60_000}
            return await ctx.trigger(request)
        return await ctx.client.trigger({"function_id": "g", "timeout_ms": 60_000})

    async with bench() as b:
        engine = await served(b, handler)
        engine.say({**CALL, "timeout_ms": 5000, "traceparent": TRACE})
        sent = await engine.answer(result=1)
        assert (sent["parent"], sent["timeout_ms"], sent["traceparent"]) == ("e-1", 5000, TRACE)
        assert (await engine.heard("invocationresult"))["result"] == 1
        engine.say({**CALL, "timeout_ms": 5000, "traceparent": TRACE, "data": "free"})
        sent = await engine.answer(result=1)
        assert "parent" not in sent
        assert (sent["timeout_ms"], sent["traceparent"]) == (60_000, TRACE)


async def test_threads_know_their_invocation_too() -> None:
    def handler(data: Any, ctx: Context) -> Any:
        assert current_context() is ctx
        return [ctx.trigger_sync({"function_id": "g"}), threading.current_thread().name]

    async with bench() as b:
        engine = await served(b, handler)
        engine.say({**CALL, "traceparent": TRACE})
        sent = await engine.answer(result=5)
        assert (sent["parent"], sent["traceparent"]) == ("e-1", TRACE)
        nested, thread = (await engine.heard("invocationresult"))["result"]
        assert nested == 5
        assert thread.startswith("iii-handler")


async def test_a_cancelled_handler_is_cancelled() -> None:
    ended: asyncio.Queue[Any] = asyncio.Queue()

    async def handler(data: Any, ctx: Context) -> None:
        try:
            await ctx.client.trigger({"function_id": "g"})
        except asyncio.CancelledError:
            ended.put_nowait((ctx.cancelled, ctx.signal.reason))
            raise

    async with bench() as b:
        engine = await served(b, handler)
        engine.say(CALL)
        nested = await engine.heard("invokefunction")
        engine.say({"type": "cancelinvocation", "invocation_id": "e-1", "reason": "timeout"})
        assert await ended.get() == (True, "timeout")
        cancel = await engine.heard("cancelinvocation")
        assert cancel["invocation_id"] == nested["invocation_id"]


async def test_a_handler_that_is_cancelled_before_it_begins_does_not_run() -> None:
    ran: list[Any] = []

    async def handler(data: Any) -> None:
        # Where tasks begin at once it comes as far as this.
        await asyncio.Event().wait()
        ran.append(data)

    async with bench() as b:
        engine = await served(b, handler)
        engine.say(CALL, {"type": "cancelinvocation", "invocation_id": "e-1"})
        await b.client.driver.invocations.wait_idle()
        assert ran == []


async def test_a_handler_in_a_thread_is_told() -> None:
    began = threading.Event()
    told: list[bool] = []

    def handler(data: Any, ctx: Context) -> None:
        began.set()
        told.append(ctx.signal.wait(20))

    async with bench() as b:
        engine = await served(b, handler)
        engine.say(CALL)
        await asyncio.get_running_loop().run_in_executor(None, began.wait)
        engine.connection.drop()
        await b.client.driver.invocations.wait_idle()
        assert told == [True]


async def test_invocations_and_threads_are_bounded() -> None:
    began, release = threading.Semaphore(0), threading.Event()
    threads: set[int] = set()

    def handler(data: Any) -> None:
        threads.add(threading.get_ident())
        began.release()
        release.wait(20)

    async with bench(Limits(invocations_max=5, handler_threads_max=2)) as b:
        engine = await served(b, handler)
        for number in range(6):
            engine.say({**CALL, "invocation_id": f"e-{number}"})
        answer = await engine.heard("invocationresult")
        assert (answer["invocation_id"], answer["error"]["code"]) == ("e-5", "overloaded")
        for _ in range(2):
            await asyncio.get_running_loop().run_in_executor(None, began.acquire)
        release.set()
        for _ in range(5):
            assert "error" not in await engine.heard("invocationresult")
        assert len(threads) == 2


async def test_a_function_that_returns_a_coroutine_is_awaited() -> None:
    async def work(data: Any) -> Any:
        await asyncio.sleep(0)
        return data

    async with bench() as b:
        engine = await served(b, lambda data: work([data]))
        assert (await result(engine, data=3))["result"] == [3]


@dataclass
class Order:
    """An input that is more than a dictionary."""

    id: int
    lines: list[str]


async def test_typed_inputs_are_what_the_hint_says_for_handlers_with_a_context() -> None:
    def typed(order: Order, ctx: Context) -> str:
        return f"{order.id} {order.lines}"

    def published(order: Order) -> str:
        return type(order).__name__

    async with bench() as b:
        engine = await b.engine()
        b.client.register_function("typed", typed)
        b.client.register_function("published", published)
        b.client.register_function("asked", published, validate=True)
        good = {"id": 7, "lines": ["bolt"]}
        answer = await result(engine, function_id="typed", data=good)
        assert answer["result"] == "7 ['bolt']"
        answer = await result(engine, function_id="typed", data={"id": 7})
        assert answer["error"]["code"] == "INVALID_ARGUMENTS"
        assert (await result(engine, function_id="published", data=good))["result"] == "dict"
        assert (await result(engine, function_id="asked", data=good))["result"] == "Order"


async def test_a_handler_that_may_still_write_is_not_quiet() -> None:
    reference = {"channel_id": "c", "access_key": "k", "direction": "write"}
    kept: list[Any] = []
    async with bench() as b:
        engine = await served(b, lambda data: kept.append(data["to"]) if data["keep"] else None)
        answer = await result(engine, data={"to": reference, "keep": False})
        assert answer["quiet"] is True
        answer = await result(engine, data={"to": reference, "keep": True})
        assert "quiet" not in answer


async def test_draining_lets_running_handlers_finish() -> None:
    release = asyncio.Event()

    async def handler(data: Any) -> str:
        await release.wait()
        return "done"

    async with bench() as b:
        engine = await served(b, handler)
        engine.say(CALL)
        stopping = asyncio.ensure_future(b.client.shutdown())
        await engine.heard("drain")
        await engine.answer(error={"code": "NOT_FOUND", "message": "asked to see whether it is up"})
        await settle()
        assert not stopping.done()
        release.set()
        assert (await engine.heard("invocationresult"))["result"] == "done"
        await stopping
        assert engine.connection.farewell == 1000
        with pytest.raises(InvocationError) as found:
            await b.client.trigger({"function_id": "g"})
        assert found.value.code == "shutting_down"


async def test_a_pool_of_one_thread_serves_a_function_that_calls_its_neighbour() -> None:
    async with bench(Limits(handler_threads_max=1)) as b:
        engine = await served(b, lambda data, ctx: ctx.trigger_sync({"function_id": "inner"}))
        b.client.register_function("inner", lambda data: "deep")
        engine.say(CALL)
        nested = await engine.heard("invokefunction")
        engine.say({**CALL, "invocation_id": "e-2", "function_id": "inner"})
        inner = await engine.heard("invocationresult")
        assert (inner["invocation_id"], inner["result"]) == ("e-2", "deep")
        about = {"type": "invocationresult", "invocation_id": nested["invocation_id"]}
        engine.say({**about, "result": inner["result"]})
        assert (await engine.heard("invocationresult"))["result"] == "deep"


async def test_log_lines_travel_with_trace_and_function(caplog: pytest.LogCaptureFixture) -> None:
    def handler(data: Any, ctx: Context) -> None:
        ctx.logger.warn("low stock", {"left": 1})

    async with bench() as b:
        engine = await served(b, handler)
        await result(engine, traceparent=TRACE)
        frame = await engine.connection.telemetry.get()
        assert frame[:4] == b"LOGS"
        scoped = json.loads(frame[4:])["resourceLogs"][0]["scopeLogs"][0]
        (record,) = scoped["logRecords"]
        assert record["traceId"] == "0af7651916cd43dd8448eb211c80319c"
        assert record["body"] == {"stringValue": "low stock"}
        about = {entry["key"]: entry["value"] for entry in record["attributes"]}
        assert about["function_id"] == {"stringValue": "f"}
        assert about["log.data"] == {"stringValue": '{"left":1}'}
    assert "low stock {'left': 1}" in caplog.text
