"""The engine is killed: what it acknowledged is still there."""

from __future__ import annotations

import sys
from typing import Any

from iii import TriggerAction

from checks import World, check, eventually, expect, say
from functions import collector


@check
def acknowledged_work_survives_a_crash(world: World) -> None:
    world.call("py::after_crash", {"n": 1}, action=TriggerAction.Enqueue(queue="orders"))
    world.call("iii::durable::publish", {"topic": "py.after_crash", "data": {"n": 2}})
    world.call("state::set", {"scope": "py-crash", "key": "a", "value": {"n": 3}})
    say({"request": "restart"})
    expect(sys.stdin.readline().strip(), "restarted")

    def get() -> Any:
        return world.call("state::get", {"scope": "py-crash", "key": "a"}, timeout_ms=1000)

    expect(eventually("the engine is back", get), {"n": 3})
    handled = collector(world, "py::after_crash")
    world.provider.register_trigger(
        {
            "type": "durable:subscriber",
            "function_id": "py::after_crash",
            "config": {"topic": "py.after_crash"},
        }
    )
    expect(handled.take(lambda data: data["n"] == 1), {"n": 1})
    expect(handled.take(lambda data: data["n"] == 2), {"n": 2})
