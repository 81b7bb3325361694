"""Handlers: what they want to be given, and how they run."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from ._context import Context
from ._convert import Convert, converter
from ._schema import hints, schema_of

#: What programs register.
RemoteFunctionHandler = Callable[..., Any]

_CONTEXT_NAMES: Final = frozenset({"ctx", "context"})
_POSITIONAL: Final = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


@dataclass(frozen=True, slots=True)
class Handler:
    """A handler that is called with input and context, whatever its own parameters are."""

    call: Callable[[Any, Context], Any]
    #: Whether calling it gives a coroutine.
    is_async: bool
    request_format: Any
    response_format: Any


@dataclass(slots=True)
class _Wants:
    """The parameters of a handler."""

    data: bool = True
    context: str | None = None
    context_by_name: bool = False
    metadata: bool = False


def make_handler(function: Callable[..., Any], validate: bool | None) -> Handler:
    """Looks at a handler once, so that calls need not.

    A handler is called with its input; with the context if it has a second parameter for it; and
    with the metadata if it has a parameter of that name. `validate` None makes the input what the
    type hint says for handlers that take a context, and leaves it as it came for the others.
    """
    is_async = inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(
        getattr(function, "__call__", None)  # noqa: B004
    )
    named = hints(function)
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (ValueError, TypeError):
        parameters = []
        wants = _Wants()
    else:
        wants = _wants(parameters, named)
    annotation = named.get(parameters[0].name) if parameters and wants.data else None
    convert = None
    if annotation is not None and (validate or (validate is None and wants.context)):
        convert = converter(annotation)
    returned = named.get("return", Any) if "return" in named else Any
    return Handler(
        _caller(function, wants, convert),
        is_async,
        None if annotation is None else schema_of(annotation),
        None if returned is Any else schema_of(returned),
    )


def _wants(parameters: list[inspect.Parameter], named: dict[str, Any]) -> _Wants:
    wants = _Wants()
    if not parameters:
        return _Wants(data=False)
    for at, parameter in enumerate(parameters):
        positional = parameter.kind in _POSITIONAL
        if at == 0 and positional:
            continue
        if parameter.kind in (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD):
            continue
        if parameter.name == "metadata":
            wants.metadata = True
        elif wants.context is None and (
            named.get(parameter.name) is Context
            or parameter.name in _CONTEXT_NAMES
            or (at == 1 and positional and parameter.default is inspect.Parameter.empty)
        ):
            wants.context = parameter.name
            wants.context_by_name = parameter.kind is inspect.Parameter.KEYWORD_ONLY or at != 1
    return wants


def _caller(
    function: Callable[..., Any], wants: _Wants, convert: Convert | None
) -> Callable[[Any, Context], Any]:
    """The shortest way to call such a handler."""
    if not wants.data:
        return lambda data, context: function()
    if convert is None and not wants.metadata:
        if wants.context is None:
            return lambda data, context: function(data)
        if not wants.context_by_name:
            return function
    name = wants.context if wants.context_by_name else None
    positional = wants.context is not None and not wants.context_by_name

    def call(data: Any, context: Context) -> Any:
        more: dict[str, Any] = {}
        if wants.metadata:
            more["metadata"] = context.metadata
        if name is not None:
            more[name] = context
        if convert is not None:
            data = convert(data)
        return function(data, context, **more) if positional else function(data, **more)

    return call
