"""Functions, triggers and trigger types: acknowledged, refused, provided."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from iii_kit import (
    BoundTrigger,
    HandlerError,
    InvocationError,
    Limits,
    RegistrationError,
    TriggerHandler,
)
from iii_kit.http import HttpInvocationConfig
from support.played import Bench, Engine, bench, settle

TRIGGER = {
    "type": "registertrigger",
    "id": "t1",
    "trigger_type": "bell",
    "function_id": "on_ring",
    "namespace": "default",
    "trigger_namespace": "default",
}


async def test_a_function_is_registered_once_it_is_acknowledged() -> None:
    async with bench() as b:
        engine = await b.engine()

        def handler(data: dict[str, int]) -> list[str]:
            return [str(data)]

        reference = b.client.register_function(
            "f", handler, description="d", metadata={"a": 1}, timeout_ms=5, exclusive=True
        )
        ready = wait(reference)
        said = await engine.heard("registerfunction")
        assert said["request_format"]["additionalProperties"] == {"type": "integer"}
        assert said["response_format"]["items"] == {"type": "string"}
        assert (said["description"], said["metadata"]) == ("d", {"a": 1})
        assert (said["timeout_ms"], said["exclusive"]) == (5, True)
        await settle()
        assert not ready.done()
        engine.say({"type": "functionregistered", "id": "f", "namespace": "default"})
        await ready
        reference.unregister()
        assert (await engine.heard("unregisterfunction"))["id"] == "f"


def wait(reference: Any) -> asyncio.Future[Any]:
    async def ready() -> Any:
        return await reference

    return asyncio.ensure_future(ready())


async def test_a_refused_function_is_an_error_and_gone() -> None:
    async with bench() as b:
        engine = await b.engine()
        ready = wait(b.client.register_function("f", lambda data: data))
        await settle()
        code = "FUNCTION_NAMESPACE_CONFLICT"
        engine.say({"type": "registrationrejected", "code": code, "function_id": "f"})
        with pytest.raises(RegistrationError) as found:
            await ready
        assert (found.value.id, found.value.code) == ("f", code)
        assert "belongs to another worker" in str(found.value)
        b.client.register_function("f", lambda data: data)


async def test_an_unacknowledged_registration_ends_and_is_taken_back() -> None:
    async with bench(Limits(registration_timeout_s=0.01)) as b:
        engine = await b.engine()
        with pytest.raises(RegistrationError) as found:
            await b.client.register_function("f", lambda data: data)
        assert found.value.code == "TIMEOUT"
        assert (await engine.heard("unregisterfunction"))["id"] == "f"


async def test_engines_that_do_not_acknowledge_count_as_if() -> None:
    async with bench() as b:
        await b.engine(features=[])
        await b.client.register_function("f", lambda data: data)


@pytest.mark.parametrize("bad", ["", "  ", "x" * 2000])
async def test_unusable_ids_are_refused(bad: str) -> None:
    async with bench() as b:
        with pytest.raises(RegistrationError):
            b.client.register_function(bad, lambda data: data)


async def test_an_id_twice_is_refused() -> None:
    async with bench() as b:
        b.client.register_function("f", lambda data: data)
        with pytest.raises(ValueError, match="already registered"):
            b.client.register_function("f", lambda data: data)


async def test_a_function_behind_a_url() -> None:
    async with bench() as b:
        engine = await b.engine()
        b.client.register_function("f", HttpInvocationConfig(url="https://shop.example/price"))
        said = await engine.heard("registerfunction")
        assert said["invocation"] == {"url": "https://shop.example/price", "method": "POST"}
        engine.say({"type": "invokefunction", "invocation_id": "e-1", "function_id": "f"})
        answer = await engine.heard("invocationresult")
        assert answer["error"]["code"] == "function_not_invokable"


async def test_a_trigger_is_bound_or_refused() -> None:
    async with bench(namespace="eu") as b:
        engine = await b.engine()
        for error in (None, {"code": "picky", "message": "not that"}):
            trigger = b.client.register_trigger({"type": "bell", "function_id": "f", "config": 3})
            ready = wait(trigger)
            said = await engine.heard("registertrigger")
            assert (said["config"], said["namespace"]) == (3, "eu")
            about = {"id": said["id"], "trigger_type": "bell", "error": error}
            engine.say({"type": "triggerregistrationresult", **about})
            if error is None:
                await ready
            else:
                with pytest.raises(RegistrationError, match="not that"):
                    await ready
            trigger.unregister()
            assert (await engine.heard("unregistertrigger"))["id"] == said["id"]


class Bell(TriggerHandler[Any]):
    """Remembers what it is told."""

    def __init__(self) -> None:
        self.bound: dict[str, BoundTrigger] = {}
        self.log: list[str] = []

    async def register_trigger(self, config: BoundTrigger) -> None:
        await asyncio.sleep(0)
        if config.config == "refuse":
            raise HandlerError("picky", "not that")
        if config.config == "break":
            raise ValueError("broken")
        self.log.append(f"+{config.id}")
        self.bound[config.id] = config

    async def unregister_trigger(self, config: BoundTrigger) -> None:
        self.log.append(f"-{config.id}")
        self.bound.pop(config.id, None)


async def provided(b: Bench) -> tuple[Engine, Bell]:
    engine, bell = await b.engine(), Bell()
    b.client.register_trigger_type({"id": "bell", "description": "rings"}, bell)
    await engine.heard("registertriggertype")
    return engine, bell


async def bind(engine: Engine, **more: Any) -> dict[str, Any]:
    engine.say({**TRIGGER, **more})
    return await engine.heard("triggerregistrationresult")


async def test_a_provider_serves_refuses_and_lets_go() -> None:
    async with bench() as b:
        engine, bell = await provided(b)
        assert "error" not in await bind(engine, config={"volume": 3})
        assert bell.bound["t1"].config == {"volume": 3}
        answer = await bind(engine, id="t2", config="refuse")
        assert answer["error"] == {"code": "picky", "message": "not that"}
        answer = await bind(engine, id="t3", config="break")
        assert answer["error"]["code"] == "trigger_registration_failed"
        answer = await bind(engine, id="t4", config={"condition_function_id": 7})
        assert answer["error"]["code"] == "INVALID_ARGUMENTS"
        answer = await bind(engine, id="t5", trigger_type="gong")
        assert answer["error"]["code"] == "trigger_type_not_found"
        engine.say({"type": "unregistertrigger", "id": "t1"})
        await settle()
        assert bell.log == ["+t1", "-t1"]


async def test_triggers_are_bound_anew_after_a_reconnect() -> None:
    async with bench() as b:
        engine, bell = await provided(b)
        await bind(engine)
        engine.connection.drop()
        await settle()
        await b.advance(0.16)
        engine = await b.engine()
        await settle()
        await bind(engine)
        assert bell.log == ["+t1", "-t1", "+t1"]
        b.client.unregister_trigger_type({"id": "bell", "description": ""})
        await engine.heard("unregistertriggertype")
        await settle()
        assert bell.log[-1] == "-t1"


@pytest.mark.parametrize(("verdict", "blocked"), [(False, True), (None, False), (0, False)])
async def test_only_the_literal_false_blocks(verdict: Any, blocked: bool) -> None:
    async with bench() as b:
        engine, bell = await provided(b)
        await bind(engine, config={"condition_function_id": "may_ring"}, metadata={"m": 1})
        firing = asyncio.ensure_future(bell.bound["t1"].fire({"rang": True}))
        asked = await engine.answer(result=verdict)
        assert (asked["function_id"], asked["data"]) == ("may_ring", {"rang": True})
        if not blocked:
            ran = await engine.answer(result="heard")
            assert (ran["function_id"], ran["metadata"]) == ("on_ring", {"m": 1})
        fired = await firing
        assert fired.blocked is blocked
        assert blocked or fired.result == "heard"


async def test_a_condition_that_fails_means_not_run() -> None:
    async with bench() as b:
        engine, bell = await provided(b)
        await bind(engine, config={"condition_function_id": "may_ring"})
        firing = asyncio.ensure_future(bell.bound["t1"].fire_void({}))
        await engine.answer(error={"code": "broken", "message": "?"})
        with pytest.raises(InvocationError):
            await firing
        await settle()
        assert engine.silent()
