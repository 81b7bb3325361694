"""Channels: streams of binary and text frames between two workers."""

from ._channels import Channel, ChannelReader, ChannelWriter
from ._types import StreamChannelRef

__all__ = ["Channel", "ChannelReader", "ChannelWriter", "StreamChannelRef"]
