"""Functions that work on a client."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, Self

from ._channel_refs import extract_channel_refs, is_channel_ref
from ._channels import Channel

if TYPE_CHECKING:
    from ._client import AsyncClient
    from ._sync import Client
    from .stream import IStream


class ChannelDirection(str, Enum):
    """Which end of a channel.

    ```python
    assert ChannelDirection.READ == "read"
    ```
    """

    READ = "read"
    WRITE = "write"


@dataclass(frozen=True, slots=True)
class ChannelItem:
    """One item of a channel: a control message, or bytes.

    ```python
    assert ChannelItem.text_item("begin").is_text
    ```
    """

    text: str | None = None
    binary: bytes | None = None

    @classmethod
    def text_item(cls, value: str) -> Self:
        """A control message."""
        return cls(text=value)

    @classmethod
    def binary_item(cls, value: bytes) -> Self:
        """Bytes."""
        return cls(binary=value)

    @property
    def is_text(self) -> bool:
        """Whether it is a control message."""
        return self.text is not None

    @property
    def is_binary(self) -> bool:
        """Whether it is bytes."""
        return self.binary is not None


def create_channel(iii: Client, buffer_size: int | None = None) -> Channel:
    """Creates a channel; waits for the engine.

    ```python
    channel = create_channel(iii)
    ```
    """
    return iii.create_channel(buffer_size)


async def create_channel_async(
    iii: Client | AsyncClient, buffer_size: int | None = None
) -> Channel:
    """Creates a channel.

    ```python
    channel = await create_channel_async(iii)
    ```
    """
    create: Any = getattr(iii, "create_channel_async", iii.create_channel)
    return await create(buffer_size)


def create_stream(iii: Client | AsyncClient, stream_name: str, stream: IStream[Any]) -> None:
    """Offers a stream of one's own: `stream::*` calls for this name go to it.

    ```python
    create_stream(iii, "orders", OrdersStream())
    ```
    """
    from .stream import register_stream

    register_stream(iii, stream_name, stream)


__all__ = [
    "ChannelDirection",
    "ChannelItem",
    "create_channel",
    "create_channel_async",
    "create_stream",
    "extract_channel_refs",
    "is_channel_ref",
]
