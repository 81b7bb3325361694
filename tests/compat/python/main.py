"""The published Python client, unmodified, against an engine:
`main.py ENGINE_URL HTTP_URL PART`.

With `III_PACKAGE=iii_kit` the same programs run on this project's own package.
"""

from __future__ import annotations

import importlib
import sys
import warnings

# The client announces that its trigger interface will go; the engine keeps it.
warnings.simplefilter("ignore", DeprecationWarning)

import package  # noqa: E402, F401
from iii import InitOptions, register_worker  # noqa: E402

from checks import World, run_all  # noqa: E402

# In the order in which they run. Telemetry comes early: it is shared by all clients of a process
# and ends when the first of them shuts down.
PARTS = {
    "clients": ("calls", "telemetry", "events", "web", "streams", "reconnect"),
    "durable": ("queues", "topics", "state", "crash"),
}


def worker(url: str, name: str, namespace: str | None = None):
    options = InitOptions(worker_name=name, namespace=namespace, invocation_timeout_ms=20_000)
    return register_worker(url, options)


def main() -> None:
    url, http_url, part = sys.argv[1:4]
    for name in PARTS[part]:
        importlib.import_module(name)
    world = World(
        url=url,
        http_url=http_url,
        provider=worker(url, "py-provider"),
        caller=worker(url, "py-caller"),
        stranger=worker(url, "py-stranger", "billing"),
    )
    run_all(world)
    for client in (world.provider, world.caller, world.stranger):
        client.shutdown()


if __name__ == "__main__":
    main()
