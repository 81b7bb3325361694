"""Topics: the trigger types `durable:subscriber` and `queue`."""

from __future__ import annotations

from typing import Any

from checks import World, check, eventually, expect
from functions import collector, serve


def publish(world: World, topic: str, data: Any) -> None:
    """Publishes; that answers nothing."""
    expect(world.call("iii::durable::publish", {"topic": topic, "data": data}), None)


def subscribe(world: World, kind: str, function_id: str, config: dict[str, Any]) -> Any:
    return world.provider.register_trigger(
        {"type": kind, "function_id": function_id, "config": config}
    )


def bound(world: World, topic: str, count: int) -> dict[str, Any]:
    """Waits until so many are bound to a topic."""

    def probe() -> Any:
        topics = world.call("engine::queue::list_topics", {})
        found = next((it for it in topics if it["name"] == topic), None)
        return found if found and found["subscriber_count"] == count else None

    return eventually(f"{count} subscribers of {topic}", probe)


@check
def published_before_anybody_subscribed(world: World) -> None:
    publish(world, "py.early", {"n": 1})
    heard = collector(world, "py::on_early")
    subscribe(world, "durable:subscriber", "py::on_early", {"topic": "py.early"})
    expect(heard.take(), {"n": 1})


@check
def everybody_who_subscribed_hears_it(world: World) -> None:
    config = {
        "topic": "py.orders",
        "queue_config": {
            "type": "standard",
            "maxRetries": 2,
            "concurrency": 3,
            "backoffDelayMs": 1,
            "maxPriority": 5,
            "visibilityTimeout": 30,
            "delaySeconds": 0,
            "backoffType": "exponential",
        },
    }
    a = collector(world, "py::orders_a")
    b = collector(world, "py::orders_b")
    subscribe(world, "durable:subscriber", "py::orders_a", config)
    subscribe(world, "queue", "py::orders_b", {"topic": "py.orders"})
    topic = bound(world, "py.orders", 2)
    expect(topic, {"name": "py.orders", "broker_type": "builtin", "subscriber_count": 2})
    publish(world, "py.orders", [])
    publish(world, "py.orders", {"id": "größe"})
    for heard in (a, b):
        expect(heard.take(lambda data: data == []), [])
        expect(heard.take(), {"id": "größe"})
    stats = world.call("engine::queue::topic_stats", {"topic": "py.orders"})
    expect((stats["consumer_count"], stats["dlq_depth"]), (2, 0))


@check
def published_while_the_subscriber_is_away(world: World) -> None:
    heard = collector(world, "py::on_away")
    trigger = subscribe(world, "durable:subscriber", "py::on_away", {"topic": "py.away"})
    bound(world, "py.away", 1)
    trigger.unregister()
    bound(world, "py.away", 0)
    publish(world, "py.away", {"n": 2})
    subscribe(world, "durable:subscriber", "py::on_away", {"topic": "py.away"})
    expect(heard.take(), {"n": 2})


@check
def a_subscriber_that_fails_hears_it_again(world: World) -> None:
    heard: list[Any] = []

    def never(data: Any) -> None:
        heard.append(data)
        raise ValueError("never")

    serve(world, "py::on_hard", never)
    config = {"topic": "py.hard", "queue_config": {"maxRetries": 1, "backoffDelayMs": 1}}
    subscribe(world, "durable:subscriber", "py::on_hard", config)
    bound(world, "py.hard", 1)
    publish(world, "py.hard", "x")
    [message] = eventually(
        "it is dead", lambda: world.call("engine::queue::dlq_messages", {"topic": "py.hard"})
    )
    expect((message["payload"], message["retries"], heard), ("x", 2, ["x", "x"]))
    one = {"topic": "py.hard", "message_id": message["id"]}
    answer = world.call("iii::queue::discard_message", one)
    expect(answer, {"queue": "py.hard", "message_id": message["id"], "redriven": 1})


@check
def a_condition_decides(world: World) -> None:
    serve(world, "py::is_large", lambda data: data["n"] > 10)
    heard = collector(world, "py::on_large")
    config = {"topic": "py.sizes", "condition_function_id": "py::is_large"}
    subscribe(world, "durable:subscriber", "py::on_large", config)
    bound(world, "py.sizes", 1)
    for n in (1, 11, 2, 12):
        publish(world, "py.sizes", {"n": n})
    expect(sorted(heard.take()["n"] for _ in range(2)), [11, 12])

    def done() -> bool:
        stats = world.call("engine::queue::topic_stats", {"topic": "py.sizes"})
        return stats["depth"] == 0

    eventually("the others are done", done)
    expect(len(heard), 0)


@check
def messages_that_name_no_function(world: World) -> None:
    heard = collector(world, "py::on_loose")
    world.call("engine::queue::enqueue", {"queue": "loose", "data": {"n": 1}})
    subscribe(world, "queue", "py::on_loose", {"queue": "loose"})
    expect(heard.take(), {"n": 1})
