"""Short words for what most checks do with functions."""

from __future__ import annotations

from typing import Any

from iii import InvocationError

from checks import Inbox, World, eventually


def failure(world: World, function_id: str, payload: Any = None, **more: Any) -> InvocationError:
    try:
        answer = world.call(function_id, payload, **more)
    except InvocationError as error:
        return error
    raise AssertionError(f"{function_id} answered {answer!r} instead of failing")


def serve(world: World, function_id: str, handler: Any, **options: Any) -> Any:
    """Registers a function and waits until it can be found."""
    reference = world.provider.register_function(function_id, handler, **options)
    eventually(function_id, lambda: listed(world, function_id))
    return reference


def listed(world: World, function_id: str) -> dict[str, Any] | None:
    functions = world.call("engine::functions::list")["functions"]
    return next((f for f in functions if f["function_id"] == function_id), None)


def collector(world: World, function_id: str) -> Inbox:
    """Serves a function that collects what it is given."""
    inbox = Inbox()
    serve(world, function_id, inbox.put)
    return inbox
