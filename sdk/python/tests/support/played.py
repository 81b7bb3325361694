"""A client over the memory transport, with a clock that the test moves and an engine it plays."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from iii_kit import AsyncClient, InitOptions, Limits
from iii_kit._clock import ManualClock
from iii_kit._transport.memory import MemoryConnection, MemoryDialer

GREETING = {
    "type": "workerregistered",
    "worker_id": "b046f3c1-0d2e-4f5a-8b6c-7d8e9fa0b1c2",
    "reattach_token": "token-1",
    "features": ["iii-kit.v1"],
    "channel_secret": "c2VjcmV0",
}
CALL = {"type": "invokefunction", "invocation_id": "e-1", "function_id": "f"}


async def settle() -> None:
    """Lets everything happen that can happen without time going on."""
    for _ in range(20):
        await asyncio.sleep(0)


class Engine:
    """The engine's end of one connection."""

    def __init__(self, connection: MemoryConnection) -> None:
        self.connection = connection

    async def said(self) -> dict[str, Any]:
        """The worker's next message."""
        return json.loads(await self.connection.sent.get())

    async def heard(self, kind: str) -> dict[str, Any]:
        """The worker's next message of this type; others are passed over."""
        while True:
            message = await self.said()
            if message["type"] == kind:
                return message

    def silent(self) -> bool:
        """Whether the worker has said nothing further."""
        return self.connection.sent.empty()

    def say(self, *messages: dict[str, Any]) -> None:
        self.connection.deliver(*(json.dumps(message).encode() for message in messages))

    async def greet(self, **more: Any) -> list[dict[str, Any]]:
        """Greets, and returns everything that the worker says at once."""
        self.say({**GREETING, **more})
        await settle()
        said: list[dict[str, Any]] = []
        while not self.silent():
            said.append(await self.said())
        return said

    async def answer(self, **answer: Any) -> dict[str, Any]:
        """Answers the worker's next call, and returns that call."""
        call = await self.heard("invokefunction")
        about = {"type": "invocationresult", "invocation_id": call["invocation_id"]}
        self.say({**about, **answer})
        return call


class Bench:
    """Everything a test needs."""

    def __init__(self, options: InitOptions) -> None:
        self.dialer = MemoryDialer()
        self.clock = ManualClock()
        self.client = AsyncClient(self.dialer, options, clock=self.clock)

    async def engine(self, **more: Any) -> Engine:
        """The next connection, greeted; what the worker said first is dropped."""
        engine = await self.accept()
        await engine.greet(**more)
        return engine

    async def accept(self) -> Engine:
        """The next connection."""
        engine = Engine(await self.dialer.connections.get())
        await settle()
        return engine

    async def advance(self, seconds: float) -> None:
        self.clock.advance(seconds)
        await settle()


@asynccontextmanager
async def bench(limits: Limits | None = None, **options: Any) -> AsyncIterator[Bench]:
    """A client that connects as soon as the test accepts."""
    about = {"worker_name": "orders", **options}
    made = Bench(InitOptions(limits=limits or Limits(), **about))
    made.client.start()
    try:
        yield made
    finally:
        await made.client.shutdown(0)
