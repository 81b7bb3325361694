"""What is measured: `subject.py PACKAGE ROLE URL IN_FLIGHT CALLS FUNCTION`, the same code for both
packages. Both are told to collect no telemetry.

Roles of callers: `sync` (`trigger` in threads), `async` (`trigger_async` in the program's event
loop), `handler` (`trigger_async` in a handler). Roles of workers, which serve until their input
ends and then print the seconds of processor time that they used: `coroutine` and `function`, after
the kind of their handler.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import sys
import threading
import time
import warnings
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[3] / "sdk" / "python" / "src"))
warnings.simplefilter("ignore")

from figures import Figures, figures  # noqa: E402

_REQUEST: dict[str, Any] = {"payload": {"id": 7, "text": "what an order says"}}


async def awaiting(iii: Any, in_flight: int, calls: int) -> Figures:
    """Calls from the event loop that this runs in."""
    times: list[float] = []
    left = calls

    async def one() -> None:
        nonlocal left
        while left > 0:
            left -= 1
            began = time.perf_counter()
            await iii.trigger_async(_REQUEST)
            times.append(time.perf_counter() - began)

    began = time.perf_counter()
    await asyncio.gather(*(one() for _ in range(in_flight)))
    return figures(times, time.perf_counter() - began)


def blocking(iii: Any, in_flight: int, calls: int) -> Figures:
    """Calls from threads."""
    times: list[float] = []

    def one() -> None:
        for _ in range(calls // in_flight):
            began = time.perf_counter()
            iii.trigger(_REQUEST)
            times.append(time.perf_counter() - began)

    threads = [threading.Thread(target=one) for _ in range(in_flight)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return figures(times, time.perf_counter() - began)


def measure(iii: Any, role: str, in_flight: int, calls: int) -> Figures:
    if role == "sync":
        return blocking(iii, in_flight, calls)
    if role == "async":
        return asyncio.run(awaiting(iii, in_flight, calls))

    async def handler(data: Any) -> Any:
        return await awaiting(iii, in_flight, data)

    iii.register_function("bench::run", handler)
    time.sleep(0.5)  # The published package says nothing when a registration is complete.
    return iii.trigger({"function_id": "bench::run", "payload": calls, "timeout_ms": 120_000})


def serve(iii: Any, role: str) -> None:
    async def coroutine(data: Any) -> Any:
        return data

    def function(data: Any) -> Any:
        return data

    iii.register_function("bench::subject", coroutine if role == "coroutine" else function)
    time.sleep(0.5)
    print("ready", flush=True)
    sys.stdin.readline()
    began = time.process_time()
    sys.stdin.read()
    print(time.process_time() - began, flush=True)


def main() -> None:
    package, role, url, in_flight, calls, _REQUEST["function_id"] = sys.argv[1:7]
    found: Any = importlib.import_module(package)
    name = f"bench-{role}"
    options = found.InitOptions(worker_name=name, otel={"enabled": False})
    iii = found.register_worker(url, options)
    if role in ("coroutine", "function"):
        serve(iii, role)
    else:
        measure(iii, role, int(in_flight), max(200, int(calls) // 10))
        began = time.process_time()
        result = measure_again(iii, role, int(in_flight), int(calls))
        used_us = (time.process_time() - began) * 1e6 / int(calls)
        print(json.dumps({**result, "cpu_us": round(used_us, 1)}), flush=True)
    iii.shutdown()


def measure_again(iii: Any, role: str, in_flight: int, calls: int) -> Figures:
    """The figures that count, after a warm-up."""
    if role == "handler":
        return iii.trigger({"function_id": "bench::run", "payload": calls, "timeout_ms": 120_000})
    return measure(iii, role, in_flight, calls)


if __name__ == "__main__":
    main()
