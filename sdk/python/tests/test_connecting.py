"""Connecting, coming back, being refused."""

from __future__ import annotations

import asyncio

import pytest

from iii_kit import (
    InvocationError,
    InvocationTimeout,
    Limits,
    OverloadedError,
    ReconnectionConfig,
    RegistrationRejectedError,
)
from iii_kit._backoff import Backoff
from iii_kit._transport.base import DialError
from support.played import bench, settle

ASK = {"function_id": "f", "payload": 1}


async def test_the_worker_introduces_itself() -> None:
    async with bench(namespace="eu", worker_description="takes orders") as b:
        engine = await b.accept()
        assert engine.silent(), "nothing is said before the engine has greeted"
        (introduction,) = await engine.greet()
        assert introduction["function_id"] == "engine::workers::register"
        assert introduction["action"] == {"type": "void"}
        data = introduction["data"]
        assert (data["name"], data["namespace"], data["runtime"]) == ("orders", "eu", "python")
        assert data["description"] == "takes orders"
        assert data["features"] == ["iii-kit.v1"]
        assert b.client.get_connection_state() == "connected"


def test_pauses_double_with_jitter_up_to_the_limit() -> None:
    for luck, first, longest in ((0.0, 0.05, 0.75), (0.5, 0.1, 1.5), (0.999999, 0.15, 1.5)):
        backoff = Backoff(ReconnectionConfig(), lambda luck=luck: luck)
        pauses = [backoff.next() for _ in range(12)]
        assert pauses[0] == pytest.approx(first, rel=0.01)
        assert pauses[1] == pytest.approx(2 * pauses[0])
        assert max(pauses) == pytest.approx(longest)
        backoff.reset()
        assert backoff.next() == pauses[0]


async def test_everything_is_announced_again_and_waiting_calls_are_sent() -> None:
    async with bench() as b:
        engine = await b.engine()
        b.client.register_function("f1", lambda data: data)
        b.client.register_trigger({"type": "cron", "function_id": "f1", "config": {"n": 1}})
        kept = [await engine.said(), await engine.said()]
        engine.connection.drop()
        await settle()
        assert b.client.get_connection_state() == "reconnecting"
        call = asyncio.ensure_future(b.client.trigger(ASK))
        await settle()
        await b.advance(0.16)
        engine = await b.accept()
        said = await engine.greet(worker_id="another")
        assert said[0] == {
            "type": "reattach",
            "previous_worker_id": "b046f3c1-0d2e-4f5a-8b6c-7d8e9fa0b1c2",
            "reattach_token": "token-1",
        }
        assert said[1]["function_id"] == "engine::workers::register"
        assert said[2:4] == kept
        assert said[4]["function_id"] == "f"
        engine.say(
            {"type": "invocationresult", "invocation_id": said[4]["invocation_id"], "result": 7}
        )
        assert await call == 7
        assert b.client.worker_id == "another"


async def test_what_was_taken_back_meanwhile_is_not_announced() -> None:
    async with bench() as b:
        engine = await b.engine()
        reference = b.client.register_function("f1", lambda data: data)
        engine.connection.drop()
        await settle()
        reference.unregister()
        await b.advance(0.16)
        said = await (await b.accept()).greet()
        assert [message["type"] for message in said] == ["reattach", "invokefunction"]


async def test_waiting_calls_are_bounded_and_keep_their_deadline() -> None:
    async with bench(Limits(offline_calls_max=1)) as b:
        b.dialer.gate.clear()
        call = asyncio.ensure_future(b.client.trigger({**ASK, "timeout_ms": 1000}))
        await settle()
        with pytest.raises(OverloadedError, match="offline_calls_max"):
            await b.client.trigger(ASK)
        with pytest.raises(OverloadedError):
            await b.client.trigger({**ASK, "action": {"type": "void"}})
        await b.advance(1.0)
        with pytest.raises(InvocationTimeout):
            await call
        b.dialer.gate.set()
        said = await (await b.accept()).greet()
        assert len(said) == 1, "a call whose time is over is not sent"


