"""From a request to what is sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple, cast

from ._absent import ABSENT
from ._codec import call_rest
from ._context import CURRENT as CURRENT_CONTEXT
from ._context import Context
from ._errors import InvocationError, timed_out
from ._json import JsonError, dumps
from ._limits import Limits
from ._signal import Signal
from ._spans import Span, of_call
from ._telemetry import Telemetry
from ._trace import TraceContext, outgoing
from ._types import Request, TriggerActionEnqueue, TriggerRequest

_VOID: Final = b'{"type":"void"}'
_KEY_NAME: Final = b'"access_key"'


class Prepared(NamedTuple):
    """A call that only has to be sent. Its payload is text already, so that the program may change
    the value behind it."""

    function_id: str
    data: bytes | None
    rest: bytes
    is_void: bool
    timeout_s: float
    #: What the wire says for a call that nobody waits for.
    void_timeout_ms: int | None
    parent: str | None
    #: The connection on which `parent` has a meaning.
    epoch: int
    signal: Signal | None
    #: The payload may hand a reference to a channel on.
    names_channel: bool
    #: What ends when the call has ended.
    span: Span | None


def prepare(
    request: Request,
    scope: Context | None,
    is_parent: bool,
    own_namespace: str | None,
    limits: Limits,
    default_timeout_s: float,
    telemetry: Telemetry | None,
) -> Prepared:
    """Checks a request and makes its parts. `scope` is the invocation it is made in."""
    get = request.get if isinstance(request, Mapping) else _getter(request)
    function_id = get("function_id")
    if not isinstance(function_id, str) or not function_id:
        raise InvocationError("INVALID_ARGUMENTS", "a call needs a `function_id`")
    payload = get("payload", ABSENT)
    metadata = get("metadata")
    data = None if payload is ABSENT else _text(payload, function_id)
    beside = None if metadata is None else _text(metadata, function_id)
    size = (len(data) if data else 0) + (len(beside) if beside else 0)
    if size > limits.message_bytes_max:
        message = f"the payload has {size} bytes, the limit is {limits.message_bytes_max}"
        hint = "send large data through a channel"
        raise InvocationError("payload_too_large", f"{message}; {hint}", function_id)
    parent = scope if is_parent and not get("detached", False) else None
    given_ms: int | None = get("timeout_ms")
    timeout_s = default_timeout_s if given_ms is None else given_ms / 1000
    if parent is not None and parent.due is not None:
        timeout_s = min(timeout_s, cast(float, parent.remaining))
    action, is_void = _action(get("action"))
    if timeout_s <= 0 and not is_void:
        raise timed_out(function_id, timeout_s)
    trace: TraceContext | None = get("trace")
    if trace is None and scope is not None and CURRENT_CONTEXT.get() is not scope:
        # Made on behalf of an invocation from somewhere else.
        trace = scope.trace
    namespace = _namespace(get("namespace"), function_id, own_namespace)
    attempt: int | None = get("attempt")
    further = b"" if attempt is None else b',"attempt":%d' % attempt
    delivery: Mapping[str, Any] | None = get("delivery")
    if delivery is not None:
        further += b',"delivery":' + _text(delivery, function_id)
    span = telemetry and of_call(telemetry, function_id, action is not None, trace)
    if span is not None:
        trace = span.trace
    rest = call_rest(action, beside, namespace, outgoing() if trace is None else trace) + further
    return Prepared(
        function_id,
        data,
        rest,
        is_void,
        timeout_s,
        given_ms,
        None if parent is None else parent.invocation_id,
        0 if parent is None else parent.epoch,
        get("signal"),
        data is not None and _KEY_NAME in data,
        span,
    )


def check_wanted(prepared: Prepared) -> None:
    """Raises when the call was given up before it began."""
    if prepared.signal is not None and prepared.signal.cancelled:
        raise given_up(prepared.function_id)


def given_up(function_id: str) -> InvocationError:
    """What a call fails with that its signal has given up."""
    return InvocationError("cancelled", "the call was cancelled", function_id)


def _getter(request: TriggerRequest) -> Any:
    def get(name: str, default: Any = None) -> Any:
        return getattr(request, name, default)

    return get


def _text(value: Any, function_id: str) -> bytes:
    try:
        return dumps(value)
    except JsonError as error:
        message = f"the payload has no JSON form: {error}"
        raise InvocationError("serialization_error", message, function_id) from error


def _action(action: Any) -> tuple[bytes | None, bool]:
    if action is None:
        return None, False
    if isinstance(action, Mapping):
        kind = cast(Mapping[str, Any], action).get("type")
    else:
        kind = getattr(action, "type", None)
    if kind == "void":
        return _VOID, True
    if isinstance(action, TriggerActionEnqueue):
        # What is not said is not sent: a queue has its own word for it.
        return dumps(action.model_dump(exclude_none=True)), False
    return dumps(action), False


def _namespace(given: Any, function_id: str, own: str | None) -> str | None:
    """A worker with a namespace of its own means that one unless it says otherwise; the engine's
    own functions are in the default one."""
    if given is not None:
        return None if given == "default" else cast(str, given)
    return own if own is not None and not function_id.startswith("engine::") else None
