"""Functions and trigger types of the engine itself."""

from __future__ import annotations

from typing import Final

from ._handler import RemoteFunctionHandler


class EngineFunctions:
    """Ids of the engine's functions.

    ```python
    functions = iii.trigger({"function_id": EngineFunctions.LIST_FUNCTIONS, "payload": {}})
    ```
    """

    LIST_FUNCTIONS: Final = "engine::functions::list"
    INFO_FUNCTIONS: Final = "engine::functions::info"
    LIST_WORKERS: Final = "engine::workers::list"
    INFO_WORKERS: Final = "engine::workers::info"
    LIST_TRIGGERS: Final = "engine::triggers::list"
    INFO_TRIGGERS: Final = "engine::triggers::info"
    LIST_REGISTERED_TRIGGERS: Final = "engine::registered-triggers::list"
    INFO_REGISTERED_TRIGGERS: Final = "engine::registered-triggers::info"
    REGISTER_WORKER: Final = "engine::workers::register"


class EngineTriggers:
    """Ids of the engine's trigger types.

    ```python
    kind = EngineTriggers.FUNCTIONS_AVAILABLE
    iii.register_trigger({"type": kind, "function_id": "catalog::changed", "config": {}})
    ```
    """

    FUNCTIONS_AVAILABLE: Final = "engine::functions-available"
    WORKERS_AVAILABLE: Final = "engine::workers-available"
    LOG: Final = "log"


__all__ = ["EngineFunctions", "EngineTriggers", "RemoteFunctionHandler"]
