"""What the hooks of a listener are given and answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ._model import Record
from ._types import TriggerActionEnqueue, TriggerActionVoid


@dataclass(slots=True, kw_only=True)
class MiddlewareFunctionInput(Record):
    """What the middleware of a listener is called with.

    ```python
    MiddlewareFunctionInput(function_id=..., payload=..., context=...)
    ```
    """

    function_id: str
    payload: dict[str, Any]
    context: dict[str, Any]
    action: TriggerActionEnqueue | TriggerActionVoid | Mapping[str, Any] | None = None
    namespace: str | None = None


@dataclass(slots=True, kw_only=True)
class AuthInput(Record):
    """Who wants to connect.

    ```python
    AuthInput(headers=..., query_params=..., ip_address=...)
    ```
    """

    headers: dict[str, str]
    query_params: dict[str, list[str]]
    ip_address: str


@dataclass(slots=True, kw_only=True)
class AuthResult(Record):
    """What a connection may do.

    ```python
    AuthResult()
    ```
    """

    namespaces: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    allowed_functions: list[str] = field(default_factory=list[str])
    forbidden_functions: list[str] = field(default_factory=list[str])
    allowed_trigger_types: list[str] | None = None
    allow_trigger_type_registration: bool = False
    allow_function_registration: bool = True
    function_registration_prefix: str | None = None
    context: dict[str, Any] = field(default_factory=dict[str, Any])


@dataclass(slots=True, kw_only=True)
class OnFunctionRegistrationInput(Record):
    """A function that wants to be registered.

    ```python
    OnFunctionRegistrationInput(function_id=..., context=...)
    ```
    """

    function_id: str
    context: dict[str, Any]
    description: str | None = None
    metadata: dict[str, Any] | None = None
    namespace: str = "default"


@dataclass(slots=True, kw_only=True)
class OnFunctionRegistrationResult(Record):
    """How a function is registered.

    ```python
    OnFunctionRegistrationResult()
    ```
    """

    function_id: str | None = None
    description: str | None = None
    metadata: dict[str, Any] | None = None


@dataclass(slots=True, kw_only=True)
class OnTriggerRegistrationInput(Record):
    """A trigger that wants to be registered.

    ```python
    OnTriggerRegistrationInput(trigger_id=..., trigger_type=..., function_id=..., context=...)
    ```
    """

    trigger_id: str
    trigger_type: str
    function_id: str
    context: dict[str, Any]
    config: Any = None
    metadata: dict[str, Any] | None = None
    namespace: str = "default"


@dataclass(slots=True, kw_only=True)
class OnTriggerRegistrationResult(Record):
    """How a trigger is registered.

    ```python
    OnTriggerRegistrationResult()
    ```
    """

    trigger_id: str | None = None
    trigger_type: str | None = None
    function_id: str | None = None
    config: Any = None


@dataclass(slots=True, kw_only=True)
class OnTriggerTypeRegistrationInput(Record):
    """A trigger type that wants to be registered.

    ```python
    OnTriggerTypeRegistrationInput(trigger_type_id=..., description=..., context=...)
    ```
    """

    trigger_type_id: str
    description: str
    context: dict[str, Any]


@dataclass(slots=True, kw_only=True)
class OnTriggerTypeRegistrationResult(Record):
    """How a trigger type is registered.

    ```python
    OnTriggerTypeRegistrationResult()
    ```
    """

    trigger_type_id: str | None = None
    description: str | None = None


__all__ = [
    "AuthInput",
    "AuthResult",
    "MiddlewareFunctionInput",
    "OnFunctionRegistrationInput",
    "OnFunctionRegistrationResult",
    "OnTriggerRegistrationInput",
    "OnTriggerRegistrationResult",
    "OnTriggerTypeRegistrationInput",
    "OnTriggerTypeRegistrationResult",
]
