"""What a worker says about itself."""

from __future__ import annotations

import os
from typing import Any, Final

from . import _env
from ._codec import encode
from ._types import InitOptions
from ._version import __version__

#: What our SDKs and the engine can do beyond the base protocol.
FEATURE: Final = "iii-kit.v1"
_REGISTER_WORKER: Final = "engine::workers::register"


def introduction(options: InitOptions, name: str, namespace: str | None) -> bytes:
    """The call that names this worker."""
    data: dict[str, Any] = {
        "runtime": "python",
        "version": __version__,
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
