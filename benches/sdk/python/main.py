"""Echo through one engine: `iii_kit` and the published `iii` in turn, as callers and as workers.

`III_BIN=path/to/iii python main.py [--rounds N] [--packages iii_kit,iii]`, with an interpreter that
has both packages. Prints a JSON line for each measurement, then the ratios of the medians.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import peer

_HERE = Path(__file__).parent
_CONFIG = "listeners:\n  - bind: 127.0.0.1:0\nworkers:\n  - name: state\n"
_CALLERS = (("sync", 1), ("async", 1), ("handler", 1), ("async", 64), ("handler", 64))
_WORKERS = (("coroutine", 1), ("function", 1), ("coroutine", 64), ("function", 64))
_CALLS = {1: 3_000, 64: 20_000}


@contextmanager
def engine() -> Iterator[str]:
    """An engine on a port of its own."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "iii-config.yaml").write_text(_CONFIG)
        command = [os.environ["III_BIN"], "serve", "--json"]
        with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            try:
                yield json.loads(process.stdout.readline())["listeners"][0]
            finally:
                process.terminate()


@contextmanager
def beside(*arguments: str) -> Iterator[None]:
    """A process that serves meanwhile."""
    command = [sys.executable, *arguments]
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, **pipes) as process:
        assert process.stdout is not None and process.stdin is not None
        assert process.stdout.readline().strip() == "ready"
        try:
            yield
        finally:
            process.stdin.close()


def caller(package: str, role: str, url: str, in_flight: int, calls: int) -> dict[str, Any]:
    with beside(str(_HERE / "peer.py"), url):
        arguments = [package, role, url, str(in_flight), str(calls)]
        command = [sys.executable, str(_HERE / "subject.py"), *arguments]
        return json.loads(subprocess.run(command, check=True, capture_output=True).stdout)


def worker(package: str, role: str, url: str, in_flight: int, calls: int) -> dict[str, Any]:
    async def measure() -> Any:
        caller = peer.Caller()
        await caller.run(url, "bench::subject", in_flight, calls // 10)
        return await caller.run(url, "bench::subject", in_flight, calls)

    with beside(str(_HERE / "subject.py"), package, role, url, "0", "0"):
        return asyncio.run(measure())


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--packages", default="iii_kit,iii")
    given = parser.parse_args()
    packages = given.packages.split(",")
    found: dict[tuple[str, str, int], dict[str, list[dict[str, Any]]]] = {}
    with engine() as url:
        for _ in range(given.rounds):
            for kind, cases, run in (("caller", _CALLERS, caller), ("worker", _WORKERS, worker)):
                for role, in_flight in cases:
                    for package in packages:
                        line = run(package, role, url, in_flight, _CALLS[in_flight])
                        about = {"package": package, "kind": kind, "role": role}
                        print(json.dumps({**about, "in_flight": in_flight, **line}), flush=True)
                        key = (kind, role, in_flight)
                        found.setdefault(key, {}).setdefault(package, []).append(line)
    if len(packages) == 2:
        report(found, packages)


def report(found: dict[Any, dict[str, list[dict[str, Any]]]], packages: list[str]) -> None:
    for (kind, role, in_flight), lines in found.items():
        rate, p50 = (
            statistics.median(line[name] for line in lines[packages[0]])
            / statistics.median(line[name] for line in lines[packages[1]])
            for name in ("calls_per_s", "p50_us")
        )
        about = {"kind": kind, "role": role, "in_flight": in_flight}
        ratios = {"calls_per_s_ratio": round(rate, 2), "p50_ratio": round(p50, 2)}
        print(json.dumps({**about, **ratios}))


if __name__ == "__main__":
    main()
