"""JSON text of values and values of JSON text: `msgspec` when it can be imported, else `json`."""

from __future__ import annotations

import base64
import dataclasses
import enum
import json
import json.encoder
import math
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Final, cast
from uuid import UUID

from ._absent import ABSENT


class JsonError(ValueError):
    """Text is no JSON, or a value has no JSON form."""


def plain(value: Any) -> Any:
    """What a value that is no JSON type is written as: the hook of both encoders."""
    if value is ABSENT:
        return None
    to_json = getattr(value, "__iii_json__", None)
    if to_json is not None:
        return to_json()
    dump = getattr(value, "model_dump", None)
    if callable(dump):
        # A pydantic model, without this package knowing pydantic.
        return dump(mode="json", by_alias=True)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: getattr(value, f.name) for f in dataclasses.fields(value)}
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, UUID | Decimal):
        return str(value)
    if isinstance(value, bytes | bytearray | memoryview):
        return base64.b64encode(cast(bytes, value)).decode()
    if isinstance(value, set | frozenset):
        return list(cast(set[Any], value))
    if isinstance(value, Mapping):
        return dict(cast(Mapping[Any, Any], value))
    raise TypeError(f"a `{type(value).__name__}` has no JSON form")


def _without_nan(value: Any) -> Any:
    """JSON has no NaN and no infinities; like everywhere else they are written as `null`."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        items = cast(dict[Any, Any], value).items()
        return {key: _without_nan(item) for key, item in items}
    if isinstance(value, list | tuple):
        return [_without_nan(item) for item in cast(list[Any], value)]
    if value is None or isinstance(value, str | int):
        return value
    return _without_nan(plain(value))


def _no_constant(text: str) -> Any:
    raise ValueError(f"`{text}` is no JSON")


_CODEC: Final = json.JSONEncoder(
    ensure_ascii=False, separators=(",", ":"), allow_nan=False, default=plain
)
_DECODER: Final = json.JSONDecoder(parse_constant=_no_constant)


def _make_encode() -> Callable[[Any], str]:
    """`JSONEncoder.encode` without making its machinery anew for every value."""
    make = cast(Any, json.encoder).c_make_encoder
    if make is None:
        return _CODEC.encode
    string = json.encoder.encode_basestring
    chunks = make(None, _CODEC.default, string, None, ":", ",", False, False, False)

    def encode(value: Any) -> str:
        return "".join(chunks(value, 0))

    return encode


_encode: Final = _make_encode()


def std_dumps(value: Any) -> bytes:
    """The JSON text of a value."""
    try:
        return _encode(value).encode()
    except (ValueError, TypeError, RecursionError) as error:
        try:
            return _CODEC.encode(_without_nan(value)).encode()
        except (ValueError, TypeError, RecursionError):
            raise JsonError(_reason(error)) from error


def std_loads(data: bytes) -> Any:
    """The value of a JSON text. Raises `JsonError`, or `UnicodeDecodeError`."""
    text = data.decode()
    try:
        return _DECODER.decode(text)
    except (ValueError, RecursionError) as error:
        raise JsonError(_reason(error)) from error


def _reason(error: Exception) -> str:
    return "it nests too deeply" if isinstance(error, RecursionError) else str(error)


def _fast() -> tuple[Callable[[Any], bytes], Callable[[bytes], Any]] | None:
    try:
        import msgspec  # pyright: ignore[reportMissingImports]
    except ImportError:
        return None
    found = cast(Any, msgspec)
    encode: Callable[[Any], bytes] = found.json.Encoder(enc_hook=plain).encode
    decode: Callable[[bytes], Any] = found.json.Decoder().decode
    errors: tuple[type[Exception], ...] = (found.MsgspecError, RecursionError)

    def dumps(value: Any) -> bytes:
        try:
            return encode(value)
        except Exception:
            # What one of the two can write, the other can, too: enums as keys, lone oddities.
            return std_dumps(value)

    def loads(data: bytes) -> Any:
        try:
            return decode(data)
        except errors:
            # The other one tells what is wrong, or takes what this one does not.
            return std_loads(data)

    return dumps, loads


_found: Final = _fast()
#: `"msgspec"` or `"json"`.
BACKEND: Final = "json" if _found is None else "msgspec"
dumps: Final[Callable[[Any], bytes]] = std_dumps if _found is None else _found[0]
loads: Final[Callable[[bytes], Any]] = std_loads if _found is None else _found[1]
