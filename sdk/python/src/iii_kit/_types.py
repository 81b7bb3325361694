"""What programs hand to a client, and what they get back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, TypeAlias

from ._absent import ABSENT
from ._limits import Limits
from ._model import Record

if TYPE_CHECKING:
    from ._signal import Signal
    from ._trace import TraceContext

#: Where an engine listens unless told otherwise.
DEFAULT_ENGINE_URL: Final = "ws://127.0.0.1:49134"

#: Where a client stands with its engine.
IIIConnectionState = Literal["disconnected", "connecting", "connected", "reconnecting", "failed"]
ConnectionStateCallback = Callable[[IIIConnectionState], None]
JsonSchema: TypeAlias = "Mapping[str, Any] | bool"


@dataclass(slots=True)
class TriggerActionVoid(Record):
    """Run the function and tell nobody how it went.

    ```python
    iii.trigger({"function_id": "audit::write", "payload": line, "action": TriggerAction.Void()})
    ```
    """

    type: Literal["void"] = "void"


@dataclass(slots=True)
class TriggerActionEnqueue(Record):
    """Put the call on a durable queue; the call answers with an `EnqueueResult`.

    ```python
    charge = {"function_id": "orders::charge", "payload": order}
    iii.trigger({**charge, "action": TriggerAction.Enqueue(queue="payments")})
    ```
    """

    queue: str
    type: Literal["enqueue"] = "enqueue"
    #: Messages of one group are handled one after the other, in their order.
    group: str | None = field(default=None, kw_only=True)
    #: What limits per key count.
    key: str | None = field(default=None, kw_only=True)
    #: Whose message it is: tenants share a queue fairly.
    tenant: str | None = field(default=None, kw_only=True)
    #: Greater ones come first.
    priority: int | None = field(default=None, kw_only=True)
    #: Not before this many milliseconds have passed.
    delay_ms: int | None = field(default=None, kw_only=True)
    #: Not before this instant, in milliseconds since the Unix epoch.
    run_at: int | None = field(default=None, kw_only=True)
    #: Of several with one key within the window, the first counts.
    idempotency_key: str | None = field(default=None, kw_only=True)
    idempotency_window_ms: int | None = field(default=None, kw_only=True)
    #: Not after this many milliseconds have passed.
    ttl_ms: int | None = field(default=None, kw_only=True)
    #: How long one attempt may take.
    timeout_ms: int | None = field(default=None, kw_only=True)
    attempts_max: int | None = field(default=None, kw_only=True)
    #: `key`, `ms` and `max_wait_ms`: of several in quick succession, the last counts.
    debounce: Mapping[str, Any] | None = field(default=None, kw_only=True)
    #: `key` and `ms`: at most one in this time.
    throttle: Mapping[str, Any] | None = field(default=None, kw_only=True)
    #: At most one with this key waits or runs.
    singleton: str | None = field(default=None, kw_only=True)


class TriggerAction:
    """What the engine shall do with a call other than waiting for its result.

    ```python
    TriggerAction.Void()
    TriggerAction.Enqueue(queue="payments")
    ```
    """

    @staticmethod
    def Enqueue(*, queue: str, **options: Any) -> TriggerActionEnqueue:
        """Put the call on this queue. The options are those of `TriggerActionEnqueue`."""
        return TriggerActionEnqueue(queue=queue, **options)

    @staticmethod
    def Void() -> TriggerActionVoid:
        """Do not wait for the function."""
        return TriggerActionVoid()


@dataclass(slots=True)
class EnqueueResult(Record):
    """The answer to a call that was put on a queue.

    ```python
    receipt = EnqueueResult.model_validate(iii.trigger(request))
    ```
    """

    messageReceiptId: str


@dataclass(slots=True, kw_only=True)
class TriggerRequest(Record):
    """A call of a function.

    ```python
    request = TriggerRequest(function_id="orders::validate", payload=order, timeout_ms=5000)
    answer = iii.trigger(request)
    ```
    """

    #: The function to run.
    function_id: str
    #: Its input; left out, the function gets none, which is not the same as `None`.
    payload: Any = ABSENT
    #: None waits for the result.
    action: TriggerActionEnqueue | TriggerActionVoid | Mapping[str, Any] | None = None
    #: How long to wait; None means the client's default. Inside a handler it is cut to what is left
    #: of the handler's own deadline, unless `detached`.
    timeout_ms: int | None = None
    #: Handed to the function beside the input.
    metadata: Any = None
    #: Of the function; None means the worker's own, or `default` for ids of the engine.
    namespace: str | None = None
    #: Accepted for programs that say where to run; every call goes through the engine.
    dispatch: Literal["auto", "remote"] | None = None
    #: Gives the call up when it is cancelled.
    signal: Signal | None = None
    #: The call may outlive the handler in which it is made.
    detached: bool = False
    #: Trace to continue; None means that of the handler, or else a new one.
    trace: TraceContext | None = None
    #: Which delivery attempt this is, from 1; for workers that redeliver.
    attempt: int | None = None
    #: What is delivered: `message_id`, `queue` and `enqueued_at`; for workers that redeliver.
    delivery: Mapping[str, Any] | None = None


#: A call as an object, or as a dictionary with the same names.
Request: TypeAlias = "TriggerRequest | Mapping[str, Any]"


class Output(NamedTuple):
    """What a call gave back, for those who need to know more than its value.

    ```python
    output = await iii.trigger_output({"function_id": "jobs::next"})
    if output.result is ABSENT: ...
    ```
    """

    #: The result, or `ABSENT`.
    result: Any
    #: The function said that it left no channel in use.
    quiet: bool


@dataclass(slots=True)
class RegisterTriggerInput(Record):
    """A trigger to register.

    ```python
    config = {"api_path": "/orders", "http_method": "POST"}
    iii.register_trigger(RegisterTriggerInput("http", "orders::validate", config))
    ```
    """

    #: The trigger type.
    type: str
    #: The function to run.
    function_id: str
    config: Any = None
    #: Handed to the function at every firing.
    metadata: Any = None
    #: Of the function; None means the worker's own.
    namespace: str | None = None
    #: Of the provider; None means the worker's own, then `default`.
    trigger_namespace: str | None = None


@dataclass(slots=True)
class RegisterTriggerTypeInput(Record):
    """A trigger type to register. The formats are JSON Schemas or types.

    ```python
    kind = RegisterTriggerTypeInput("bell", "rings", trigger_request_format=BellConfig)
    ```
    """

    id: str
    description: str = ""
    #: Of a trigger's configuration.
    trigger_request_format: Any = None
    #: Of what the trigger hands to functions.
    call_request_format: Any = None
    #: None means the worker's own.
    namespace: str | None = None


@dataclass(slots=True)
class StreamChannelRef(Record):
    """A reference to one end of a channel: ordinary JSON that may travel in any payload. It is good
    for one attach.

    ```python
    {"input": channel.reader_ref.model_dump()}
    ```
    """

    channel_id: str
    #: Admits to this end; keep it out of logs.
    access_key: str = field(repr=False)
    direction: Literal["read", "write"]


@dataclass(slots=True)
class TelemetryOptions(Record):
    """What a worker says about the project it belongs to.

    ```python
    InitOptions(telemetry=TelemetryOptions(project_name="shop"))
    ```
    """

    language: str | None = None
    project_name: str | None = None
    framework: str | None = None


@dataclass(slots=True)
class ReconnectionConfig(Record):
    """How to come back after a broken connection. The retries never end by themselves.

    ```python
    InitOptions(reconnection_config=ReconnectionConfig(initial_delay_ms=100, max_delay_ms=2000))
    ```
    """

    #: The first pause lies between half of this and one and a half times this.
    initial_delay_ms: int = 100
    #: Short, so that workers are back within two seconds of an engine that listens again.
    max_delay_ms: int = 1500
    backoff_multiplier: float = 2.0
    jitter_factor: float = 0.5
    max_retries: int = -1


@dataclass(slots=True)
class OtelConfig(Record):
    """What happens with log lines and spans. What is not used here is accepted and ignored.

    ```python
    InitOptions(otel=OtelConfig(service_name="shop", enabled=True))
    ```
    """

    #: True makes a span of every invocation, also without OpenTelemetry; False sends nothing.
    enabled: bool | None = None
    service_name: str | None = None
    service_version: str | None = None
    service_namespace: str | None = None
    service_instance_id: str | None = None
    engine_ws_url: str | None = None
    fetch_instrumentation_enabled: bool = True
    spans_flush_interval_ms: int | None = None
    #: False keeps log lines out of telemetry.
    logs_enabled: bool | None = None
    logs_flush_interval_ms: int | None = None
    logs_batch_size: int | None = None
    metrics_enabled: bool = True
    metrics_export_interval_ms: int = 60_000
    engine_ws_headers: dict[str, str] | None = None


@dataclass(slots=True)
class InitOptions(Record):
    """Who a worker is, and how its client behaves.

    ```python
    iii = register_worker("ws://localhost:49134", InitOptions(worker_name="orders"))
    ```
    """

    #: The worker's service identity: workers of one name and namespace are replicas. None means
    #: `III_WORKER_NAME`, or else host name and process id.
    worker_name: str | None = None
    #: One line for people.
    worker_description: str | None = None
    #: Where its functions live; None means `III_NAMESPACE`, or else the default namespace.
    namespace: str | None = None
    #: Accepted and ignored: nothing is measured behind a program's back.
    enable_metrics_reporting: bool = True
    #: Deadline of calls that name none.
    invocation_timeout_ms: int = 30_000
    reconnection_config: ReconnectionConfig | None = None
    otel: OtelConfig | dict[str, Any] | None = None
    #: Further header lines of the connection's request.
    headers: dict[str, str] | None = None
    telemetry: TelemetryOptions | None = None
    #: The listener's token; None means `III_TOKEN`.
    token: str | None = None
    #: PEM file with further authorities for `wss`; None means `III_CA_FILE`.
    ca_file: str | None = None
    #: Whether errors of handlers carry a stack trace; None means whether `III_ENV` says
    #: `development`.
    development: bool | None = None
    limits: Limits = field(default_factory=Limits)
