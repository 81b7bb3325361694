"""Server-sent events."""

from __future__ import annotations

from typing import Any, cast

from iii_kit._channels import ChannelWriter
from iii_kit._events import encode_event
from iii_kit.http import EventStream, StreamResponse


def test_lines_stay_inside_their_event() -> None:
    written = encode_event("a\nb\r\nc\rd", "x\nid: 7", "1", 2000)
    expected = b"event: x id: 7\nid: 1\nretry: 2000\ndata: a\ndata: b\ndata: c\ndata: d\n\n"
    assert written == expected
    assert encode_event("") == b"data: \n\n"
    assert encode_event([1]) == b"data: [1]\n\n"


class _Writer:
    def __init__(self) -> None:
        self.written: list[Any] = []

    async def write(self, data: bytes) -> None:
        self.written.append(data)

    async def send_message_async(self, text: str) -> None:
        self.written.append(text)

    async def close_async(self) -> None:
        self.written.append("end")


async def test_the_head_comes_first_and_the_end_last() -> None:
    writer = _Writer()
    events = await StreamResponse(cast(ChannelWriter, writer)).events()
    assert isinstance(events, EventStream)
    await events.send("one")
    await events.close()
    status, headers, *rest = writer.written
    assert "200" in status
    assert "text/event-stream" in headers
    assert rest == [b":\n\n", b"data: one\n\n", "end"]
