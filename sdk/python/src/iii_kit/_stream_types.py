"""The records of streams."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Generic, Literal, TypeVar

from ._model import Record
from ._updates import UpdateOp, UpdateOpError

TData = TypeVar("TData")


@dataclass(slots=True, kw_only=True)
class StreamGetInput(Record):
    """Which item to read.

    ```python
    StreamGetInput(stream_name=..., group_id=..., item_id=...)
    ```
    """

    stream_name: str
    group_id: str
    item_id: str


@dataclass(slots=True, kw_only=True)
class StreamSetInput(Record):
    """What to store where.

    ```python
    StreamSetInput(stream_name=..., group_id=..., item_id=..., data=...)
    ```
    """

    stream_name: str
    group_id: str
    item_id: str
    data: Any


@dataclass(slots=True, kw_only=True)
class StreamDeleteInput(Record):
    """Which item to forget.

    ```python
    StreamDeleteInput(stream_name=..., group_id=..., item_id=...)
    ```
    """

    stream_name: str
    group_id: str
    item_id: str


@dataclass(slots=True, kw_only=True)
class StreamListInput(Record):
    """Which group to list.

    ```python
    StreamListInput(stream_name=..., group_id=...)
    ```
    """

    stream_name: str
    group_id: str


@dataclass(slots=True, kw_only=True)
class StreamListGroupsInput(Record):
    """Which stream to list.

    ```python
    StreamListGroupsInput(stream_name=...)
    ```
    """

    stream_name: str


@dataclass(slots=True, kw_only=True)
class StreamUpdateInput(Record):
    """What to change in an item, in one step.

    ```python
    StreamUpdateInput(stream_name=..., group_id=..., item_id=..., ops=...)
    ```
    """

    stream_name: str
    group_id: str
    item_id: str
    ops: list[UpdateOp]


@dataclass(kw_only=True)
class StreamSetResult(Record, Generic[TData]):
    """What an item was and is.

    ```python
    StreamSetResult(new_value=...)
    ```
    """

    new_value: TData
    old_value: TData | None = None


@dataclass(kw_only=True)
class StreamUpdateResult(Record, Generic[TData]):
    """What an item was and is.

    ```python
    StreamUpdateResult(new_value=...)
    ```
    """

    new_value: TData
    old_value: TData | None = None
    errors: list[UpdateOpError] = field(default_factory=list[UpdateOpError])


@dataclass(slots=True, kw_only=True)
class StreamDeleteResult(Record):
    """What an item was.

    ```python
    StreamDeleteResult()
    ```
    """

    old_value: Any = None


@dataclass(slots=True, kw_only=True)
class StreamAuthInput(Record):
    """Who wants to join a stream.

    ```python
    StreamAuthInput(headers=..., path=..., query_params=..., addr=...)
    ```
    """

    headers: dict[str, str]
    path: str
    query_params: dict[str, list[str]]
    addr: str


@dataclass(slots=True, kw_only=True)
class StreamAuthResult(Record):
    """What is known about who joined.

    ```python
    StreamAuthResult()
    ```
    """

    context: Any = None


@dataclass(slots=True, kw_only=True)
class StreamJoinResult(Record):
    """Whether somebody may join.

    ```python
    StreamJoinResult(unauthorized=...)
    ```
    """

    unauthorized: bool


@dataclass(slots=True, kw_only=True)
class StreamJoinLeaveEvent(Record):
    """Somebody joined or left.

    ```python
    StreamJoinLeaveEvent(subscription_id=..., stream_name=..., group_id=...)
    ```
    """

    subscription_id: str
    stream_name: str
    group_id: str
    id: str | None = None
    context: Any = None


@dataclass(slots=True, kw_only=True)
class StreamJoinLeaveTriggerConfig(Record):
    """Configuration of `stream:join` and `stream:leave`.

    ```python
    StreamJoinLeaveTriggerConfig()
    ```
    """

    condition_function_id: str | None = None


@dataclass(slots=True, kw_only=True)
class StreamTriggerConfig(Record):
    """Configuration of the trigger type `stream`.

    ```python
    StreamTriggerConfig(stream_name=...)
    ```
    """

    stream_name: str
    group_id: str | None = None
    item_id: str | None = None
    condition_function_id: str | None = None


@dataclass(slots=True, kw_only=True)
class StreamChangeEventDetail(Record):
    """What happened to an item.

    ```python
    StreamChangeEventDetail(type=..., data=...)
    ```
    """

    type: Literal["create", "update", "delete"]
    data: Any


@dataclass(slots=True, kw_only=True)
class StreamChangeEvent(Record):
    """What a trigger of type `stream` hands to functions.

    ```python
    StreamChangeEvent(timestamp=..., streamName=..., groupId=..., event=...)
    ```
    """

    timestamp: int
    streamName: str
    groupId: str
    event: StreamChangeEventDetail | dict[str, Any]
    id: str | None = None
    type: Literal["stream"] = "stream"
