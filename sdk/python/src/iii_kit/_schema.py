"""JSON Schemas of type hints: builtins, data classes, typed dictionaries, pydantic models."""

from __future__ import annotations

import dataclasses
import enum
import types
import typing
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Annotated, Any, Final, Literal, Union, cast, get_args, get_origin
from uuid import UUID

_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"

Schema = dict[str, Any]

_SIMPLE: Final[dict[Any, Schema]] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    type(None): {"type": "null"},
    bytes: {"type": "string", "format": "byte"},
    datetime: {"type": "string", "format": "date-time"},
    date: {"type": "string", "format": "date"},
    time: {"type": "string", "format": "time"},
    UUID: {"type": "string", "format": "uuid"},
    Decimal: {"type": "string"},
    list: {"type": "array"},
    tuple: {"type": "array"},
    set: {"type": "array"},
    dict: {"type": "object"},
}


def schema_of(annotation: Any) -> Schema | None:
    """The JSON Schema of a type; None when it says nothing.

    ```python
    assert schema_of(list[int])["items"] == {"type": "integer"}
    assert schema_of(Any) is None
    ```
    """
    found = _Builder().top(annotation)
    return None if found is None else {**found, "$schema": _DIALECT}


def as_schema(given: Any) -> Any:
    """A schema given as a schema, or as the type to derive it from."""
    if given is None or isinstance(given, bool | Mapping):
        return cast(Any, given)
    dump = getattr(given, "model_dump", None)
    if callable(dump) and not isinstance(given, type):
        return dump(exclude_none=True)
    return schema_of(given)


def hints(function: Callable[..., Any]) -> dict[str, Any]:
    """The type hints of a function, or none where they cannot be told."""
    for owner in (function, getattr(function, "__call__", None)):  # noqa: B004
        try:
            found = typing.get_type_hints(owner, include_extras=True)
        except Exception:
            # A name that exists only for type checkers takes nothing but the schema away.
            continue
        if found:
            return found
    return {}


class _Builder:
    """Walks one type; classes that contain themselves become references."""

    def __init__(self) -> None:
        self._defs: dict[str, Schema] = {}
        self._open: list[Any] = []
        self._recursive: set[str] = set()

    def top(self, annotation: Any) -> Schema | None:
        schema = self._of(annotation)
        if schema is None:
            return None
        defs = {name: self._defs[name] for name in self._recursive if name in self._defs}
        defs |= {name: found for name, found in self._defs.items() if name not in defs}
        return {**schema, "$defs": defs} if defs else schema

    def _of(self, annotation: Any) -> Schema | None:
        if annotation is None:
            return {"type": "null"}
        try:
            simple = _SIMPLE.get(annotation)
        except TypeError:
            simple = None
        if simple is not None:
            return dict(simple)
        origin = get_origin(annotation)
        if origin is not None:
            return self._generic(origin, get_args(annotation))
        if isinstance(annotation, type):
            return self._class(cast(type[Any], annotation))
        return None

    def _any(self, annotation: Any) -> Schema:
        return self._of(annotation) or {}

    def _generic(self, origin: Any, arguments: tuple[Any, ...]) -> Schema | None:
        if origin is Annotated:
            return self._of(arguments[0])
        if origin is Literal:
            return _literal(list(arguments))
        if origin is Union or origin is types.UnionType:
            return self._union(arguments)
        if origin in (dict, Mapping) or _is_subclass(origin, Mapping):
            values = self._of(arguments[1]) if len(arguments) == 2 else None
            return {"type": "object", **({"additionalProperties": values} if values else {})}
        if origin is tuple:
            return self._tuple(arguments)
        if origin in (list, set, frozenset, Sequence, Iterable) or _is_subclass(origin, Sequence):
            unique = {"uniqueItems": True} if origin in (set, frozenset) else {}
            return {"type": "array", "items": self._any(arguments[0]), **unique}
        if _is_subclass(origin, typing.Awaitable):
            return self._of(arguments[-1])
        return self._class(origin) if isinstance(origin, type) else None

    def _union(self, members: tuple[Any, ...]) -> Schema | None:
        schemas = [self._of(member) for member in members]
        if any(schema is None for schema in schemas):
            return None
        known = cast(list[Schema], schemas)
        if all(set(schema) == {"type"} for schema in known):
            return {"type": [schema["type"] for schema in known]}
        return {"anyOf": known}

    def _tuple(self, members: tuple[Any, ...]) -> Schema:
        if len(members) == 2 and members[1] is Ellipsis:
            return {"type": "array", "items": self._any(members[0])}
        items = [self._any(member) for member in members]
        return {"type": "array", "prefixItems": items, "minItems": len(items), "items": False}

    def _class(self, kind: type[Any]) -> Schema | None:
        derive = getattr(kind, "model_json_schema", None)
        if callable(derive):
            # A pydantic model, without this package knowing pydantic.
            schema = cast(Schema, derive())
            self._defs |= cast(dict[str, Schema], schema.pop("$defs", {}))
            return schema
        if issubclass(kind, enum.Enum):
            return _literal([member.value for member in kind])
        if kind in self._open:
            self._recursive.add(kind.__name__)
            return {"$ref": f"#/$defs/{kind.__name__}"}
        self._open.append(kind)
        try:
            schema = self._fields(kind)
        finally:
            self._open.pop()
        if schema is not None and kind.__name__ in self._recursive:
            self._defs[kind.__name__] = schema
        return schema

    def _fields(self, kind: type[Any]) -> Schema | None:
        names = hints(cast(Any, kind))
        if dataclasses.is_dataclass(kind):
            fields = dataclasses.fields(kind)
            missing = dataclasses.MISSING
            required = [
                field.name
                for field in fields
                if field.default is missing and field.default_factory is missing
            ]
            known = {field.name: names.get(field.name) for field in fields}
        elif typing.is_typeddict(kind):
            required = sorted(cast(Any, kind).__required_keys__)
            known = names
        elif _is_subclass(kind, tuple) and hasattr(cast(Any, kind), "_fields"):
            return self._tuple(tuple(names.get(name) for name in cast(Any, kind)._fields))
        else:
            return None
        properties = {name: self._any(annotation) for name, annotation in known.items()}
        schema: Schema = {"type": "object", "title": kind.__name__, "properties": properties}
        return {**schema, "required": required} if required else schema


def _literal(values: list[Any]) -> Schema:
    kinds: set[Any] = {type(value) for value in values}
    found = _SIMPLE.get(next(iter(kinds))) if len(kinds) == 1 else None
    return {**(found or {}), "enum": values}


def _is_subclass(kind: Any, parent: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, parent)
