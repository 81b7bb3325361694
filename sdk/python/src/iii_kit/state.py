"""State: values by scope and key."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from ._model import Record
from ._updates import UpdateOp

if TYPE_CHECKING:
    from ._client import AsyncClient
    from ._sync import Client

TData = TypeVar("TData")


@dataclass(slots=True, kw_only=True)
class StateGetInput(Record):
    """Which value to read.

    ```python
    StateGetInput(scope=..., key=...)
    ```
    """

    scope: str
    key: str


@dataclass(slots=True, kw_only=True)
class StateSetInput(Record):
    """What to store where.

    ```python
    StateSetInput(scope=..., key=..., value=...)
    ```
    """

    scope: str
    key: str
    value: Any


@dataclass(slots=True, kw_only=True)
class StateDeleteInput(Record):
    """Which value to forget.

    ```python
    StateDeleteInput(scope=..., key=...)
    ```
    """

    scope: str
    key: str


@dataclass(slots=True, kw_only=True)
class StateListInput(Record):
    """Which scope to list.

    ```python
    StateListInput(scope=...)
    ```
    """

    scope: str


@dataclass(slots=True, kw_only=True)
class StateUpdateInput(Record):
    """What to change in a value, in one step.

    ```python
    StateUpdateInput(scope=..., key=..., ops=...)
    ```
    """

    scope: str
    key: str
    ops: list[UpdateOp]


@dataclass(kw_only=True)
class StateSetResult(Record, Generic[TData]):
    """What a value was and is.

    ```python
    StateSetResult(new_value=...)
    ```
    """

    new_value: TData
    old_value: TData | None = None


@dataclass(kw_only=True)
class StateUpdateResult(Record, Generic[TData]):
    """What a value was and is.

    ```python
    StateUpdateResult(new_value=...)
    ```
    """

    new_value: TData
    old_value: TData | None = None
    errors: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])


@dataclass(slots=True, kw_only=True)
class StateDeleteResult(Record):
    """What a value was.

    ```python
    StateDeleteResult()
    ```
    """

    old_value: Any = None


class StateEventType(str, Enum):
    """What happened to a value.

    ```python
    assert StateEventType.CREATED == "state:created"
    ```
    """

    CREATED = "state:created"
    UPDATED = "state:updated"
    DELETED = "state:deleted"


@dataclass(kw_only=True)
class StateEventData(Record, Generic[TData]):
    """What a trigger of type `state` hands to functions.

    ```python
    StateEventData(event_type=..., scope=..., key=...)
    ```
    """

    event_type: StateEventType
    scope: str
    key: str
    old_value: TData | None = None
    new_value: TData | None = None
    type: str = "state"


class IState(ABC, Generic[TData]):
    """What a store of state offers, for those who write one.

    ```python
    class Orders(IState[Order]): ...
    ```
    """

    @abstractmethod
    async def get(self, input: StateGetInput) -> TData | None:
        """The value, or None."""

    @abstractmethod
    async def set(self, input: StateSetInput) -> StateSetResult[TData] | None:
        """Stores a value."""

    @abstractmethod
    async def delete(self, input: StateDeleteInput) -> StateDeleteResult:
        """Forgets a value."""

    @abstractmethod
    async def list(self, input: StateListInput) -> list[TData]:
        """All values of a scope."""

    @abstractmethod
    async def update(self, input: StateUpdateInput) -> StateUpdateResult[TData] | None:
        """Changes a value in one step."""


def _request(verb: str, **payload: Any) -> dict[str, Any]:
    function_id = f"state::{verb}"
    return {"function_id": function_id, "payload": payload, "namespace": "default"}


class State:
    """The values of one scope.

    ```python
    orders = State(iii, "orders")
    orders.set("o1", {"total": 7})
    assert orders.get("o1") == {"total": 7}
    ```
    """

    def __init__(self, iii: Client, scope: str) -> None:
        self._iii = iii
        self.scope = scope

    def get(self, key: str) -> Any:
        """The value, or None."""
        return self._iii.trigger(_request("get", scope=self.scope, key=key))

    def set(self, key: str, value: Any) -> StateSetResult[Any]:
        """Stores a value."""
        answer = self._iii.trigger(_request("set", scope=self.scope, key=key, value=value))
        return StateSetResult[Any].model_validate(answer)

    def delete(self, key: str) -> Any:
        """Forgets a value, and returns it."""
        return self._iii.trigger(_request("delete", scope=self.scope, key=key))

    def update(self, key: str, ops: Sequence[UpdateOp]) -> StateUpdateResult[Any]:
        """Changes a value in one step."""
        request = _request("update", scope=self.scope, key=key, ops=list(ops))
        return StateUpdateResult[Any].model_validate(self._iii.trigger(request))

    def list(self) -> list[Any]:
        """All values."""
        return self._iii.trigger(_request("list", scope=self.scope)) or []


class AsyncState:
    """The values of one scope, for coroutines.

    ```python
    await AsyncState(iii, "orders").set("o1", {"total": 7})
    ```
    """

    def __init__(self, iii: Client | AsyncClient, scope: str) -> None:
        self._iii = iii
        self.scope = scope

    async def get(self, key: str) -> Any:
        """The value, or None."""
        return await self._iii.trigger_async(_request("get", scope=self.scope, key=key))

    async def set(self, key: str, value: Any) -> StateSetResult[Any]:
        """Stores a value."""
        request = _request("set", scope=self.scope, key=key, value=value)
        return StateSetResult[Any].model_validate(await self._iii.trigger_async(request))

    async def delete(self, key: str) -> Any:
        """Forgets a value, and returns it."""
        return await self._iii.trigger_async(_request("delete", scope=self.scope, key=key))

    async def update(self, key: str, ops: Sequence[UpdateOp]) -> StateUpdateResult[Any]:
        """Changes a value in one step."""
        request = _request("update", scope=self.scope, key=key, ops=list(ops))
        return StateUpdateResult[Any].model_validate(await self._iii.trigger_async(request))

    async def list(self) -> list[Any]:
        """All values."""
        return await self._iii.trigger_async(_request("list", scope=self.scope)) or []


__all__ = [
    "AsyncState",
    "IState",
    "State",
    "StateDeleteInput",
    "StateDeleteResult",
    "StateEventData",
    "StateEventType",
    "StateGetInput",
    "StateListInput",
    "StateSetInput",
    "StateSetResult",
    "StateUpdateInput",
    "StateUpdateResult",
]
