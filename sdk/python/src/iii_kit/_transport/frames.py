"""WebSocket frames (RFC 6455) of a client, without I/O: bytes in, messages out, and back."""

from __future__ import annotations

import os
from typing import Final

TEXT: Final = 1
BINARY: Final = 2
CLOSE: Final = 8
PING: Final = 9
PONG: Final = 10

_CONTINUATION: Final = 0
_FIN: Final = 0x80
#: A payload this long and longer is masked by translation, which costs less per byte.
_TRANSLATE_FROM: Final = 2048
_XOR: Final = [bytes(byte ^ key for byte in range(256)) for key in range(256)]
_KEYS_POOLED: Final = 1024

Message = tuple[int, bytes]
_NOTHING: Final[list[Message]] = []


class FrameError(Exception):
    """The peer broke the protocol; the connection closes with `code`."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class FrameReader:
    """Cuts what a server sends into whole messages and control frames."""

    __slots__ = ("_fragments", "_max", "_need", "_opcode", "_rest", "_size")

    def __init__(self, message_bytes_max: int) -> None:
        self._max = message_bytes_max
        #: Bytes of a frame that is not complete yet, and how many it will have.
        self._rest = bytearray()
        self._need = 0
        self._opcode = _CONTINUATION
        self._fragments: list[bytes] = []
        self._size = 0

    def feed(self, data: bytes) -> list[Message]:
        """Takes what arrived and returns every message that is complete now, in order."""
        rest = self._rest
        if rest:
            rest += data
            if len(rest) < self._need:
                return _NOTHING
            data = bytes(rest)
            rest.clear()
        self._need = 0
        messages: list[Message] = []
        at, end = 0, len(data)
        while end - at >= 2:
            first, length, start = data[at], data[at + 1], at + 2
            if length >= 126:
                if length > 127:
                    raise FrameError(1002, "a frame of a server is masked")
                start = at + 4 if length == 126 else at + 10
                if start > end:
                    self._need = start - at
                    break
                length = int.from_bytes(data[at + 2 : start], "big")
                if length + self._size > self._max:
                    raise FrameError(1009, f"a message is longer than {self._max} bytes")
            stop = start + length
            if stop > end:
                self._need = stop - at
                break
            payload = data[start:stop]
            at = stop
            if (first == 0x81 or first == 0x82) and not self._opcode:
                messages.append((first & 0x0F, payload))
            else:
                self._unusual(first, payload, messages)
        if at < end:
            rest += data[at:]
        return messages

    def _unusual(self, first: int, payload: bytes, messages: list[Message]) -> None:
        """Everything but a whole message in one frame."""
        opcode, final = first & 0x0F, first & _FIN
        if first & 0x70:
            raise FrameError(1002, "a frame uses an extension that was not negotiated")
        if opcode >= CLOSE:
            if opcode > PONG or not final or len(payload) > 125:
                raise FrameError(1002, "a control frame is malformed")
            messages.append((opcode, payload))
            return
        if opcode == _CONTINUATION:
            if not self._opcode:
                raise FrameError(1002, "a continuation continues nothing")
        elif self._opcode or opcode > BINARY:
            raise FrameError(1002, "a frame has an opcode that may not stand here")
        else:
            self._opcode = opcode
        self._size += len(payload)
        if self._size > self._max:
            raise FrameError(1009, f"a message is longer than {self._max} bytes")
        self._fragments.append(payload)
        if final:
            messages.append((self._opcode, b"".join(self._fragments)))
            self._fragments.clear()
            self._opcode, self._size = _CONTINUATION, 0


class FrameWriter:
    """Makes frames, each masked with a fresh random key as clients must."""

    __slots__ = ("_at", "_keys")

    def __init__(self) -> None:
        self._keys = b""
        self._at = 0

    def frame(self, opcode: int, payload: bytes) -> bytes:
        """One unfragmented frame."""
        at = self._at
        if at >= len(self._keys):
            # One call of the system for many keys.
            self._keys = os.urandom(4 * _KEYS_POOLED)
            at = 0
        self._at = at + 4
        key = self._keys[at : at + 4]
        length = len(payload)
        if length < 126:
            head = bytes((_FIN | opcode, 0x80 | length))
        elif length < 65536:
            head = bytes((_FIN | opcode, 0xFE)) + length.to_bytes(2, "big")
        else:
            head = bytes((_FIN | opcode, 0xFF)) + length.to_bytes(8, "big")
        return head + key + mask(payload, key)

    def close(self, code: int, reason: str = "") -> bytes:
        """A farewell; the reason is cut to what a control frame can carry."""
        text = reason.encode()[:120].decode(errors="ignore").encode()
        return self.frame(CLOSE, code.to_bytes(2, "big") + text)


def mask(payload: bytes, key: bytes) -> bytes | bytearray:
    """XOR with a repeated key of four bytes."""
    length = len(payload)
    if length < _TRANSLATE_FROM:
        keys = (key * (length // 4 + 1))[:length]
        number = int.from_bytes(payload, "little") ^ int.from_bytes(keys, "little")
        return number.to_bytes(length, "little")
    masked = bytearray(length)
    for offset in range(4):
        masked[offset::4] = payload[offset::4].translate(_XOR[key[offset]])
    return masked


def close_code(payload: bytes) -> tuple[int | None, str]:
    """Code and reason of a close frame."""
    if len(payload) < 2:
        return None, ""
    return int.from_bytes(payload[:2], "big"), payload[2:].decode(errors="replace")
