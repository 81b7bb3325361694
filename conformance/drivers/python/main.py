"""The conformance driver of the Python SDK: one JSON object a line, see conformance/README.md."""

from __future__ import annotations

import asyncio
import logging
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3] / "sdk" / "python" / "src"))

from lines import Lines
from operations import Operations


async def main() -> None:
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING)
    lines = Lines()
    operations = Operations(lines)
    tasks: set[asyncio.Task[None]] = set()
    async for request in lines.requests():
        task = asyncio.create_task(operations.serve(request))
        tasks.add(task)
        task.add_done_callback(tasks.discard)
    await operations.close()
    for task in tasks:
        task.cancel()


if __name__ == "__main__":
    asyncio.run(main())
