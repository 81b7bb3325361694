"""The Python SDK of iii: connect a worker, offer functions and triggers, call functions.

A worker is any process that holds a client: `Client`, made by `register_worker`, for programs of
plain functions, or `AsyncClient` for programs with an event loop. It registers functions with
`register_function`, binds them to event sources with `register_trigger` and calls functions, its
own or anybody's, with `trigger`.

**Invariant:** every call ends: with a result, an error, a timeout or a cancellation. A call that
was sent and whose connection broke fails at once; one that was never sent is sent later.
**Invariant:** every queue, wait and table has a limit in `Limits`.
**Invariant:** nothing has to be installed beside Python; what can be imported is used.

Errors, all below `IIIError`, are drawn as a tree in `iii_kit.errors`.
"""

from ._absent import ABSENT, Absent
from ._channels import Channel, ChannelReader, ChannelWriter
from ._client import AsyncClient
from ._context import Caller, Context, Delivery, current_context
from ._errors import (
    ChannelError,
    ConnectionLostError,
    HandlerError,
    IIIError,
    InvocationError,
    InvocationTimeout,
    ObserveRejection,
    OverloadedError,
    RegistrationError,
    RegistrationRejectedError,
)
from ._handler import RemoteFunctionHandler
from ._limits import Limits
from ._logger import Logger
from ._observe import (
    Capture,
    Filter,
    Observed,
    ObserveHooks,
    Observer,
    ObserverHandle,
    ObserverOptions,
    ObserverState,
    ObserveSource,
    Target,
)
from ._signal import Signal
from ._sync import III, Client, IIIClient, register_worker
from ._trace import TraceContext
from ._triggers import (
    BoundTrigger,
    Fired,
    FunctionRef,
    Trigger,
    TriggerConfig,
    TriggerHandler,
    TriggerTypeRef,
)
from ._types import (
    DEFAULT_ENGINE_URL,
    ConnectionStateCallback,
    EnqueueResult,
    IIIConnectionState,
    InitOptions,
    OtelConfig,
    Output,
    ReconnectionConfig,
    RegisterTriggerInput,
    RegisterTriggerTypeInput,
    StreamChannelRef,
    TelemetryOptions,
    TriggerAction,
    TriggerActionEnqueue,
    TriggerActionVoid,
    TriggerRequest,
)
from ._version import __version__
from .engine import EngineFunctions, EngineTriggers
from .helpers import create_channel, create_channel_async
from .http import StreamRequest, StreamResponse, http
from .queue import AsyncQueue, Queue
from .state import AsyncState, State
from .stream import AsyncStream, IStream, Stream
from .worker_connection_manager import MiddlewareFunctionInput

#: What handlers of the older package know about their invocation.
InvocationContext = Context
current_invocation = current_context

__all__ = [
    "ABSENT",
    "DEFAULT_ENGINE_URL",
    "III",
    "Absent",
    "AsyncClient",
    "AsyncQueue",
    "AsyncState",
    "AsyncStream",
    "BoundTrigger",
    "Caller",
    "Capture",
    "Channel",
    "ChannelError",
    "ChannelReader",
    "ChannelWriter",
    "Client",
    "ConnectionLostError",
    "ConnectionStateCallback",
    "Context",
    "Delivery",
    "EngineFunctions",
    "EngineTriggers",
    "EnqueueResult",
    "Filter",
    "Fired",
    "FunctionRef",
    "HandlerError",
    "IIIClient",
    "IIIConnectionState",
    "IIIError",
    "IStream",
    "InitOptions",
    "InvocationContext",
    "InvocationError",
    "InvocationTimeout",
    "Limits",
    "Logger",
    "MiddlewareFunctionInput",
    "ObserveHooks",
    "ObserveRejection",
    "ObserveSource",
    "Observed",
    "Observer",
    "ObserverHandle",
    "ObserverOptions",
    "ObserverState",
    "OtelConfig",
    "Output",
    "OverloadedError",
    "Queue",
    "ReconnectionConfig",
    "RegisterTriggerInput",
    "RegisterTriggerTypeInput",
    "RegistrationError",
    "RegistrationRejectedError",
    "RemoteFunctionHandler",
    "Signal",
    "State",
    "Stream",
    "StreamChannelRef",
    "StreamRequest",
    "StreamResponse",
    "Target",
    "TelemetryOptions",
    "TraceContext",
    "Trigger",
    "TriggerAction",
    "TriggerActionEnqueue",
    "TriggerActionVoid",
    "TriggerConfig",
    "TriggerHandler",
    "TriggerRequest",
    "TriggerTypeRef",
    "__version__",
    "create_channel",
    "create_channel_async",
    "current_context",
    "current_invocation",
    "http",
    "register_worker",
]
