"""Functions: registered, called, failing, named, listed."""

from __future__ import annotations

import asyncio
from typing import Any

from iii import InvocationError, TriggerAction, current_invocation

import package
from checks import Inbox, World, check, eventually, expect
from functions import failure, listed, serve

VALUES: list[Any] = [
    None, True, 0, -1, 1.5, 2**53, 10**30, "", "größe 東京 \U0001f600 \"\\\n", [], {}, [None, [1]],
    {"z": 1, "a": {"null": None}, "": "empty key"},
]


@check
def sync_function(world: World) -> None:
    serve(world, "py::sync", lambda data: {"got": data})
    expect(world.call("py::sync", {"n": 1}), {"got": {"n": 1}})


@check
def async_function(world: World) -> None:
    async def handler(data: Any) -> Any:
        await asyncio.sleep(0.01)
        return {"got": data}

    serve(world, "py::async", handler)
    expect(world.call("py::async", [1, 2]), {"got": [1, 2]})


@check
def self_call(world: World) -> None:
    answer = world.provider.trigger({"function_id": "py::sync", "payload": "me"})
    expect(answer, {"got": "me"})


@check
def nested_call(world: World) -> None:
    async def outer(data: Any) -> Any:
        return await world.provider.trigger_async({"function_id": "py::sync", "payload": data})

    serve(world, "py::outer", outer)
    expect(world.call("py::outer", 5), {"got": 5})


@check
def every_kind_of_value(world: World) -> None:
    serve(world, "py::echo", lambda data: data)
    for value in VALUES:
        answer = world.call("py::echo", value)
        expect((type(answer), answer), (type(value), value))


@check
def payload_none(world: World) -> None:
    serve(world, "py::kind", lambda data: str(type(data)))
    expect(world.call("py::kind", None, timeout_ms=5000), str(type(None)))


@check
def nothing_caller_sent_is_changed(world: World) -> None:
    serve(world, "py::keys", lambda data: list(data))
    expect(world.call("py::keys", {"b": 1, "a": 2, "c": 3}), ["b", "a", "c"])


@check
def handler_error(world: World) -> None:
    def handler(_: Any) -> Any:
        raise ValueError("no such order")

    serve(world, "py::fails", handler)
    error = failure(world, "py::fails", {})
    expect((error.code, error.message), ("invocation_failed", "no such order"))
    assert "ValueError" in (error.stacktrace or ""), error.stacktrace


@check
def unknown_function(world: World) -> None:
    error = failure(world, "py::nobody")
    expect(error.code, "function_not_found")
    assert "py::nobody" in error.message, error.message


@check
def namespaces(world: World) -> None:
    world.stranger.register_function("ns::where", lambda _: "billing")
    ask = {"function_id": "ns::where", "payload": {}, "namespace": "billing"}
    expect(eventually("ns::where", lambda: world.caller.trigger(ask)), "billing")
    error = failure(world, "ns::where", {})
    expect(error.code, "function_not_found")
    assert "billing" in error.message, error.message
    # A worker's calls stay in its own namespace unless they say otherwise.
    expect(world.stranger.trigger({"function_id": "ns::where", "payload": {}}), "billing")
    there = {"function_id": "py::echo", "payload": 1, "namespace": "default"}
    expect(world.stranger.trigger(there), 1)


@check
def void_call(world: World) -> None:
    inbox = Inbox()
    serve(world, "py::void", inbox.put)
    expect(world.call("py::void", {"n": 1}, action=TriggerAction.Void()), None)
    expect(inbox.take(), {"n": 1})


@check
def call_metadata(world: World) -> None:
    def handler(data: Any, metadata: Any = None) -> Any:
        return {"data": data, "metadata": metadata}

    serve(world, "py::metadata", handler)
    answer = world.call("py::metadata", 1, metadata={"tenant": "a"})
    expect(answer, {"data": 1, "metadata": {"tenant": "a"}})
    expect(world.call("py::metadata", 1), {"data": 1, "metadata": None})


@check
def caller_identity(world: World) -> None:
    def handler(_: Any) -> Any:
        context = current_invocation()
        return {"function": context.function_id, "caller": context.caller}

    serve(world, "py::context", handler)
    answer = world.call("py::context", {})
    expect(answer["function"], "py::context")
    expect(answer["caller"]["worker_id"], world.caller.worker_id)
    expect(answer["caller"]["worker_name"], "py-caller")


@check
def own_timeout(world: World) -> None:
    async def handler(_: Any) -> Any:
        await asyncio.sleep(2)

    serve(world, "py::slow", handler)
    expect(failure(world, "py::slow", {}, timeout_ms=200).code, "TIMEOUT")


@check
def enqueue_without_a_queue(world: World) -> None:
    error = failure(world, "py::echo", 1, action=TriggerAction.Enqueue(queue="default"))
    expect(error.code, "enqueue_error")


@check
def blank_namespace(world: World) -> None:
    raw = {"function_id": "py::echo", "payload": 1, "namespace": " "}
    try:
        world.caller.trigger(raw)
    except InvocationError as error:
        expect(error.code, "INVALID_NAMESPACE")
    except ValueError:
        pass  # The client may refuse it before the engine does.
    else:
        raise AssertionError("a blank namespace was accepted")


@check
def unregister_function(world: World) -> None:
    reference = serve(world, "py::gone", lambda _: 1)
    reference.unregister()
    eventually("py::gone leaves", lambda: not listed(world, "py::gone"))
    expect(failure(world, "py::gone").code, "function_not_found")


@check
def many_calls_in_flight(world: World) -> None:
    async def call(n: int) -> Any:
        return await world.caller.trigger_async({"function_id": "py::echo_async", "payload": n})

    async def echo(data: Any) -> Any:
        return data

    async def all_calls() -> list[Any]:
        return await asyncio.gather(*(call(n) for n in range(500)))

    serve(world, "py::echo_async", echo)
    expect(world.caller._run_on_loop(all_calls()), list(range(500)))


@check
def discovery(world: World) -> None:
    serve(
        world,
        "py::described",
        lambda data: data,
        description="says what it was told",
        metadata={"team": "shop"},
        request_format={"type": "object"},
    )
    function = listed(world, "py::described")
    expect(function["worker_name"], "py-provider")
    expect(function["description"], "says what it was told")
    expect(function["metadata"], {"team": "shop"})
    info = world.call("engine::functions::info", {"function_id": "py::described"})
    expect(info["request_schema"], {"type": "object"})
    expect(failure(world, "engine::functions::info", {"function_id": "no"}).code, "NOT_FOUND")
    workers = world.call("engine::workers::list")["workers"]
    mine = next(w for w in workers if w["name"] == "py-provider")
    about = ("python", package.VERSION, "default")
    expect((mine["runtime"], mine["version"], mine["namespace"]), about)
    expect(mine["status"], "connected")


@check
def observe_is_unsupported_and_harmless(world: World) -> None:
    handle = world.caller.observe({"function_id": "py::echo"}, "py::void")
    expect(world.call("py::echo", 3), 3)
    handle.dispose()
