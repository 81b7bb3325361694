"""Every bound of a client, with its default."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Every bound of a client.

    ```python
    limits = Limits(calls_max=100)
    assert limits.call_timeout_s == 30
    ```
    """

    #: Invocations handled at the same time; one more is answered `overloaded`.
    invocations_max: int = 1024
    #: Threads that run handlers which are not coroutines.
    handler_threads_max: int = 32
    #: Calls waiting for an answer; one more fails with `overloaded`.
    calls_max: int = 16_384
    #: Calls kept while the engine is away; one more fails with `overloaded`.
    offline_calls_max: int = 1024
    #: Functions, triggers and trigger types this client may register, each.
    registrations_max: int = 20_000
    #: Trigger registrations a provider has not got round to yet, per trigger type.
    trigger_operations_max: int = 65_536
    #: Largest message sent or received, in bytes.
    message_bytes_max: int = 64 << 20
    #: Bytes queued towards the engine above which nothing more is taken on.
    outbox_high_bytes: int = 16 << 20
    #: Log lines and spans kept until they are sent; the oldest go first.
    telemetry_items_max: int = 2048
    #: Frames a channel's reader keeps before it stops taking more.
    channel_frames_max: int = 64
    #: Deadline of calls that name none.
    call_timeout_s: float = 30.0
    #: Extra time the local timer gives the engine to answer a late call itself.
    call_timeout_grace_s: float = 1.0
    #: How long a registration waits for its acknowledgement on a live connection.
    registration_timeout_s: float = 10.0
    #: How long the engine's first word may take on a new connection.
    greeting_timeout_s: float = 10.0
    #: A connection silent for this long is pinged; after three times as long it is dead.
    heartbeat_s: float = 15.0
    #: How long running handlers may finish when the client shuts down.
    drain_timeout_s: float = 10.0
    #: How long `register_worker` waits for the first connection.
    connect_timeout_s: float = 30.0
