"""Frames: cut anywhere, masked, bounded."""

from __future__ import annotations

import pytest

from iii_kit._transport import frames
from iii_kit._transport.frames import FrameError, FrameReader, FrameWriter, close_code, mask

LENGTHS = [0, 1, 3, 4, 125, 126, 127, 2047, 2048, 2049, 65535, 65536, 100_000]


def server(opcode: int, payload: bytes, *, final: bool = True) -> bytes:
    """A frame as servers send it."""
    first = (0x80 if final else 0) | opcode
    if len(payload) < 126:
        return bytes((first, len(payload))) + payload
    if len(payload) < 65536:
        return bytes((first, 126)) + len(payload).to_bytes(2, "big") + payload
    return bytes((first, 127)) + len(payload).to_bytes(8, "big") + payload


def unmasked(frame: bytes) -> tuple[int, bytes]:
    """What a server reads of a client's frame."""
    length, at = frame[1] & 0x7F, 2
    assert frame[1] & 0x80, "frames of clients are masked"
    if length == 126:
        length, at = int.from_bytes(frame[2:4], "big"), 4
    elif length == 127:
        length, at = int.from_bytes(frame[2:10], "big"), 10
    key, payload = frame[at : at + 4], frame[at + 4 :]
    assert len(payload) == length
    return frame[0] & 0x0F, bytes(byte ^ key[n % 4] for n, byte in enumerate(payload))


@pytest.mark.parametrize("length", LENGTHS)
def test_a_frame_is_what_was_written(length: int) -> None:
    payload = bytes(n % 251 for n in range(length))
    assert unmasked(FrameWriter().frame(frames.TEXT, payload)) == (frames.TEXT, payload)


def test_keys_are_fresh_and_masking_twice_changes_nothing() -> None:
    writer = FrameWriter()
    keys = {writer.frame(frames.TEXT, b"")[2:6] for _ in range(2000)}
    assert len(keys) > 1990
    for length in LENGTHS:
        payload = bytes(length)
        assert mask(bytes(mask(payload, b"abcd")), b"abcd") == payload


@pytest.mark.parametrize("step", [1, 2, 3, 7, 1000])
def test_messages_arrive_whole_however_they_are_cut(step: int) -> None:
    wanted = [(frames.TEXT, bytes(n)) for n in (0, 1, 125, 126, 300, 70_000)]
    stream = b"".join(server(opcode, payload) for opcode, payload in wanted)
    reader, found = FrameReader(1 << 20), list[tuple[int, bytes]]()
    for at in range(0, len(stream), step):
        found += reader.feed(stream[at : at + step])
    assert found == wanted


def test_fragments_become_one_message_with_control_frames_in_between() -> None:
    stream = (
        server(frames.TEXT, b"one ", final=False)
        + server(frames.PING, b"?")
        + server(0, b"two ", final=False)
        + server(0, b"three")
    )
    found = FrameReader(100).feed(stream)
    assert found == [(frames.PING, b"?"), (frames.TEXT, b"one two three")]


@pytest.mark.parametrize(
    ("stream", "code"),
    [
        (bytes((0x81, 0x85)) + b"abcdhello", 1002),
        (bytes((0xC1, 0)), 1002),
        (server(0, b"x"), 1002),
        (server(frames.TEXT, b"a", final=False) + server(frames.TEXT, b"b"), 1002),
        (server(frames.PING, bytes(126)), 1002),
        (server(frames.PING, b"", final=False), 1002),
        (server(3, b""), 1002),
        (bytes((0x81, 127)) + (1 << 40).to_bytes(8, "big"), 1009),
        (server(frames.TEXT, bytes(600), final=False) + server(0, bytes(600)), 1009),
    ],
)
def test_violations_end_the_connection(stream: bytes, code: int) -> None:
    with pytest.raises(FrameError) as found:
        FrameReader(1000).feed(stream)
    assert found.value.code == code


def test_close_frames_carry_code_and_reason() -> None:
    opcode, payload = unmasked(FrameWriter().close(1000, "é" * 100))
    assert opcode == frames.CLOSE
    assert len(payload) <= 125
    code, reason = close_code(payload)
    assert code == 1000
    assert set(reason) == {"é"}
    assert close_code(b"") == (None, "")
