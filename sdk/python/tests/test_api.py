"""What the package offers: names, documentation, the same answers with and without extras."""

from __future__ import annotations

import importlib
import inspect
import math
import pickle
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Any, Literal, TypedDict
from uuid import UUID

import pytest
from pydantic import BaseModel

import iii_kit
from iii_kit import (
    ABSENT,
    Context,
    InvocationError,
    InvocationTimeout,
    StreamChannelRef,
    TraceContext,
    TriggerRequest,
    _convert,
    _json,
    errors,
)
from iii_kit._absent import Absent
from iii_kit._errors import remote_error
from iii_kit._mint import mint
from iii_kit._schema import schema_of
from iii_kit.helpers import extract_channel_refs, is_channel_ref
from iii_kit.observability import extract_baggage, redact, redact_and_truncate

#: Names of the older packages, by the module that programs import them from.
PUBLISHED = {
    "": "InvocationError RegistrationRejectedError ObserveRejection ConnectionStateCallback "
    "DEFAULT_ENGINE_URL IIIConnectionState InitOptions register_worker TelemetryOptions "
    "TriggerAction MiddlewareFunctionInput TriggerActionEnqueue TriggerActionVoid EnqueueResult "
    "IIIClient StreamRequest StreamResponse IStream Caller Capture Filter InvocationContext "
    "Observed ObserveHooks Observer ObserverHandle ObserverOptions ObserverState ObserveSource "
    "Target current_invocation",
    "helpers": "ChannelDirection ChannelItem create_channel create_channel_async create_stream "
    "extract_channel_refs is_channel_ref",
    "channel": "Channel ChannelReader ChannelWriter StreamChannelRef",
    "trigger": "Trigger TriggerActionVoid TriggerConfig TriggerHandler",
    "runtime": "FunctionRef IIIConnectionState TriggerTypeRef",
    "engine": "EngineFunctions EngineTriggers RemoteFunctionHandler",
    "state": "IState StateGetInput StateSetInput StateDeleteInput StateListInput StateUpdateInput "
    "StateSetResult StateUpdateResult StateDeleteResult StateEventType StateEventData",
    "stream": "IStream StreamSetInput StreamGetInput StreamDeleteInput StreamListInput "
    "StreamListGroupsInput StreamUpdateInput StreamSetResult StreamUpdateResult UpdateOp "
    "UpdateSet UpdateIncrement UpdateDecrement UpdateAppend UpdateRemove UpdateMerge "
    "UpdateOpError StreamAuthInput StreamAuthResult StreamChangeEvent StreamJoinLeaveEvent",
    "errors": "InvocationError RegistrationRejectedError ObserveRejection",
    "internal": "InternalHttpRequest",
    "protocol": "MessageType RegisterTriggerInput RegisterTriggerTypeInput TriggerRequest",
    "http": "http HttpRequest HttpResponse HttpInvocationConfig HttpAuthConfig HttpMethod "
    "HttpAuthHmac HttpAuthBearer HttpAuthApiKey",
    "queue": "EnqueueResult",
    "worker_connection_manager": "AuthInput AuthResult OnFunctionRegistrationInput "
    "OnFunctionRegistrationResult OnTriggerRegistrationInput OnTriggerRegistrationResult "
    "OnTriggerTypeRegistrationInput OnTriggerTypeRegistrationResult",
    "observability": "Logger OtelConfig ReconnectionConfig REDACTED_PLACEHOLDER current_span_id "
    "current_span_is_recording current_trace_id extract_baggage extract_traceparent flush_otel "
    "init_otel inject_baggage inject_traceparent record_span_event redact redact_and_truncate "
    "resolve_max_bytes_from_env set_current_span_attribute set_current_span_error shutdown_otel "
    "with_span",
}


@pytest.mark.parametrize("module", PUBLISHED)
def test_the_published_names_are_there(module: str) -> None:
    found = importlib.import_module(f"iii_kit.{module}" if module else "iii_kit")
    missing = [name for name in PUBLISHED[module].split() if not hasattr(found, name)]
    assert missing == []


@pytest.mark.parametrize("module", PUBLISHED)
def test_every_public_name_is_documented_with_an_example(module: str) -> None:
    found = importlib.import_module(f"iii_kit.{module}" if module else "iii_kit")
    assert found.__doc__
    bare: list[str] = []
    for name in found.__all__:
        item = getattr(found, name)
        ours = getattr(item, "__module__", "").startswith("iii_kit")
        if not ours or item in (Absent, errors.ErrorInfo):
            continue
        if inspect.isclass(item) or inspect.isfunction(item):
            documented = item.__doc__ or ""
            if "```" not in documented and name not in ("IIIClient", "III", "Observer"):
                bare.append(name)
    assert bare == []


def test_the_tree_of_errors_is_drawn_as_it_is() -> None:
    tree = errors.__doc__ or ""
    for name in errors.__all__:
        if isinstance(getattr(errors, name), type) and issubclass(getattr(errors, name), Exception):
            assert name in tree
    assert issubclass(InvocationTimeout, TimeoutError)
    error = remote_error({"code": "TIMEOUT", "message": "late"}, "f", "i")
    copied = pickle.loads(pickle.dumps(error))
    assert (type(copied), str(copied), copied.function_id) == (
        InvocationTimeout,
        "TIMEOUT: late",
        "f",
    )
    assert copied.is_retryable
    assert not InvocationError("NOT_FOUND", "gone").is_retryable


class Colour(Enum):
    RED = "red"


class Model(BaseModel):
    a: int
    when: datetime | None = None


@dataclass
class Node:
    name: str
    parts: list[Node]


class Point(TypedDict):
    x: int


