"""Server-sent events, as `EventSource` of browsers reads them."""

from __future__ import annotations

import re
from typing import Any, Final

from ._channels import ChannelWriter
from ._json import dumps

# What the answer says before the first event. Proxies that collect answers before they pass them on
# leave one with the last header alone.
EVENT_HEADERS: Final = {
    "content-type": "text/event-stream",
    "cache-control": "no-cache",
    "x-accel-buffering": "no",
}

# Every kind of line end would end a field, and a null hides what follows.
_LINE_ENDS = re.compile("\r\n|\r|\n")
_BREAKS = re.compile("[\r\n\0]")


class EventStream:
    """An answer of server-sent events. Writing waits while the client is slow, and fails when it
    has left.

    ```python
    @http
    async def progress(request, response):
        events = await response.events()
        for percent in (0, 50, 100):
            await events.send({"percent": percent}, event="progress")
        await events.close()
    ```
    """

    def __init__(self, writer: ChannelWriter) -> None:
        self._writer = writer

    async def send(
        self,
        data: Any,
        *,
        event: str | None = None,
        id: str | None = None,
        retry_ms: int | None = None,
    ) -> None:
        """Sends an event. A text may have several lines; anything else is sent as JSON."""
        await self._writer.write(encode_event(data, event, id, retry_ms))

    async def keep_alive(self) -> None:
        """Tells the client, and proxies on the way, that the stream is there."""
        await self._writer.write(b":\n\n")

    async def close(self) -> None:
        """Ends the answer. Browsers come back after that, so say in an event that it was all."""
        await self._writer.close_async()


def encode_event(
    data: Any, event: str | None = None, id: str | None = None, retry_ms: int | None = None
) -> bytes:
    """An event as it is written."""
    lines: list[str] = []
    if event is not None:
        lines.append(f"event: {_BREAKS.sub(' ', event)}")
    if id is not None:
        lines.append(f"id: {_BREAKS.sub(' ', id)}")
    if retry_ms is not None:
        lines.append(f"retry: {retry_ms}")
    text = data if isinstance(data, str) else dumps(data).decode()
    lines.extend(f"data: {line}" for line in _LINE_ENDS.split(text))
    return ("\n".join(lines) + "\n\n").encode()
