"""Lines in, lines out."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from typing import Any

_LINE_BYTES_MAX = 256 << 20


class Lines:
    """Standard input and output as JSON objects."""

    async def requests(self) -> AsyncIterator[dict[str, Any]]:
        """Every request until the input ends."""
        reader = asyncio.StreamReader(limit=_LINE_BYTES_MAX)
        loop = asyncio.get_running_loop()
        protocol = asyncio.StreamReaderProtocol(reader)
        transport, _ = await loop.connect_read_pipe(lambda: protocol, sys.stdin)
        try:
            while line := await reader.readline():
                yield json.loads(line)
        finally:
            transport.close()

    def write(self, line: dict[str, Any]) -> None:
        """Writes a reply or an event."""
        sys.stdout.write(json.dumps(line, separators=(",", ":")) + "\n")
        sys.stdout.flush()

    def event(self, name: str, **fields: Any) -> None:
        """Writes an event; absent fields are left out."""
        known = {key: value for key, value in fields.items() if value is not None}
        self.write({"event": name, **known})
