"""Runs coroutines as tests, tells skips, and starts the real engine."""

from __future__ import annotations

import asyncio
import inspect
import os
from collections.abc import Iterator

import pytest

from support.engine import Engine
from support.patience import PATIENCE_S


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """A test that is a coroutine gets an event loop of its own, and ends in time."""
    function = pyfuncitem.obj
    if not inspect.iscoroutinefunction(function):
        return None
    names = inspect.signature(function).parameters
    arguments = {name: pyfuncitem.funcargs[name] for name in names}

    async def run() -> None:
        async with asyncio.timeout(PATIENCE_S):
            await function(**arguments)

    asyncio.run(run())
    return True


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Skips are visible: they go to the file that `III_SKIP_LOG` names."""
    outcome = yield
    report = outcome.get_result()  # type: ignore[attr-defined]
    log = os.environ.get("III_SKIP_LOG")
    if log and report.skipped and isinstance(report.longrepr, tuple):
        reason = str(report.longrepr[2]).removeprefix("Skipped: ")
        with open(log, "a", encoding="utf-8") as file:
            file.write(f"sdk-python::{item.name}\t{reason}\n")


@pytest.fixture(scope="session")
def shared_engine() -> Iterator[Engine]:
    """One engine for every test that does not kill it."""
    with Engine.start() as engine:
        yield engine


@pytest.fixture
def engine() -> Iterator[Engine]:
    """An engine of the test's own."""
    with Engine.start() as engine:
        yield engine
