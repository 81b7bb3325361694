"""The functions of `state`, and the trigger of what changes there."""

from __future__ import annotations

from typing import Any

from checks import World, check, eventually, expect
from functions import collector, failure, serve


@check
def state_functions(world: World) -> None:
    def at(key: str) -> dict[str, Any]:
        return {"scope": "py-orders", "key": key}

    answer = world.call("state::set", {**at("a"), "value": {"n": 1}})
    expect((answer.get("old_value"), answer["new_value"]), (None, {"n": 1}))
    # An older name of the field.
    expect(world.call("state::set", {**at("b"), "data": [2]})["new_value"], [2])
    expect(world.call("state::get", at("a")), {"n": 1})
    expect(world.call("state::get", at("none")), None)
    values = world.call("state::list", {"scope": "py-orders"})
    expect(sorted(values, key=str), [[2], {"n": 1}])
    assert "py-orders" in world.call("state::list_groups", {})["groups"]
    expect(world.call("state::delete", at("b")), [2])
    expect(world.call("state::delete", at("b")), None)


@check
def state_update(world: World) -> None:
    def update(ops: list[dict[str, Any]]) -> Any:
        return world.call("state::update", {"scope": "py-counters", "key": "a", "ops": ops})

    made = update(
        [
            {"type": "set", "path": "name", "value": "x"},
            {"type": "increment", "path": "n", "by": 5},
            {"type": "decrement", "path": "n", "by": 2},
            {"type": "append", "path": "list", "value": 7},
            {"type": "append", "path": "text", "value": "as it is"},
            {"type": "append", "path": "text", "value": ", longer"},
            {"type": "merge", "path": ["more", "deep"], "value": {"here": True}},
            {"type": "merge", "value": {"top": 1}},
        ]
    )
    wanted = {
        "name": "x",
        "n": 3,
        "list": [7],
        "text": "as it is, longer",
        "more": {"deep": {"here": True}},
        "top": 1,
    }
    found = (made.get("old_value"), made["new_value"], made.get("errors", []))
    expect(found, (None, wanted, []))
    partly = update(
        [{"type": "increment", "path": "name", "by": 1}, {"type": "remove", "path": "top"}]
    )
    errors = [(error["op_index"], error["code"]) for error in partly["errors"]]
    expect(errors, [(0, "increment.not_number")])
    expect("top" in partly["new_value"], False)


@check
def state_errors(world: World) -> None:
    error = failure(world, "state::set", {"key": "a", "value": 1})
    assert "scope" in error.message, error


@check
def state_changes(world: World) -> None:
    at = {"scope": "py-watched", "key": "a"}
    serve(world, "py::is_not_secret", lambda event: event.get("new_value") != "secret")
    changes = collector(world, "py::on_change")
    config = {**at, "condition_function_id": "py::is_not_secret"}
    world.provider.register_trigger(
        {"type": "state", "function_id": "py::on_change", "config": config}
    )

    def probe() -> bool:
        # Whether the trigger is bound cannot be asked, so the value changes until that is seen.
        world.call("state::delete", at)
        world.call("state::set", {**at, "value": "probe"})
        return len(changes) > 0

    eventually("a change is seen", probe)
    world.call("state::set", {**at, "value": 1})
    # Nothing of before can come any more: the events of a key come in order.
    while changes.take().get("new_value") != 1:
        pass
    world.call("state::set", {**at, "value": "secret"})
    world.call("state::set", {**at, "key": "b", "value": 2})
    world.call("state::update", {**at, "ops": [{"type": "set", "path": "", "value": 3}]})
    world.call("state::delete", at)
    seen = [changes.take(), changes.take()]
    expect(
        [[event[name] for name in ("type", "event_type", "scope", "key")] for event in seen],
        [
            ["state", "state:updated", "py-watched", "a"],
            ["state", "state:deleted", "py-watched", "a"],
        ],
    )
    values = [(event["old_value"], event.get("new_value")) for event in seen]
    expect(values, [("secret", 3), (3, None)])
