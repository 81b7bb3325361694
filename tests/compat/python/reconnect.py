"""The engine goes away and comes back: everything is announced again."""

from __future__ import annotations

import sys
from typing import Any

from checks import World, check, eventually, expect, say
from web import fetch


@check
def calls_after_a_restart(world: World) -> None:
    before = world.provider.worker_id
    say({"request": "restart"})
    expect(sys.stdin.readline().strip(), "restarted")

    def again() -> Any:
        return world.call("py::echo", "again", timeout_ms=1000)

    answer = eventually("the function is back", again)
    expect(answer, "again")
    assert world.provider.worker_id != before, "the connection is still the old one"


@check
def triggers_after_a_restart(world: World) -> None:
    eventually("the route is back", lambda: fetch(world, "/py/text").status == 200)
