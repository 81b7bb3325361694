"""Calls that a worker makes: answered, refused, late, given up."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

from iii_kit import (
    ABSENT,
    ConnectionLostError,
    InvocationError,
    InvocationTimeout,
    Limits,
    OverloadedError,
    Signal,
    TriggerAction,
    TriggerRequest,
)
from support.played import bench, settle

ASK = {"function_id": "f", "payload": {"n": 1}}


async def test_a_call_and_its_answer() -> None:
    async with bench() as b:
        engine = await b.engine()
        call = asyncio.ensure_future(b.client.trigger(ASK))
        sent = await engine.answer(result={"ok": True})
        assert await call == {"ok": True}
        assert sent["function_id"] == "f"
        assert sent["data"] == {"n": 1}
        assert sent["timeout_ms"] == 30_000
        assert len(sent["invocation_id"]) == 36
        assert len(sent["traceparent"]) == 55


async def test_nothing_and_null_differ_both_ways() -> None:
    async with bench() as b:
        engine = await b.engine()
        for request, has_data in (({"function_id": "f"}, False), ({**ASK, "payload": None}, True)):
            call = asyncio.ensure_future(b.client.trigger_output(request))
            sent = await engine.answer()
            assert ("data" in sent) is has_data
            assert (await call).result is ABSENT
        call = asyncio.ensure_future(b.client.trigger_output(ASK))
        await engine.answer(result=None, quiet=True)
        assert await call == (None, True)


async def test_an_error_keeps_its_code_and_stack() -> None:
    async with bench() as b:
        engine = await b.engine()
        call = asyncio.ensure_future(b.client.trigger(ASK))
        body = {"code": "out_of_stock", "message": "no bolts", "stacktrace": "at line 1"}
        await engine.answer(error=body)
        with pytest.raises(InvocationError) as found:
            await call
        error = found.value
        assert (error.code, error.message, error.stacktrace, error.function_id) == (
            "out_of_stock",
            "no bolts",
            "at line 1",
            "f",
        )
        assert "at line 1" not in str(error)
        call = asyncio.ensure_future(b.client.trigger(ASK))
        await engine.answer(error=["odd"])
        with pytest.raises(InvocationError, match="odd") as found:
            await call
        assert found.value.code == "UNKNOWN"


async def test_an_unanswered_call_ends_and_the_engine_is_told() -> None:
    async with bench() as b:
        engine = await b.engine()
        call = asyncio.ensure_future(b.client.trigger({**ASK, "timeout_ms": 500}))
        sent = await engine.heard("invokefunction")
        await b.advance(1.4)
        assert not call.done(), "the engine is given time to answer first"
        await b.advance(0.2)
        with pytest.raises(InvocationTimeout, match="within 500 ms"):
            await call
        cancel = await engine.heard("cancelinvocation")
        assert cancel["invocation_id"] == sent["invocation_id"]
        assert cancel["reason"] == "timeout"


async def test_a_timeout_of_the_engine_at_the_deadline_is_the_calls_own() -> None:
    async with bench() as b:
        engine = await b.engine()
        call = asyncio.ensure_future(b.client.trigger({**ASK, "timeout_ms": 500}))
        await settle()
        await b.advance(0.5)
        await engine.answer(error={"code": "TIMEOUT", "message": "?"})
        with pytest.raises(TimeoutError, match="`f` did not answer within 500 ms"):
            await call


async def test_a_cancelled_call_is_given_up() -> None:
    async with bench() as b:
        engine = await b.engine()
        call = asyncio.ensure_future(b.client.trigger(ASK))
        sent = await engine.heard("invokefunction")
        call.cancel()
        cancel = await engine.heard("cancelinvocation")
        assert cancel == {
            "type": "cancelinvocation",
            "invocation_id": sent["invocation_id"],
            "reason": "cancelled",
        }
        assert call.cancelled()
        engine.say({"type": "invocationresult", "invocation_id": sent["invocation_id"]})


async def test_a_signal_gives_calls_up() -> None:
    async with bench() as b:
        engine = await b.engine()
        signal = Signal()
        calls = [asyncio.ensure_future(b.client.trigger({**ASK, "signal": signal})) for _ in "ab"]
        await settle()
        signal.cancel()
        for call in calls:
            with pytest.raises(InvocationError) as found:
                await call
            assert found.value.code == "cancelled"
            await engine.heard("cancelinvocation")
        with pytest.raises(InvocationError):
            await b.client.trigger({**ASK, "signal": signal})
        await settle()
        assert engine.silent()


async def test_void_and_enqueued_calls() -> None:
    async with bench() as b:
        engine = await b.engine()
        assert await b.client.trigger({**ASK, "action": TriggerAction.Void()}) is None
        sent = await engine.heard("invokefunction")
        assert sent["action"] == {"type": "void"}
        assert "invocation_id" not in sent
        assert "timeout_ms" not in sent
        queued = TriggerRequest(
            function_id="f",
            payload=1,
            action=TriggerAction.Enqueue(queue="q", delay_ms=5),
            metadata={"m": 1},
        )
        call = asyncio.ensure_future(b.client.trigger(queued))
        sent = await engine.answer(result={"messageReceiptId": "r"})
        assert sent["action"] == {"queue": "q", "type": "enqueue", "delay_ms": 5}
        assert sent["metadata"] == {"m": 1}
        assert await call == {"messageReceiptId": "r"}


async def test_namespaces_are_the_workers_own_unless_said_otherwise() -> None:
    async with bench(namespace="eu") as b:
        engine = await b.engine()
        for function, given, wanted in (
            ("f", None, "eu"),
            ("f", "us", "us"),
            ("f", "default", None),
            ("engine::functions::list", None, None),
        ):
            request = {"function_id": function, "namespace": given}
            call = asyncio.ensure_future(b.client.trigger(request))
            assert (await engine.answer()).get("namespace") == wanted
            await call


async def test_limits_answer_with_overloaded() -> None:
    async with bench(Limits(calls_max=1, offline_calls_max=1)) as b:
        engine = await b.engine()
        first = asyncio.ensure_future(b.client.trigger(ASK))
        await settle()
        with pytest.raises(OverloadedError, match="calls_max"):
            await b.client.trigger(ASK)
        await engine.answer(result=1)
        assert await first == 1


async def test_a_payload_beyond_the_limit_is_refused_here() -> None:
    async with bench(Limits(message_bytes_max=100)) as b:
        engine = await b.engine()
        with pytest.raises(InvocationError) as found:
            await b.client.trigger({"function_id": "f", "payload": "x" * 200})
        assert found.value.code == "payload_too_large"
        with pytest.raises(InvocationError) as found:
            await b.client.trigger({"function_id": "f", "payload": object()})
        assert found.value.code == "serialization_error"
        await settle()
        assert engine.silent()


async def test_a_congested_connection_makes_calls_wait() -> None:
    async with bench() as b:
        engine = await b.engine()
        engine.connection.congested = True
        call = asyncio.ensure_future(b.client.trigger(ASK))
        await settle()
        assert engine.silent()
        engine.connection.relieve()
        await engine.answer(result=1)
        assert await call == 1


async def test_a_lost_connection_fails_what_was_sent_at_once() -> None:
    async with bench() as b:
        engine = await b.engine()
        call = asyncio.ensure_future(b.client.trigger(ASK))
        await engine.heard("invokefunction")
        engine.connection.drop()
        with pytest.raises(ConnectionLostError) as found:
            await call
        assert isinstance(found.value, ConnectionError)
        assert found.value.is_retryable


async def test_any_event_loop_and_any_thread_may_call() -> None:
    async with bench() as b:
        engine = await b.engine()
        answers: list[Any] = []

        def elsewhere() -> None:
            async def both() -> None:
                answers.extend(await asyncio.gather(b.client.trigger(ASK), b.client.trigger(ASK)))

            asyncio.run(both())
            answers.append(b.client.trigger_blocking(ASK))

        thread = threading.Thread(target=elsewhere)
        thread.start()
        for number in range(3):
            await engine.answer(result=number)
        await asyncio.get_running_loop().run_in_executor(None, thread.join)
        assert sorted(answers) == [0, 1, 2]
        with pytest.raises(RuntimeError, match="block"):
            b.client.trigger_blocking(ASK)


@pytest.mark.parametrize("request_", [{}, {"function_id": ""}, {"function_id": 7}])
async def test_a_call_needs_a_function(request_: dict[str, Any]) -> None:
    async with bench() as b:
        with pytest.raises(InvocationError, match="function_id"):
            await b.client.trigger(request_)
