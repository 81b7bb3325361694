"""Calls by way of a queue: receipts, attempts, dead messages, order."""

from __future__ import annotations

from typing import Any

from iii import EnqueueResult, TriggerAction

from checks import Inbox, World, check, eventually, expect
from functions import collector, failure, serve


def enqueue(world: World, queue: str, function_id: str, data: Any) -> str:
    """Puts a call on a queue; the id of its receipt."""
    receipt = world.call(function_id, data, action=TriggerAction.Enqueue(queue=queue))
    expect(list(receipt), ["messageReceiptId"])
    return EnqueueResult.model_validate(receipt).messageReceiptId


def dead(world: World, queue: str, count: int) -> list[dict[str, Any]]:
    """The dead messages of a queue, as soon as there are so many."""

    def probe() -> Any:
        messages = world.call("engine::queue::dlq_messages", {"queue": queue})
        return (messages,) if len(messages) == count else None

    return eventually(f"{count} dead in {queue}", probe)[0]


class Sick:
    """A function that fails until it is told to be well."""

    def __init__(self, world: World, function_id: str) -> None:
        self.well = False
        self.done = Inbox()
        serve(world, function_id, self.handle)

    def handle(self, data: Any) -> None:
        if not self.well:
            raise ValueError(f"{data['n']} is bad")
        self.done.put(data)


@check
def enqueue_action(world: World) -> None:
    handled = collector(world, "py::charge")
    ids = {enqueue(world, "orders", "py::charge", {"n": n}) for n in (1, 2)}
    expect(len(ids), 2)
    for n in (1, 2):
        expect(handled.take(lambda data: data["n"] == n), {"n": n})


@check
def enqueue_function(world: World) -> None:
    handled = collector(world, "py::charge_by_call")
    message = {"queue": "default", "function_id": "py::charge_by_call", "data": [1, None]}
    receipt = world.call("engine::queue::enqueue", message)
    expect(type(receipt["messageReceiptId"]), str)
    expect(handled.take(), [1, None])


@check
def enqueue_before_the_function_exists(world: World) -> None:
    enqueue(world, "orders", "py::later", {"early": True})
    handled = collector(world, "py::later")
    expect(handled.take(), {"early": True})


@check
def unknown_queue(world: World) -> None:
    error = failure(world, "py::charge", 1, action=TriggerAction.Enqueue(queue="order"))
    expect((error.code, "`order`" in error.message), ("queue_not_found", True))


@check
def attempts(world: World) -> None:
    tried: list[Any] = []
    done = Inbox()

    def handle(data: Any) -> None:
        tried.append(data)
        if len(tried) < 3:
            raise ValueError("not yet")
        done.put(data)

    serve(world, "py::third_time", handle)
    enqueue(world, "orders", "py::third_time", {"n": 7})
    expect(done.take(), {"n": 7})
    expect(tried, [{"n": 7}] * 3)


@check
def dead_messages_and_redrive(world: World) -> None:
    patient = Sick(world, "py::sick")
    receipt = enqueue(world, "fragile", "py::sick", {"n": 1})
    [message] = dead(world, "fragile", 1)
    keys = ["error", "failed_at", "id", "payload", "retries", "size_bytes"]
    expect(sorted(message), keys)
    expect((message["id"], message["payload"], message["retries"]), (receipt, {"n": 1}, 1))
    assert "1 is bad" in message["error"], message
    expect(
        world.call("engine::queue::dlq_topics", {}),
        [{"topic": "fragile", "broker_type": "builtin", "message_count": 1}],
    )
    stats = world.call("engine::queue::topic_stats", {"queue": "fragile"})
    expect((stats["depth"], stats["dlq_depth"], stats["config"]["max_retries"]), (0, 1, 1))
    patient.well = True
    answer = world.call("iii::queue::redrive", {"queue": "fragile"})
    expect(answer, {"queue": "fragile", "redriven": 1})
    expect(patient.done.take(), {"n": 1})
    dead(world, "fragile", 0)


@check
def one_dead_message(world: World) -> None:
    patient = Sick(world, "py::sicker")
    first, second = (enqueue(world, "fragile", "py::sicker", {"n": n}) for n in (1, 2))
    dead(world, "fragile", 2)
    page = {"queue": "fragile", "offset": 1, "limit": 1}
    [message] = world.call("engine::queue::dlq_messages", page)
    expect(message["id"], second)
    patient.well = True
    answer = world.call(
        "iii::queue::redrive_message", {"queue": "fragile", "message_id": second}
    )
    expect(answer, {"queue": "fragile", "message_id": second, "redriven": 1})
    expect(patient.done.take(), {"n": 2})
    one = {"queue": "fragile", "message_id": first}
    answer = world.call("iii::queue::discard_message", one)
    expect(answer, {"queue": "fragile", "message_id": first, "redriven": 1})
    dead(world, "fragile", 0)
    error = failure(world, "iii::queue::redrive_message", one)
    expect(error.code, "message_not_found")


@check
def what_is_missing_is_named(world: World) -> None:
    wanted = [
        ("iii::durable::publish", {"data": 1}, "topic_not_set"),
        ("iii::queue::redrive", {}, "queue_not_set"),
        ("iii::queue::redrive_message", {"queue": "orders"}, "message_id_not_set"),
        ("iii::queue::discard_message", {"message_id": "x"}, "queue_not_set"),
        ("engine::queue::topic_stats", {}, "topic_required"),
        ("engine::queue::dlq_messages", {}, "topic_required"),
    ]
    for function_id, payload, code in wanted:
        expect((function_id, failure(world, function_id, payload).code), (function_id, code))


@check
def fifo_order(world: World) -> None:
    accounts, each = ("a", "b", "c"), 12
    stumbled: set[str] = set()
    done: list[Any] = []

    def book(data: Any) -> None:
        name = f"{data['account']}{data['n']}"
        # Every third message fails once: what comes after it in its group has to wait.
        if data["n"] % 3 == 0 and name not in stumbled:
            stumbled.add(name)
            raise ValueError("busy")
        done.append(data)

    serve(world, "py::book", book)
    for n in range(each):
        for account in accounts:
            enqueue(world, "ledger", "py::book", {"account": account, "n": n})
    eventually("everything is booked", lambda: len(done) >= len(accounts) * each)
    for account in accounts:
        order = [data["n"] for data in done if data["account"] == account]
        expect(order, list(range(each)))
