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
_BOTH = (("coroutine", 1), ("coroutine", 64))
_CALLS = {1: 3_000, 64: 20_000}


@contextmanager
def engine() -> Iterator[str]:
    """An engine on a port of its own."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "iii-config.yaml").write_text(_CONFIG)
        command = [str(Path(os.environ["III_BIN"]).absolute()), "serve", "--json"]
        with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            try:
                yield json.loads(process.stdout.readline())["listeners"][0]
            finally:
                process.terminate()


class Beside:
    """A process that serves meanwhile."""

    def __init__(self, script: str, *arguments: str) -> None:
        command = [sys.executable, str(_HERE / script), *arguments]
        pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        self._process = subprocess.Popen(command, **pipes)
        assert self._process.stdout is not None
        assert self._process.stdout.readline().strip() == "ready"

    def warm(self) -> None:
        """What it does from now on counts."""
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()

    def end(self) -> float:
        """The seconds of processor time that it used, if it says so."""
        used, _ = self._process.communicate()
        return float(used or 0)


def called(
    package: str, role: str, url: str, in_flight: int, calls: int, to: str
) -> dict[str, Any]:
    """Calls by a package."""
    arguments = [package, role, url, str(in_flight), str(calls), to]
    command = [sys.executable, str(_HERE / "subject.py"), *arguments]
    return json.loads(subprocess.run(command, check=True, capture_output=True).stdout)


def caller(package: str, role: str, url: str, in_flight: int, calls: int) -> dict[str, Any]:
    other = Beside("peer.py", url)
    try:
        return called(package, role, url, in_flight, calls, "bench::echo")
    finally:
        other.end()


def worker(package: str, role: str, url: str, in_flight: int, calls: int) -> dict[str, Any]:
    async def measure() -> Any:
        caller = peer.Caller()
        await caller.run(url, "bench::subject", in_flight, calls // 10)
        subject.warm()
        return await caller.run(url, "bench::subject", in_flight, calls)

    subject = Beside("subject.py", package, role, url, "0", "0", "")
    line = asyncio.run(measure())
    return {**line, "cpu_us": round(subject.end() * 1e6 / calls, 1)}


def both(package: str, role: str, url: str, in_flight: int, calls: int) -> dict[str, Any]:
    """A caller and a worker of the same package; the processor time of both counts, and that of the
    worker's warm-up."""
    subject = Beside("subject.py", package, role, url, "0", "0", "")
    subject.warm()
    line = called(package, "async", url, in_flight, calls, "bench::subject")
    used_us = subject.end() * 1e6 / (calls + max(200, calls // 10))
    return {**line, "cpu_us": round(line["cpu_us"] + used_us, 1)}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--packages", default="iii_kit,iii")
    given = parser.parse_args()
    packages = given.packages.split(",")
    found: dict[tuple[str, str, int], dict[str, list[dict[str, Any]]]] = {}
    with engine() as url:
        for _ in range(given.rounds):
            kinds = (
                ("caller", _CALLERS, caller),
                ("worker", _WORKERS, worker),
                ("both", _BOTH, both),
            )
            for kind, cases, run in kinds:
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
        rate, p50, cpu = (
            statistics.median(line[name] for line in lines[packages[0]])
            / statistics.median(line[name] for line in lines[packages[1]])
            for name in ("calls_per_s", "p50_us", "cpu_us")
        )
        about = {"kind": kind, "role": role, "in_flight": in_flight}
        ratios = {"calls_per_s": rate, "p50": p50, "cpu": cpu}
        ratios = {f"{name}_ratio": round(ratio, 2) for name, ratio in ratios.items()}
        print(json.dumps({**about, **ratios}))


if __name__ == "__main__":
    main()
