"""What a worker says about itself."""

from __future__ import annotations

import os
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final

from . import _env
from ._codec import encode
from ._types import InitOptions

#: What our SDKs and the engine can do beyond the base protocol.
FEATURE: Final = "iii-kit.v1"
_REGISTER_WORKER: Final = "engine::workers::register"


def sdk_version() -> str:
    """The version of this package."""
    try:
        return version("iii-kit")
    except PackageNotFoundError:
        return "0.0.0"


def introduction(options: InitOptions, name: str, namespace: str | None) -> bytes:
    """The call that names this worker."""
    data: dict[str, Any] = {
        "runtime": "python",
        "version": sdk_version(),
        "name": name,
        "description": options.worker_description,
        "os": _env.system(),
        "pid": os.getpid(),
        "isolation": _env.get(_env.ISOLATION),
        "namespace": namespace,
        "features": [FEATURE],
    }
    if options.telemetry is not None:
        data["telemetry"] = options.telemetry.model_dump(exclude_none=True)
    message = {
        "type": "invokefunction",
        "function_id": _REGISTER_WORKER,
        "data": data,
        "action": {"type": "void"},
    }
    return encode(message)
