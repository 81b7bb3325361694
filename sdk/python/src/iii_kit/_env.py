"""Every environment variable the SDK reads, and the only file that reads them."""

from __future__ import annotations

import os
import platform
import socket
from typing import Final

#: Where the engine listens, when `register_worker` is given no address.
URL: Final = "III_URL"
#: Token for the engine's listener.
TOKEN: Final = "III_TOKEN"
#: PEM file with authorities that a `wss` engine may have its certificate from, beside those that
#: the machine trusts.
CA_FILE: Final = "III_CA_FILE"
#: Worker name when the options give none.
WORKER_NAME: Final = "III_WORKER_NAME"
#: Namespace when the options give none; blank means unset.
NAMESPACE: Final = "III_NAMESPACE"
#: What the worker runs in, shown in discovery.
ISOLATION: Final = "III_ISOLATION"
#: `development` sends stack traces along with errors, unless the options say otherwise.
MODE: Final = "III_ENV"
#: Name of the service in telemetry.
OTEL_SERVICE_NAME: Final = "OTEL_SERVICE_NAME"
#: `false` turns log lines and spans off.
OTEL_ENABLED: Final = "OTEL_ENABLED"


def get(name: str) -> str | None:
    """A variable's value, unless it is unset or blank."""
    value = os.environ.get(name, "").strip()
    return value or None


def is_off(name: str) -> bool:
    """Whether a variable says no."""
    return (get(name) or "").lower() in ("0", "false", "no", "off")


def default_worker_name() -> str:
    """What a worker is called that was given no name."""
    return get(WORKER_NAME) or f"{socket.gethostname() or 'worker'}:{os.getpid()}"


def system() -> str:
    """The operating system, for discovery."""
    return f"{platform.system()} {platform.machine()}"
