"""The other end of a measurement: a worker or caller of bare frames, as cheap as Python allows.

It costs the same whatever package is measured, and less than any of them.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[3] / "sdk" / "python" / "src"))

from figures import Figures, figures

from iii_kit._transport.base import Closed
from iii_kit._transport.ws import WsDialer

_ID = re.compile(rb'"invocation_id":"([^"]+)"')
_NAME = b'{"type":"invokefunction","function_id":"engine::workers::register","action":%s,"data":%s}'
_VOID = b'{"type":"void"}'


class Peer:
    """One connection."""

    def __init__(self) -> None:
        self.greeted = asyncio.Event()
        self.registered = asyncio.Event()
        self.send: Any = None

    async def connect(self, url: str, name: str) -> None:
        connection = await WsDialer(url).dial(self)
        self.send = connection.send
        connection.start()
        await self.greeted.wait()
        about = {"name": name, "features": ["iii-kit.v1"]}
        self.send(_NAME % (_VOID, json.dumps(about).encode()))

    def received(self, messages: list[bytes]) -> None:
        for message in messages:
            self.message(message)

    def message(self, message: bytes) -> None:
        if b'"workerregistered"' in message[:40]:
            self.greeted.set()
        elif b'"functionregistered"' in message[:40]:
            self.registered.set()

    def room(self) -> None:
        pass

    def closed(self, closed: Closed) -> None:
        pass


class Echo(Peer):
    """A worker that offers `bench::echo`."""

    async def serve(self, url: str) -> None:
        await self.connect(url, "bench-peer")
        self.send(b'{"type":"registerfunction","id":"bench::echo"}')
        await self.registered.wait()

    def message(self, message: bytes) -> None:
        if b'"invokefunction"' in message[:40]:
            found = _ID.search(message)
            assert found is not None
            self.send(
                b'{"type":"invocationresult","invocation_id":"%b","function_id":"bench::echo",'
                b'"result":{"id":7,"text":"what an order says"}}' % found[1]
            )
        else:
            super().message(message)


class Caller(Peer):
    """Calls a function, so many at once."""

    def __init__(self) -> None:
        super().__init__()
        self._waiting: dict[bytes, float] = {}
        self._left = 0
        self._number = 0
        self._function = b""
        self._times: list[float] = []
        self._done = asyncio.Event()

    async def run(self, url: str, function: str, in_flight: int, calls: int) -> Figures:
        if self.send is None:
            await self.connect(url, "bench-peer")
        self._function, self._left = function.encode(), calls
        self._times, self._done = [], asyncio.Event()
        began = time.perf_counter()
        for _ in range(in_flight):
            self._call()
        await self._done.wait()
        return figures(self._times, time.perf_counter() - began)

    def _call(self) -> None:
        self._left -= 1
        self._number += 1
        key = b"%d" % self._number
        self._waiting[key] = time.perf_counter()
        self.send(
            b'{"type":"invokefunction","invocation_id":"%b","function_id":"%b",'
            b'"data":{"id":7,"text":"what an order says"},"timeout_ms":30000}'
            % (key, self._function)
        )

    def message(self, message: bytes) -> None:
        if b'"invocationresult"' in message[:40]:
            found = _ID.search(message)
            assert found is not None and b'"error"' not in message, message
            self._times.append(time.perf_counter() - self._waiting.pop(found[1]))
            if self._left > 0:
                self._call()
            elif not self._waiting:
                self._done.set()
        else:
            super().message(message)


async def main() -> None:
    """`peer.py URL`: serves until its input ends."""
    echo = Echo()
    await echo.serve(sys.argv[1])
    print("ready", flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main())
