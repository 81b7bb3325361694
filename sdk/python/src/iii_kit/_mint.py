"""Channel references made without a call."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any, Final, Literal, NamedTuple

from ._errors import ConnectionLostError
from ._types import StreamChannelRef

#: The low bits of a channel number tell channels of one millisecond apart.
_COUNTER_BITS: Final = 16
#: Each end's key is one half of the digest.
_KEY_BYTES: Final = 16


class ChannelRefs(NamedTuple):
    """References to both ends of one channel.

    ```python
    writer, reader = iii.mint_channel_refs()
    ```
    """

    writer: StreamChannelRef
    reader: StreamChannelRef

    @classmethod
    def of(cls, answer: dict[str, Any]) -> ChannelRefs:
        """What the engine answered."""
        validate = StreamChannelRef.model_validate
        return cls(validate(answer["writer"]), validate(answer["reader"]))


def mint(
    worker_id: str | None, secret: bytes | None, age_s: float, counter: int, frames: int | None
) -> ChannelRefs:
    """References to channel `<worker_id>.<n>`. The engine recognises them by the secret it gave
    this connection, and can tell how old they are from `n`."""
    if worker_id is None or secret is None:
        message = "no connection to an engine that lets workers mint channels; create one instead"
        raise ConnectionLostError("connection_lost", message)
    number = (int(age_s * 1000) << _COUNTER_BITS) | (counter & ((1 << _COUNTER_BITS) - 1))
    channel_id = f"{worker_id}.{number}" if frames is None else f"{worker_id}.{number}.{frames}"
    digest = hmac.new(secret, channel_id.encode(), hashlib.sha256).digest()

    def reference(direction: Literal["read", "write"], key: bytes) -> StreamChannelRef:
        return StreamChannelRef(channel_id, key.hex(), direction)

    return ChannelRefs(
        reference("write", digest[_KEY_BYTES:]), reference("read", digest[:_KEY_BYTES])
    )
