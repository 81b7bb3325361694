"""The names of observers, which the engine does not offer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal, NoReturn

from ._errors import ObserveRejection

ObserverState = Literal["pending", "active", "suspended", "error", "disposed"]
Capture = Literal["input", "output", "error", "caller", "metadata"]
Filter = Mapping[str, Any]
Target = str | Mapping[str, Any]
Observed = dict[str, Any]
ObserveSource = dict[str, Any]
ObserverOptions = dict[str, Any]


class ObserverHandle:
    """An observer that was refused.

    ```python
    handle = iii.observe({"function_id": "orders::charge"}, "audit::charged")
    assert handle.state == "error"
    ```
    """

    def __init__(self) -> None:
        self.reason = ObserveRejection("UNSUPPORTED", "the engine offers no observers")
        self.state: ObserverState = "error"

    def ready(self, timeout: float | None = None) -> NoReturn:
        """Raises: it never will be."""
        raise self.reason

    async def ready_async(self) -> NoReturn:
        """Raises: it never will be."""
        raise self.reason

    def on_state_change(self, listener: Callable[[ObserverState], None]) -> Callable[[], None]:
        """The state does not change any more."""
        return lambda: None

    def dispose(self) -> None:
        """Forgets it."""
        self.state = "disposed"

    async def dispose_async(self) -> None:
        """Forgets it."""
        self.state = "disposed"


class Observer:
    """Who observes a function of this worker; there is nobody."""


class ObserveHooks:
    """What to do when somebody observes a function; accepted, and never called.

    ```python
    ObserveHooks(allow=False)
    ```
    """

    def __init__(self, **options: Any) -> None:
        self.options = options
