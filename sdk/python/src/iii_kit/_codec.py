"""Messages of the protocol to bytes and back. Payloads are parsed: this is one of their ends."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, Final, cast

from . import _json
from ._json import JsonError
from ._messages import MESSAGES, FieldError

Message = dict[str, Any]

_SALVAGED_ID: Final = re.compile(rb'"invocation_id"\s*:\s*"((?:[^"\\]|\\.){1,128})"')
_SALVAGED_TYPE: Final = re.compile(rb'"type"\s*:\s*"([a-z]{1,40})"')
_TYPE_BYTES_MAX: Final = 1024


class DecodeError(Exception):
    """Bytes are no message of the protocol.

    `kind` and `field` are named as in the golden vectors; `invocation_id` and `message_type` are
    what could still be told, so that whoever waits gets an answer.
    """

    def __init__(
        self,
        kind: str,
        field: str | None = None,
        invocation_id: str | None = None,
        message_type: str | None = None,
    ) -> None:
        super().__init__(f"{kind}: `{field}`" if field else kind)
        self.kind = kind
        self.field = field
        self.invocation_id = invocation_id
        self.message_type = message_type


def decode(data: bytes) -> Message:
    """Reads and checks one message; absent fields and `null` ones are left out."""
    message = parse(data)
    return check(message)


def parse(data: bytes) -> Message:
    """Reads a message without checking its fields."""
    try:
        message = _json.loads(data)
    except UnicodeDecodeError:
        raise _salvaged("NotUtf8", data) from None
    except JsonError:
        raise _salvaged("Syntax", data) from None
    if not isinstance(message, dict):
        raise DecodeError("NotAnObject")
    return cast(Message, message)


def check(message: Message) -> Message:
    """The message with only the fields that the protocol knows, each as it should be."""
    identified = message.get("invocation_id")
    ok = isinstance(identified, str) and 0 < len(identified) <= 128
    invocation_id = cast(str, identified) if ok else None
    kind = message.get("type")
    if kind is None:
        raise DecodeError("MissingType", None, invocation_id)
    if not isinstance(kind, str):
        raise DecodeError("WrongFieldType", "type", invocation_id)
    if len(kind) > _TYPE_BYTES_MAX:
        raise DecodeError("FieldTooLong", "type", invocation_id)
    fields = MESSAGES.get(kind)
    if fields is None:
        raise DecodeError("UnknownType", None, invocation_id)
    checked: Message = {"type": kind}
    try:
        for field in fields:
            name = field.name
            if name in message and (message[name] is not None or field.nullable):
                value = message[name]
                if value is not None:
                    value = field.check(name, value)
                if field.omitted is None or value != field.omitted:
                    checked[name] = value
            elif field.required:
                raise FieldError("MissingField", name)
            elif field.has_default:
                checked[name] = field.default
    except FieldError as error:
        raise DecodeError(error.kind, error.field, invocation_id, kind) from None
    return checked


def encode(message: Message) -> bytes:
    """The canonical form of a message: `type` first, then the fields in the protocol's order."""
    kind = message["type"]
    ordered: Message = {"type": kind}
    for field in MESSAGES[kind]:
        name = field.name
        if name not in message:
            if field.has_default and field.nullable:
                ordered[name] = field.default
            continue
        value = message[name]
        if (value is None and not field.nullable) or (
            field.omitted is not None and value == field.omitted
        ):
            continue
        ordered[name] = value
    return _json.dumps(ordered)


@lru_cache(maxsize=4096)
def quoted(text: str) -> bytes:
    """The JSON text of an id. Ids come again and again."""
    return _json.dumps(text)


def encode_call(
    invocation_id: str | None,
    function_id: str,
    data: bytes | None,
    rest: bytes,
    timeout_ms: int | None,
    parent: str | None,
) -> bytes:
    """`invokefunction` out of parts that are JSON text already; `rest` is made by `call_rest`."""
    parts = [b'{"type":"invokefunction"']
    if invocation_id is not None:
        parts.append(b',"invocation_id":"%b"' % invocation_id.encode())
    parts.append(b',"function_id":%b' % quoted(function_id))
    if data is not None:
        parts.append(b',"data":')
        parts.append(data)
    parts.append(rest)
    if timeout_ms is not None:
        parts.append(b',"timeout_ms":%d' % timeout_ms)
    if parent is not None:
        parts.append(b',"parent":%b' % quoted(parent))
    parts.append(b"}")
    return b"".join(parts)


def call_rest(
    action: bytes | None,
    metadata: bytes | None,
    namespace: str | None,
    trace: tuple[str | None, str | None, str | None],
) -> bytes:
    """The fields of a call between `data` and `timeout_ms`, in their order."""
    parts: list[bytes] = []
    if action is not None:
        parts.append(b',"action":%b' % action)
    if metadata is not None:
        parts.append(b',"metadata":%b' % metadata)
    if namespace is not None:
        parts.append(b',"namespace":%b' % quoted(namespace))
    traceparent, tracestate, baggage = trace
    if traceparent is not None:
        parts.append(b',"traceparent":%b' % _trace_text(traceparent))
    if tracestate is not None:
        parts.append(b',"tracestate":%b' % _json.dumps(tracestate))
    if baggage is not None:
        parts.append(b',"baggage":%b' % _json.dumps(baggage))
    return b"".join(parts)


def encode_result(invocation_id: str, function_id: str, result: bytes | None, quiet: bool) -> bytes:
    """`invocationresult` of a call that went well."""
    given = b"" if result is None else b',"result":' + result
    return b'{"type":"invocationresult","invocation_id":%b,"function_id":%b%b%b}' % (
        _id_text(invocation_id),
        quoted(function_id),
        given,
        b',"quiet":true' if quiet else b"",
    )


def _id_text(text: str) -> bytes:
    # The engine makes these ids; they are UUIDs, but nothing says that they have to be.
    if text.replace("-", "").isalnum() and text.isascii():
        return b'"%b"' % text.encode()
    return _json.dumps(text)


def _trace_text(text: str) -> bytes:
    return _id_text(text)


def _salvaged(kind: str, data: bytes) -> DecodeError:
    """What can still be told out of broken JSON."""
    found = _SALVAGED_ID.search(data)
    named = _SALVAGED_TYPE.search(data)
    return DecodeError(
        kind,
        None,
        found[1].decode(errors="replace") if found else None,
        named[1].decode() if named else None,
    )