@pytest.mark.parametrize("dumps", [_json.dumps, _json.std_dumps])
def test_values_are_written_alike_with_and_without_extras(dumps: Any) -> None:
    when = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    for value, text in (
        (None, "null"),
        (10**30, str(10**30)),
        ("é\n", '"é\\n"'),
        ({"b": 1, "a": [1.5]}, '{"b":1,"a":[1.5]}'),
        ([float("nan"), float("inf")], "[null,null]"),
        (b"abc", '"YWJj"'),
        (Colour.RED, '"red"'),
        (UUID(int=1), '"00000000-0000-0000-0000-000000000001"'),
        ((1, 2), "[1,2]"),
        (Node("n", []), '{"name":"n","parts":[]}'),
        (Model(a=1), '{"a":1,"when":null}'),
        (StreamChannelRef("c", "k", "read"), None),
    ):
        written = dumps(value).decode()
        assert text is None or written == text
    assert dumps(when).decode() in ('"2026-01-02T03:04:05Z"', '"2026-01-02T03:04:05+00:00"')
    for bad in (object(), "\ud800"):
        with pytest.raises(_json.JsonError):
            dumps(bad)


@pytest.mark.parametrize("loads", [_json.loads, _json.std_loads])
def test_texts_are_read_alike_with_and_without_extras(loads: Any) -> None:
    number = loads(b"1000000000000000000000000000000")
    assert (type(number), number) == (int, 10**30)
    assert math.isclose(loads(b"1e2"), 100.0)
    for bad in (b"{", b"NaN", b'"\x01"', b"[1,]", b"1 x", b"[" * 100_000):
        with pytest.raises(_json.JsonError):
            loads(bad)
    with pytest.raises(UnicodeDecodeError):
        loads(b'"\xff"')


def test_schemas_say_what_the_hints_say() -> None:
    for annotation, wanted in (
        (str, {"type": "string"}),
        (int | None, {"type": ["integer", "null"]}),
        (list[int], {"type": "array", "items": {"type": "integer"}}),
        (dict[str, bool], {"type": "object", "additionalProperties": {"type": "boolean"}}),
        (Literal["a", "b"], {"type": "string", "enum": ["a", "b"]}),
        (Colour, {"type": "string", "enum": ["red"]}),
        (None, {"type": "null"}),
    ):
        schema = schema_of(annotation)
        assert schema is not None
        schema.pop("$schema")
        assert schema == wanted
    assert schema_of(Any) is None
    point = schema_of(Point)
    assert point is not None
    assert point["required"] == ["x"]
    node = schema_of(Node)
    assert node is not None
    assert node["properties"]["parts"]["items"] == {"$ref": "#/$defs/Node"}
    assert "Node" in node["$defs"]
    models = schema_of(list[Model])
    assert models is not None
    assert models["items"]["properties"]["a"]["type"] == "integer"


def test_inputs_become_what_the_hint_says_without_pydantic() -> None:
    built = _convert._build(Node, {"name": "a", "parts": [{"name": "b", "parts": []}], "more": 1})
    assert built == Node("a", [Node("b", [])])
    assert _convert._build(Node | None, None) is None
    assert _convert.converter(dict) is None


def test_records_are_made_and_dumped_like_models() -> None:
    request = TriggerRequest(function_id="f", payload={"a": 1})
    assert request.payload == {"a": 1}
    assert TriggerRequest(function_id="f").payload is ABSENT
    reference = StreamChannelRef.model_validate(
        {"channel_id": "c", "access_key": "secret", "direction": "read", "more": 1}
    )
    assert reference.model_dump()["access_key"] == "secret"
    assert "secret" not in repr(reference)
    with pytest.raises(ValueError, match="direction"):
        StreamChannelRef.model_validate({"channel_id": "c", "access_key": "k"})


def test_references_are_found_anywhere() -> None:
    reference = {"channel_id": "c", "access_key": "k", "direction": "read"}
    found = extract_channel_refs({"a": [1, {"b": reference}], "c": reference})
    assert [path for path, _ in found] == ["a[1].b", "c"]
    assert not is_channel_ref({**reference, "direction": "both"})


def test_minted_keys_are_the_halves_of_one_digest() -> None:
    # printf 'w.65541' | openssl dgst -sha256 -hmac secret
    writer, reader = mint("w", b"secret", 0.0015, 5, None)
    assert (reader.channel_id, writer.channel_id) == ("w.65541", "w.65541")
    both = reader.access_key + writer.access_key
    assert both == "016e66e30b948a889b22d8df3e0a66534e9a39ccb8fd7e4f3922d22194acfb73"
    assert mint("w", b"secret", 0.0015, 5, 4)[0].channel_id == "w.65541.4"


def test_malformed_traces_have_no_id() -> None:
    for text in ("", "00", "00-xyz-1-01", "00-0af7651916cd43dd8448eb211c80319-1-01"):
        assert TraceContext(text).trace_id is None


def test_secrets_are_redacted() -> None:
    shown = redact({"password": "x", "nested": [{"auth_token": "y", "tokens": 3}]})
    assert shown == {
        "password": "[REDACTED]",
        "nested": [{"auth_token": "[REDACTED]", "tokens": 3}],
    }
    text, was_cut = redact_and_truncate({"a": "é" * 10}, 8)
    assert was_cut
    assert len(text.encode()) <= 8
    assert extract_baggage("tenant=a%20b;p=1,x=y") == {"tenant": "a b", "x": "y"}


def test_a_blank_namespace_is_refused() -> None:
    with pytest.raises(ValueError, match="namespace"):
        iii_kit.AsyncClient(options=iii_kit.InitOptions(namespace=" "))
    assert inspect.isclass(Context)
