"""The messages of the protocol as tables: which fields, in which order, of which kind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, cast

_U64_MAX: Final = (1 << 64) - 1
_ENVELOPE_MAX: Final = 1024
_TRACE_MAX: Final = 8192
_DESCRIPTION_MAX: Final = 65_536
_INVOCATION_ID_MAX: Final = 128


class FieldError(Exception):
    """A field is not what the protocol says. `kind` is named as in the golden vectors."""

    def __init__(self, kind: str, field: str) -> None:
        super().__init__(f"{kind}: `{field}`")
        self.kind = kind
        self.field = field


def _text(limit: int, *, empty_ok: bool = False) -> Callable[[str, Any], Any]:
    def check(name: str, value: Any) -> Any:
        if not isinstance(value, str):
            raise FieldError("WrongFieldType", name)
        if not value and not empty_ok:
            raise FieldError("WrongFieldType" if name == "invocation_id" else "MissingField", name)
        if 4 * len(value) > limit:
            try:
                size = len(value.encode())
            except UnicodeEncodeError:
                raise FieldError("WrongFieldType", name) from None
            if size > limit:
                raise FieldError("FieldTooLong", name)
        elif not value.isascii() and any("\ud800" <= letter <= "\udfff" for letter in value):
            raise FieldError("WrongFieldType", name)
        return value

    return check


def _object(name: str, value: Any) -> Any:
    if not isinstance(value, dict):
        raise FieldError("WrongFieldType", name)
    return cast(Any, value)


def _number(name: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise FieldError("WrongFieldType", name)
    return _U64_MAX if value >= _U64_MAX else int(value)


def _flag(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise FieldError("WrongFieldType", name)
    return value


def _texts(name: str, value: Any) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(v, str) for v in cast(list[Any], value)):
        raise FieldError("WrongFieldType", name)
    return cast(list[str], value)


def _any(name: str, value: Any) -> Any:
    return value


_ID: Final = _text(_ENVELOPE_MAX)
_TRACE: Final = _text(_TRACE_MAX, empty_ok=True)
_LONG: Final = _text(_DESCRIPTION_MAX, empty_ok=True)
_INVOCATION: Final = _text(_INVOCATION_ID_MAX)


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a message."""

    name: str
    check: Callable[[str, Any], Any]
    required: bool = False
    #: `null` is a value of its own.
    nullable: bool = False
    #: What stands for an absent field.
    default: Any = None
    #: This value is never written and reads as absent.
    omitted: Any = None
    has_default: bool = False


def _required(name: str, check: Callable[[str, Any], Any] = _ID) -> Field:
    return Field(name, check, required=True)


def _payload(name: str) -> Field:
    return Field(name, _any, nullable=True)


_TRACES: Final = (
    Field("traceparent", _TRACE),
    Field("tracestate", _TRACE),
    Field("baggage", _TRACE),
)

#: Every message, its fields in canonical order.
MESSAGES: Final[dict[str, tuple[Field, ...]]] = {
    "workerregistered": (
        _required("worker_id"),
        Field("reattach_token", _ID),
        Field("features", _texts, omitted=[]),
        Field("channel_secret", _ID),
    ),
    "reattach": (_required("previous_worker_id"), Field("reattach_token", _ID)),
    "registrationrejected": (
        _required("code"),
        Field("namespace", _text(_ENVELOPE_MAX, empty_ok=True), default="", has_default=True),
        Field("worker_name", _ID),
        Field("function_id", _ID),
        Field("trigger_type", _ID),
        Field("owner_worker_id", _text(_ENVELOPE_MAX, empty_ok=True), default="", has_default=True),
        Field("message", _LONG),
    ),
    "drain": (Field("reason", _LONG),),
    "error": (_required("error", _any),),
    "ping": (),
    "pong": (),
    "registerfunction": (
        _required("id"),
        Field("description", _LONG),
        Field("request_format", _any),
        Field("response_format", _any),
        Field("metadata", _any),
        Field("invocation", _object),
        Field("timeout_ms", _number),
        Field("exclusive", _flag, omitted=False),
    ),
    "unregisterfunction": (_required("id"),),
    "functionregistered": (_required("id"), _required("namespace")),
    "registerservice": (_required("id"),),
    "invokefunction": (
        Field("invocation_id", _INVOCATION),
        _required("function_id"),
        _payload("data"),
        Field("action", _object),
        Field("metadata", _any),
        Field("namespace", _text(_ENVELOPE_MAX, empty_ok=True)),
        *_TRACES,
        Field("caller", _object),
        Field("timeout_ms", _number),
        Field("parent", _INVOCATION),
        Field("attempt", _number),
        Field("delivery", _object),
    ),
    "invocationresult": (
        _required("invocation_id", _INVOCATION),
        Field("function_id", _ID),
        _payload("result"),
        Field("error", _any),
        *_TRACES,
        Field("quiet", _flag, omitted=False),
    ),
    "cancelinvocation": (_required("invocation_id", _INVOCATION), Field("reason", _LONG)),
    "registertriggertype": (
        _required("id"),
        Field("description", _LONG),
        Field("trigger_request_format", _any),
        Field("call_request_format", _any),
        Field("namespace", _text(_ENVELOPE_MAX, empty_ok=True)),
    ),
    "unregistertriggertype": (_required("id"), Field("namespace", _ID)),
    "triggertyperegistered": (_required("id"), _required("namespace")),
    "registertrigger": (
        _required("id"),
        _required("trigger_type"),
        _required("function_id"),
        Field("config", _any, nullable=True, default=None, has_default=True),
        Field("metadata", _any),
        Field("namespace", _text(_ENVELOPE_MAX, empty_ok=True)),
        Field("trigger_namespace", _text(_ENVELOPE_MAX, empty_ok=True)),
    ),
    "unregistertrigger": (_required("id"), Field("trigger_type", _ID)),
    "triggerregistrationresult": (
        _required("id"),
        _required("trigger_type"),
        Field("function_id", _ID),
        Field("error", _any),
    ),
}
