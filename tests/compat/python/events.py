"""Trigger types of one's own, and those of the engine and of first-party workers."""

from __future__ import annotations

import itertools
from typing import Any

from iii.trigger import TriggerConfig, TriggerHandler

from checks import Inbox, World, check, eventually, expect
from functions import serve


class Bell(TriggerHandler):
    """A trigger type that rings when the test says so, and refuses `{"refuse": true}`."""

    def __init__(self) -> None:
        self.bound = Inbox()
        self.released = Inbox()

    async def register_trigger(self, config: TriggerConfig) -> None:
        if (config.config or {}).get("refuse"):
            raise ValueError("this bell does not like the configuration")
        self.bound.put(config)

    async def unregister_trigger(self, config: TriggerConfig) -> None:
        self.released.put(config.id)


def register_type(world: World, name: str) -> Bell:
    bell = Bell()
    world.provider.register_trigger_type({"id": name, "description": "a bell"}, bell)
    listing = lambda: world.call("engine::triggers::list")["triggers"]  # noqa: E731
    eventually(name, lambda: any(t["id"] == name for t in listing()))
    return bell


@check
def custom_trigger_type(world: World) -> None:
    rung = Inbox()

    def on_ring(data: Any, metadata: Any = None) -> Any:
        rung.put((data, metadata))
        return "heard"

    bell = register_type(world, "py-bell")
    world.caller.register_function("py::on_ring", on_ring)
    trigger = world.caller.register_trigger(
        {
            "type": "py-bell",
            "function_id": "py::on_ring",
            "config": {"volume": 3, "null": None},
            "metadata": {"tenant": "a"},
        }
    )
    bound = bell.bound.take()
    expect(bound.function_id, "py::on_ring")
    expect(bound.config, {"volume": 3, "null": None})
    expect(bound.metadata, {"tenant": "a"})
    fire = {
        "function_id": bound.function_id,
        "payload": {"ding": 1},
        "metadata": bound.metadata,
        "namespace": bound.namespace,
    }
    expect(world.provider.trigger(fire), "heard")
    expect(rung.take(), ({"ding": 1}, {"tenant": "a"}))
    trigger.unregister()
    expect(bell.released.take(), bound.id)


@check
def provider_refuses(world: World) -> None:
    bell = register_type(world, "py-picky")
    refused = {"type": "py-picky", "function_id": "py::echo", "config": {"refuse": True}}
    world.caller.register_trigger(refused)
    # The refusal is only logged by this client; the connection and later triggers must live.
    world.caller.register_trigger({**refused, "config": {"refuse": False}})
    expect(bell.bound.take().config, {"refuse": False})


@check
def trigger_before_its_type(world: World) -> None:
    world.caller.register_trigger({"type": "py-late", "function_id": "py::echo", "config": None})
    bell = register_type(world, "py-late")
    try:
        bound = bell.bound.take()
    except AssertionError as error:
        known = world.call("engine::registered-triggers::list")["registered_triggers"]
        mine = [t for t in known if t["trigger_type"] == "py-late"]
        raise AssertionError(f"{error}; the engine lists {mine!r}") from error
    expect(bound.config, None)


@check
def trigger_type_unregistered(world: World) -> None:
    register_type(world, "py-short-lived")
    world.provider.unregister_trigger_type({"id": "py-short-lived", "description": ""})
    listing = lambda: world.call("engine::triggers::list")["triggers"]  # noqa: E731
    eventually("it leaves", lambda: not any(t["id"] == "py-short-lived" for t in listing()))


@check
def engine_trigger_by_call(world: World) -> None:
    bell = register_type(world, "py-called")
    answer = world.call(
        "engine::register_trigger",
        {"trigger_type": "py-called", "function_id": "py::echo", "config": {"n": 1}},
    )
    expect(bell.bound.take().id, answer["id"])
    expect(world.call("engine::unregister_trigger", {"id": answer["id"]}), {"removed": True})
    expect(bell.released.take(), answer["id"])


@check
def functions_available(world: World) -> None:
    seen = Inbox()
    serve(world, "py::on_functions", seen.put)
    world.provider.register_trigger(
        {"type": "engine::functions-available", "function_id": "py::on_functions", "config": {}}
    )
    registered = lambda: any(  # noqa: E731
        t["function_id"] == "py::on_functions"
        for t in world.call("engine::registered-triggers::list")["registered_triggers"]
    )
    eventually("the trigger", registered)
    world.provider.register_function("py::brand_new", lambda _: 1)
    event = seen.take(
        lambda e: any(f["function_id"] == "py::brand_new" for f in e["functions"])
    )
    expect(event["event"], "functions_changed")


@check
def workers_available(world: World) -> None:
    from iii import InitOptions, register_worker

    seen = Inbox()
    serve(world, "py::on_workers", seen.put)
    world.provider.register_trigger(
        {"type": "engine::workers-available", "function_id": "py::on_workers", "config": {}}
    )
    registered = lambda: any(  # noqa: E731
        t["function_id"] == "py::on_workers"
        for t in world.call("engine::registered-triggers::list")["registered_triggers"]
    )
    eventually("the trigger", registered)
    visitor = register_worker(world.url, InitOptions(worker_name="py-visitor"))

    def await_event(kind: str) -> None:
        seen.take(lambda e: e == {"event": kind, "worker_id": visitor.worker_id})

    await_event("worker_connected")
    await_event("worker_metadata_updated")
    visitor.shutdown()
    await_event("worker_disconnected")


@check
def state_worker(world: World) -> None:
    changes = Inbox()
    serve(world, "py::on_state", changes.put)
    world.provider.register_trigger(
        {"type": "state", "function_id": "py::on_state", "config": {"scope": "py"}}
    )
    where = {"scope": "py", "key": "a"}
    values = itertools.count()

    def written_and_seen() -> Any:
        # Whether the trigger is bound cannot be asked, so the value changes until that is seen.
        world.call("state::set", {**where, "value": {"n": next(values)}})
        return len(changes) > 0

    eventually("a change is seen", written_and_seen)
    event = changes.take()
    expect((event["type"], event["scope"], event["key"]), ("state", "py", "a"))
    now = {"n": next(values) - 1}
    expect(world.call("state::get", where), now)
    expect(world.call("state::get", {"scope": "py", "key": "missing"}), None)
    answer = world.call("state::set", {**where, "value": 2})
    expect((answer["old_value"], answer["new_value"]), (now, 2))
    event = changes.take(lambda e: e["new_value"] == 2)
    expect((event["event_type"], event["old_value"]), ("state:updated", now))
    expect(world.call("state::delete", where), 2)
