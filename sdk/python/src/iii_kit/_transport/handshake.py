"""The HTTP part of a WebSocket connection, and the addresses it goes to."""

from __future__ import annotations

import base64
import hashlib
import os
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, urlsplit

from .base import DialError

_GUID: Final = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
#: Largest response head, and largest body of a refusal that is kept.
HEAD_BYTES_MAX: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class Address:
    """Where an engine listens."""

    secure: bool
    host: str
    port: int
    path: str
    query: str

    @classmethod
    def parse(cls, url: str) -> Address:
        """Reads `ws://` and `wss://` addresses."""
        try:
            parts = urlsplit(url.strip())
            port = parts.port
        except ValueError as error:
            raise DialError(f"`{url}` is no address: {error}", usable=False) from None
        if parts.scheme not in ("ws", "wss") or not parts.hostname:
            raise DialError(
                f"`{url}` is no address of an engine: use `ws://HOST:PORT` or `wss://HOST:PORT`",
                usable=False,
            )
        secure = parts.scheme == "wss"
        default = 443 if secure else 80
        path = parts.path.rstrip("/")
        return cls(secure, parts.hostname, port or default, path, parts.query)

    @property
    def authority(self) -> str:
        """The value of the `Host` header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    @property
    def shown(self) -> str:
        """The address for people, without its query, which may hold a token."""
        return f"{'wss' if self.secure else 'ws'}://{self.authority}{self.path}"

    def target(self, path: str = "", query: str = "") -> str:
        """The request target below this address; its own query is kept."""
        query = "&".join(part for part in (self.query, query) if part)
        whole = self.path + path or "/"
        return f"{whole}?{query}" if query else whole


def channel_query(access_key: str, direction: str) -> str:
    """The query that attaches an end of a channel."""
    return f"key={quote(access_key, safe='')}&dir={direction}"


class Handshake:
    """One upgrade: the request, and what became of it."""

    def __init__(self, address: Address, target: str, headers: dict[str, str]) -> None:
        key = base64.b64encode(os.urandom(16)).decode()
        digest = hashlib.sha1(key.encode() + _GUID).digest()
        self._accept = base64.b64encode(digest).decode()
        lines = [
            f"GET {target} HTTP/1.1",
            f"Host: {address.authority}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            f"Sec-WebSocket-Key: {key}",
            "Sec-WebSocket-Version: 13",
        ]
        for name, value in headers.items():
            if "\n" in name + value or "\r" in name + value:
                raise DialError(f"header `{name}` contains a line break", usable=False)
            lines.append(f"{name}: {value}")
        self.request = ("\r\n".join(lines) + "\r\n\r\n").encode()
        self._received = bytearray()

    def feed(self, data: bytes) -> bytes | None:
        """Takes what arrived. Returns what follows the upgrade, None while it is not complete."""
        self._received += data
        end = self._received.find(b"\r\n\r\n")
        if end < 0:
            if len(self._received) > HEAD_BYTES_MAX:
                raise DialError("the response of the server has no end")
            return None
        head = bytes(self._received[:end]).decode("latin-1").split("\r\n")
        rest = bytes(self._received[end + 4 :])
        status, headers = _parse(head)
        if status != 101:
            length = headers.get("content-length", "")
            wanted = int(length) if length.isdigit() else HEAD_BYTES_MAX
            if len(rest) < min(wanted, HEAD_BYTES_MAX):
                return None
            raise _refused(status, rest)
        if headers.get("sec-websocket-accept") != self._accept:
            raise DialError("the server does not speak WebSocket")
        return rest

    def ended(self) -> DialError:
        """The server closed before the upgrade was complete."""
        head, found, rest = bytes(self._received).partition(b"\r\n\r\n")
        if not found:
            return DialError("the server closed the connection during the handshake")
        try:
            status, _ = _parse(head.decode("latin-1").split("\r\n"))
        except DialError as error:
            return error
        return _refused(status, rest)


def _parse(head: list[str]) -> tuple[int, dict[str, str]]:
    parts = head[0].split(" ", 2)
    if len(parts) < 2 or not parts[0].startswith("HTTP/1.") or not parts[1].isdigit():
        raise DialError("the server does not speak HTTP")
    headers: dict[str, str] = {}
    for line in head[1:]:
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    return int(parts[1]), headers


def _refused(status: int, body: bytes) -> DialError:
    text = body.decode(errors="replace").strip()
    shown = f": {text[:1024]}" if text else ""
    return DialError(f"the server answered with status {status}{shown}", status=status)
