"""Inputs as the type that a handler names: pydantic models and data classes."""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Callable
from typing import Annotated, Any, Union, cast, get_args, get_origin

from ._errors import HandlerError
from ._schema import hints

Convert = Callable[[Any], Any]


def converter(annotation: Any) -> Convert | None:
    """What makes an input of this type; None when it may stay as it came."""
    if not _has_models(annotation):
        return None
    try:
        from pydantic import TypeAdapter  # pyright: ignore[reportMissingImports]
    except ImportError:
        return _told(lambda value: _build(annotation, value))
    adapter: Any = cast(Any, TypeAdapter)(annotation)
    return _told(adapter.validate_python)


def _told(convert: Convert) -> Convert:
    def checked(value: Any) -> Any:
        try:
            return convert(value)
        except (ValueError, TypeError) as error:
            message = f"the input does not fit: {error}"
            raise HandlerError("INVALID_ARGUMENTS", message) from error

    return checked


def _has_models(annotation: Any) -> bool:
    if isinstance(annotation, type) and get_origin(annotation) is None:
        kind = cast(type[Any], annotation)
        return hasattr(kind, "model_validate") or dataclasses.is_dataclass(kind)
    return any(_has_models(part) for part in get_args(annotation))


def _build(annotation: Any, value: Any) -> Any:
    """The same without pydantic, for data classes."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _build(arguments[0], value)
    if origin is Union or origin is types.UnionType:
        if value is None and type(None) in arguments:
            return None
        models = [argument for argument in arguments if _has_models(argument)]
        return _build(models[0], value) if models and isinstance(value, dict) else cast(Any, value)
    if origin is list and isinstance(value, list):
        return [_build(arguments[0], item) for item in cast(list[Any], value)]
    if origin is dict and isinstance(value, dict):
        items = cast(dict[str, Any], value).items()
        return {key: _build(arguments[1], item) for key, item in items}
    kind = cast(Any, origin or annotation)
    if isinstance(kind, type) and dataclasses.is_dataclass(cast(type[Any], kind)):
        return _record(kind, value)
    return value


def _record(kind: Any, value: Any) -> Any:
    if not isinstance(value, dict):
        raise ValueError(f"`{kind.__name__}` is made of an object")
    given = cast(dict[str, Any], value)
    named = hints(kind)
    known: dict[str, Any] = {}
    for field in dataclasses.fields(kind):
        if field.init and field.name in given:
            known[field.name] = _build(named.get(field.name, typing.Any), given[field.name])
    return kind(**known)