async def test_an_engine_that_does_not_answer_is_tried_again() -> None:
    async with bench() as b:
        b.dialer.failures = [DialError("nobody there"), DialError("busy", status=503)]
        await settle()
        await b.advance(0.16)
        await b.advance(0.31)
        assert b.dialer.attempts == 3
        engine = await b.accept()
        await engine.greet()
        assert b.client.get_connection_state() == "connected"


async def test_dialling_and_greeting_are_bounded() -> None:
    async with bench() as b:
        b.dialer.gate.clear()
        await settle()
        await b.advance(10)
        b.dialer.gate.set()
        await b.advance(0.16)
        assert b.dialer.attempts == 2
        await b.accept()
        await b.advance(10)
        await b.advance(0.4)
        assert b.dialer.attempts == 3


async def test_a_silent_engine_is_asked_and_then_given_up() -> None:
    async with bench() as b:
        engine = await b.engine()
        await b.advance(14.9)
        assert engine.connection.pings == 0
        await b.advance(0.2)
        assert engine.connection.pings == 1
        engine.connection.deliver()
        await b.advance(15)
        await b.advance(15)
        assert engine.connection.pings == 3
        await b.advance(15)
        assert b.client.get_connection_state() == "reconnecting"


async def test_a_ping_is_answered() -> None:
    async with bench() as b:
        engine = await b.engine()
        engine.say({"type": "ping"})
        assert await engine.said() == {"type": "pong"}


@pytest.mark.parametrize("how", ["rejected", "error", "refused"])
async def test_a_refusal_ends_the_client_once(how: str, caplog: pytest.LogCaptureFixture) -> None:
    async with bench() as b:
        if how == "refused":
            b.dialer.failures = [DialError("token missing", status=401)]
            call = asyncio.ensure_future(b.client.trigger(ASK))
        else:
            engine = await b.engine()
            call = asyncio.ensure_future(b.client.trigger(ASK))
            await settle()
            if how == "rejected":
                code = "WORKER_NAMESPACE_CONFLICT"
                engine.say({"type": "registrationrejected", "code": code, "worker_name": "orders"})
            else:
                body = {"code": "AUTH_ERROR", "message": "token missing"}
                engine.say({"type": "error", "error": body})
        with pytest.raises(RegistrationRejectedError) as found:
            await call
        assert found.value.code in ("WORKER_NAMESPACE_CONFLICT", "AUTH_ERROR")
        assert b.client.get_connection_state() == "failed"
        with pytest.raises(RegistrationRejectedError):
            await b.client.trigger(ASK)
        with pytest.raises(RegistrationRejectedError):
            b.client.register_function("late", lambda data: data)
        await b.advance(60)
        assert b.dialer.attempts == 1
        errors = [record for record in caplog.records if record.levelname == "ERROR"]
        assert len(errors) == 1


async def test_an_engine_that_says_later_is_tried_again() -> None:
    async with bench() as b:
        engine = await b.engine()
        engine.say({"type": "error", "error": {"code": "overloaded", "message": "full"}})
        await settle()
        assert b.client.get_connection_state() == "reconnecting"


async def test_states_come_in_order_and_a_listener_may_fail() -> None:
    async with bench() as b:
        seen: list[str] = []
        b.client.add_connection_state_listener(seen.append)

        def fails(state: str) -> None:
            raise RuntimeError(state)

        b.client.add_connection_state_listener(fails)
        engine = await b.engine()
        engine.connection.drop()
        await settle()
        await b.client.shutdown()
        assert seen == ["connecting", "connected", "reconnecting", "disconnected"]


async def test_garbage_changes_nothing() -> None:
    async with bench() as b:
        engine = await b.engine()
        engine.connection.deliver(b"", b"{", b"[]", b'{"type":"observe"}', b"\xff", b"{}")
        engine.connection.deliver(
            b'{"type":"invokefunction","invocation_id":"e-1","function_id":7}'
        )
        answer = await engine.heard("invocationresult")
        assert answer["error"]["code"] == "invalid_message"
        call = asyncio.ensure_future(b.client.trigger(ASK))
        sent = await engine.heard("invokefunction")
        broken = b'{"type":"invocationresult","invocation_id":"%b","result":[1,]}'
        engine.connection.deliver(broken % sent["invocation_id"].encode())
        with pytest.raises(InvocationError) as found:
            await call
        assert found.value.code == "deserialization_error"
