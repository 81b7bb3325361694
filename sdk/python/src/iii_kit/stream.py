"""Streams: items by stream, group and item id, which others can follow."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from ._stream_types import (
    StreamAuthInput,
    StreamAuthResult,
    StreamChangeEvent,
    StreamChangeEventDetail,
    StreamDeleteInput,
    StreamDeleteResult,
    StreamGetInput,
    StreamJoinLeaveEvent,
    StreamJoinLeaveTriggerConfig,
    StreamJoinResult,
    StreamListGroupsInput,
    StreamListInput,
    StreamSetInput,
    StreamSetResult,
    StreamTriggerConfig,
    StreamUpdateInput,
    StreamUpdateResult,
)
from ._updates import (
    MergePath,
    UpdateAppend,
    UpdateDecrement,
    UpdateIncrement,
    UpdateMerge,
    UpdateOp,
    UpdateOpError,
    UpdateRemove,
    UpdateSet,
)

if TYPE_CHECKING:
    from ._client import AsyncClient
    from ._sync import Client

TData = TypeVar("TData")

#: What is known about who joined a stream.
StreamContext = Any


class IStream(ABC, Generic[TData]):
    """What a stream offers, for those who write one.

    ```python
    class Orders(IStream[dict]): ...

    create_stream(iii, "orders", Orders())
    ```
    """

    @abstractmethod
    async def get(self, input: StreamGetInput) -> TData | None:
        """The item, or None."""

    @abstractmethod
    async def set(self, input: StreamSetInput) -> StreamSetResult[TData] | None:
        """Stores an item."""

    @abstractmethod
    async def delete(self, input: StreamDeleteInput) -> StreamDeleteResult:
        """Forgets an item."""

    @abstractmethod
    async def list(self, input: StreamListInput) -> list[TData]:
        """All items of a group."""

    @abstractmethod
    async def list_groups(self, input: StreamListGroupsInput) -> list[str]:
        """All groups."""

    @abstractmethod
    async def update(self, input: StreamUpdateInput) -> StreamUpdateResult[TData] | None:
        """Changes an item in one step."""


def register_stream(iii: Client | AsyncClient, stream_name: str, stream: IStream[Any]) -> None:
    """Offers a stream of one's own.

    ```python
    register_stream(iii, "orders", Orders())
    ```
    """
    inputs = {
        "get": StreamGetInput,
        "set": StreamSetInput,
        "delete": StreamDeleteInput,
        "list": StreamListInput,
        "list_groups": StreamListGroupsInput,
        "update": StreamUpdateInput,
    }

    def offer(verb: str, kind: Any) -> None:
        method = getattr(stream, verb)

        async def handler(data: Any) -> Any:
            return await method(kind.model_validate(data))

        iii.register_function(f"stream::{verb}({stream_name})", handler)

    for verb, kind in inputs.items():
        offer(verb, kind)


def _request(verb: str, **payload: Any) -> dict[str, Any]:
    function_id = f"stream::{verb}"
    return {"function_id": function_id, "payload": payload, "namespace": "default"}


def _event(name: str, group_id: str, kind: str, data: Any, item_id: str | None) -> dict[str, Any]:
    about = {"stream_name": name, "group_id": group_id, "type": kind, "data": data}
    return _request("send", **about, **({} if item_id is None else {"id": item_id}))


class Stream:
    """The groups of one stream.

    ```python
    orders = Stream(iii, "orders")
    orders.set("eu", "o1", {"total": 7})
    ```
    """

    def __init__(self, iii: Client, name: str) -> None:
        self._iii = iii
        self.name = name

    def _item(self, verb: str, group_id: str, item_id: str, **more: Any) -> Any:
        about = {"stream_name": self.name, "group_id": group_id, "item_id": item_id}
        return self._iii.trigger(_request(verb, **about, **more))

    def get(self, group_id: str, item_id: str) -> Any:
        """The item, or None."""
        return self._item("get", group_id, item_id)

    def set(self, group_id: str, item_id: str, data: Any) -> StreamSetResult[Any]:
        """Stores an item."""
        answer = self._item("set", group_id, item_id, data=data)
        return StreamSetResult[Any].model_validate(answer)

    def delete(self, group_id: str, item_id: str) -> StreamDeleteResult:
        """Forgets an item."""
        return StreamDeleteResult.model_validate(self._item("delete", group_id, item_id))

    def update(
        self, group_id: str, item_id: str, ops: Sequence[UpdateOp]
    ) -> StreamUpdateResult[Any]:
        """Changes an item in one step."""
        answer = self._item("update", group_id, item_id, ops=list(ops))
        return StreamUpdateResult[Any].model_validate(answer)

    def list(self, group_id: str) -> list[Any]:
        """All items of a group."""
        about = {"stream_name": self.name, "group_id": group_id}
        return self._iii.trigger(_request("list", **about)) or []

    def send(self, group_id: str, kind: str, data: Any, item_id: str | None = None) -> None:
        """Tells those who follow a group, or one item, without storing anything."""
        self._iii.trigger(_event(self.name, group_id, kind, data, item_id))


class AsyncStream:
    """The groups of one stream, for coroutines.

    ```python
    await AsyncStream(iii, "orders").set("eu", "o1", {"total": 7})
    ```
    """

    def __init__(self, iii: Client | AsyncClient, name: str) -> None:
        self._iii = iii
        self.name = name

    async def _item(self, verb: str, group_id: str, item_id: str, **more: Any) -> Any:
        about = {"stream_name": self.name, "group_id": group_id, "item_id": item_id}
        return await self._iii.trigger_async(_request(verb, **about, **more))

    async def get(self, group_id: str, item_id: str) -> Any:
        """The item, or None."""
        return await self._item("get", group_id, item_id)

    async def set(self, group_id: str, item_id: str, data: Any) -> StreamSetResult[Any]:
        """Stores an item."""
        answer = await self._item("set", group_id, item_id, data=data)
        return StreamSetResult[Any].model_validate(answer)

    async def delete(self, group_id: str, item_id: str) -> StreamDeleteResult:
        """Forgets an item."""
        return StreamDeleteResult.model_validate(await self._item("delete", group_id, item_id))

    async def update(
        self, group_id: str, item_id: str, ops: Sequence[UpdateOp]
    ) -> StreamUpdateResult[Any]:
        """Changes an item in one step."""
        answer = await self._item("update", group_id, item_id, ops=list(ops))
        return StreamUpdateResult[Any].model_validate(answer)

    async def list(self, group_id: str) -> list[Any]:
        """All items of a group."""
        about = {"stream_name": self.name, "group_id": group_id}
        return await self._iii.trigger_async(_request("list", **about)) or []

    async def send(self, group_id: str, kind: str, data: Any, item_id: str | None = None) -> None:
        """Tells those who follow a group, or one item, without storing anything."""
        await self._iii.trigger_async(_event(self.name, group_id, kind, data, item_id))


__all__ = [
    "AsyncStream",
    "IStream",
    "MergePath",
    "Stream",
    "StreamAuthInput",
    "StreamAuthResult",
    "StreamChangeEvent",
    "StreamChangeEventDetail",
    "StreamContext",
    "StreamDeleteInput",
    "StreamDeleteResult",
    "StreamGetInput",
    "StreamJoinLeaveEvent",
    "StreamJoinLeaveTriggerConfig",
    "StreamJoinResult",
    "StreamListGroupsInput",
    "StreamListInput",
    "StreamSetInput",
    "StreamSetResult",
    "StreamTriggerConfig",
    "StreamUpdateInput",
    "StreamUpdateResult",
    "UpdateAppend",
    "UpdateDecrement",
    "UpdateIncrement",
    "UpdateMerge",
    "UpdateOp",
    "UpdateOpError",
    "UpdateRemove",
    "UpdateSet",
    "register_stream",
]
