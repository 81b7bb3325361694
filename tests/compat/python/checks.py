"""Names checks, runs them and prints one JSON line for each."""

from __future__ import annotations

import json
import sys
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

#: How long anything may take that is not itself about waiting.
PATIENCE_S = 20.0

_CHECKS: list[tuple[str, Callable[["World"], Any]]] = []


@dataclass
class World:
    """What every check may use."""

    url: str
    http_url: str
    #: Registers functions and is called.
    provider: Any
    #: Calls.
    caller: Any
    #: Lives in another namespace.
    stranger: Any
    notes: dict[str, Any] = field(default_factory=dict)

    def call(self, function_id: str, payload: Any = None, **more: Any) -> Any:
        return self.caller.trigger({"function_id": function_id, "payload": payload, **more})


def check(function: Callable[[World], Any]) -> Callable[[World], Any]:
    """Registers a check under its name; it fails by raising."""
    _CHECKS.append((function.__name__, function))
    return function


def say(line: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def run_all(world: World) -> None:
    for name, function in _CHECKS:
        started = time.monotonic()
        try:
            detail = function(world)
            ok = True
        except Exception:  # noqa: BLE001 - whatever goes wrong is the finding
            detail = traceback.format_exc(limit=-3)
            ok = False
        took_ms = round((time.monotonic() - started) * 1000)
        say({"check": name, "ok": ok, "detail": detail, "ms": took_ms})


def expect(actual: Any, wanted: Any) -> None:
    if actual != wanted:
        raise AssertionError(f"expected {wanted!r}, got {actual!r}")


def eventually(what: str, probe: Callable[[], Any]) -> Any:
    """The first true answer of `probe`; registrations of these clients cannot be awaited."""
    deadline = time.monotonic() + PATIENCE_S
    last: Any = None
    while time.monotonic() < deadline:
        try:
            last = probe()
            if last:
                return last
        except Exception as error:  # noqa: BLE001
            last = error
        time.sleep(0.02)
    raise AssertionError(f"{what}: never happened, last {last!r}")


class Inbox:
    """Collects what handlers receive, from any thread."""

    def __init__(self) -> None:
        self._items: list[Any] = []
        self._changed = threading.Condition()

    def put(self, item: Any) -> None:
        with self._changed:
            self._items.append(item)
            self._changed.notify_all()

    def take(self, matches: Callable[[Any], bool] = lambda _: True) -> Any:
        def found() -> Any:
            return next((item for item in self._items if matches(item)), None)

        with self._changed:
            if not self._changed.wait_for(lambda: found() is not None, PATIENCE_S):
                raise AssertionError(f"nothing came; there is {self._items!r}")
            item = found()
            self._items.remove(item)
            return item

    def __len__(self) -> int:
        with self._changed:
            return len(self._items)
