"""References to channel ends, as they travel in payloads."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any, cast

from ._channels import ChannelReader, ChannelWriter
from ._types import StreamChannelRef

if TYPE_CHECKING:
    from ._client import AsyncClient
    from ._context import Context


def is_channel_ref(value: Any) -> bool:
    """Whether a value is a reference to a channel end.

    ```python
    assert is_channel_ref({"channel_id": "c", "access_key": "k", "direction": "read"})
    ```
    """
    if isinstance(value, StreamChannelRef):
        return True
    if not isinstance(value, dict):
        return False
    fields = cast(dict[str, Any], value)
    return (
        isinstance(fields.get("channel_id"), str)
        and isinstance(fields.get("access_key"), str)
        and fields.get("direction") in ("read", "write")
    )


def extract_channel_refs(data: Any) -> list[tuple[str, StreamChannelRef]]:
    """Every channel reference in a payload, with the path that leads to it.

    ```python
    for path, ref in extract_channel_refs(payload):
        print(path, ref.direction)
    ```
    """
    found: list[tuple[str, StreamChannelRef]] = []

    def collect(value: Any, path: str) -> None:
        if is_channel_ref(value):
            found.append((path, StreamChannelRef.model_validate(value)))
        elif isinstance(value, dict):
            for name, item in cast(dict[str, Any], value).items():
                collect(item, f"{path}.{name}" if path else name)
        elif isinstance(value, list):
            for at, item in enumerate(cast(list[Any], value)):
                collect(item, f"{path}[{at}]")

    collect(data, "")
    return found


def materialize(value: Any, client: AsyncClient, context: Context) -> Any:
    """The payload with a reader or writer in the place of every reference."""
    if is_channel_ref(value):
        reference = StreamChannelRef.model_validate(value)
        if reference.direction == "read":
            return ChannelReader(client, reference)
        writer = ChannelWriter(client, reference, context)
        context.writers.append(weakref.ref(writer))
        return writer
    if isinstance(value, dict):
        items = cast(dict[str, Any], value).items()
        return {name: materialize(item, client, context) for name, item in items}
    if isinstance(value, list):
        return [materialize(item, client, context) for item in cast(list[Any], value)]
    return value
