"""Queues: calls that are put aside and run later."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ._types import EnqueueResult, TriggerAction

if TYPE_CHECKING:
    from ._client import AsyncClient
    from ._sync import Client


class Queue:
    """One queue.

    ```python
    payments = Queue(iii, "payments")
    receipt = payments.enqueue("orders::charge", order)
    ```
    """

    def __init__(self, iii: Client, name: str) -> None:
        self._iii = iii
        self.name = name

    def enqueue(self, function_id: str, payload: Any, **options: Any) -> EnqueueResult:
        """Puts a call of the function on the queue. `options` are those of a `TriggerRequest`."""
        answer = self._iii.trigger(_request(self.name, function_id, payload, options))
        return EnqueueResult.model_validate(answer)


class AsyncQueue:
    """One queue, for coroutines.

    ```python
    receipt = await AsyncQueue(iii, "payments").enqueue("orders::charge", order)
    ```
    """

    def __init__(self, iii: Client | AsyncClient, name: str) -> None:
        self._iii = iii
        self.name = name

    async def enqueue(self, function_id: str, payload: Any, **options: Any) -> EnqueueResult:
        """Puts a call of the function on the queue."""
        request = _request(self.name, function_id, payload, options)
        return EnqueueResult.model_validate(await self._iii.trigger_async(request))


def _request(queue: str, function_id: str, payload: Any, options: dict[str, Any]) -> dict[str, Any]:
    action = TriggerAction.Enqueue(queue=queue)
    return {**options, "function_id": function_id, "payload": payload, "action": action}


__all__ = ["AsyncQueue", "EnqueueResult", "Queue"]
