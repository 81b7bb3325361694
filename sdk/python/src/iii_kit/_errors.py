"""What can go wrong.

```
IIIError
├── InvocationError                a call gave no result; `code` says why
│   ├── InvocationTimeout          `TIMEOUT`; also a `TimeoutError`
│   ├── ConnectionLostError        `connection_lost`; also a `ConnectionError`
│   └── OverloadedError            `overloaded`
├── HandlerError                   raised by handlers: its code reaches the caller
├── RegistrationError              one function, trigger or trigger type was refused
├── RegistrationRejectedError      the engine refused this worker for good
├── ObserveRejection               an observer was refused
└── ChannelError                   a channel cannot be read or written; `code` says why
```
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

from ._error_codes import ERRORS

#: The members of an error body that have a place of their own.
_MEMBERS: Final = frozenset(("code", "message", "stacktrace"))
#: What a call fails with when its answer has no code of its own.
UNKNOWN: Final = "UNKNOWN"


class IIIError(Exception):
    """The root of everything this package raises on purpose.

    ```python
    try:
        iii.trigger({"function_id": "orders::validate", "payload": order})
    except IIIError as error:
        print("not validated:", error)
    ```
    """


class InvocationError(IIIError):
    """A call gave no result. `code` is one of the protocol's catalogue, or the function's own.

    ```python
    try:
        iii.trigger({"function_id": "orders::charge", "payload": order})
    except InvocationError as error:
        if error.code == "card_declined":
            ...
    ```

    `stacktrace` is where it happened in the function's own language; it is there in development
    only and never part of `str(error)`.
    """

    def __init__(
        self,
        code: str,
        message: str,
        function_id: str | None = None,
        stacktrace: str | None = None,
        invocation_id: str | None = None,
        details: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.function_id = function_id
        self.stacktrace = stacktrace
        self.invocation_id = invocation_id
        #: What else the error says: its members beside code, message and stack.
        self.details: dict[str, Any] = _details(details)

    def __reduce__(self) -> tuple[Any, ...]:
        about = (self.function_id, self.stacktrace, self.invocation_id, self.details)
        return (_rebuild, (type(self), (self.code, self.message, *about)))

    @property
    def is_retryable(self) -> bool:
        """Whether the same call may succeed later. That it is safe to run the function twice is
        for the caller to know."""
        told = self.details.get("retryable")
        return told if isinstance(told, bool) else self.code in _RETRYABLE

    @property
    def retry_after_ms(self) -> int | None:
        """How long to wait before another attempt, if the function says so."""
        told = self.details.get("retry_after_ms")
        if isinstance(told, bool) or not isinstance(told, (int, float)):
            return None
        return int(told) if 0 <= told < float("inf") else None

    @property
    def released(self) -> bool:
        """Whether the message is given back and the attempt not counted."""
        return self.details.get("released") is True


class InvocationTimeout(InvocationError, TimeoutError):
    """The call did not end in time.

    ```python
    try:
        iii.trigger({"function_id": "slow::report", "payload": {}, "timeout_ms": 500})
    except InvocationTimeout:
        ...
    ```
    """


class ConnectionLostError(InvocationError, ConnectionError):
    """The connection broke after the call was sent; the function may or may not have run.

    ```python
    except ConnectionLostError:
        retry_if_idempotent()
    ```
    """


class OverloadedError(InvocationError):
    """A limit of this client, of the engine or of the function's worker is reached.

    ```python
    except OverloadedError:
        slow_down()
    ```
    """


class HandlerError(IIIError):
    """How a handler fails: code and message reach the caller unchanged.

    ```python
    def charge(order):
        raise HandlerError("card_declined", "the bank said no")
    ```

    Any other exception that has a string attribute `code` keeps it, too; the rest arrives as
    `invocation_failed`.

    A queue that delivered the call acts on the rest: it waits `retry_after_ms` before the next
    attempt, makes none with `retryable=False`, and does not count this one when `released`.
    `details` are further members of the error body.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        retry_after_ms: int | None = None,
        retryable: bool | None = None,
        released: bool = False,
        details: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.details: dict[str, Any] = _details(details)
        if retry_after_ms is not None:
            self.details["retry_after_ms"] = retry_after_ms
        if retryable is not None:
            self.details["retryable"] = retryable
        if released:
            self.details["released"] = True

    def __reduce__(self) -> tuple[Any, ...]:
        return (_handler_error, (type(self), self.code, self.message, self.details))


class RegistrationError(IIIError, ValueError):
    """One function, trigger or trigger type is not registered; the connection goes on.

    ```python
    try:
        await iii.register_function("orders::validate", validate)
    except RegistrationError as error:
        print(error.id, "belongs to somebody else:", error.code)
    ```
    """

    def __init__(self, id: str, code: str, message: str) -> None:
        super().__init__(f"`{id}` is not registered: {message}")
        self.id = id
        self.code = code
        self.message = message

    def __reduce__(self) -> tuple[Any, ...]:
        return (type(self), (self.id, self.code, self.message))


class RegistrationRejectedError(IIIError):
    """The engine refused this worker; trying again unchanged is pointless, so nothing tries.

    ```python
    try:
        iii = register_worker("ws://localhost:49134", InitOptions(worker_name="state"))
    except RegistrationRejectedError as error:
        print(error.code)
    ```
    """

    def __init__(
        self,
        code: str,
        namespace: str = "",
        worker_name: str = "",
        owner_worker_id: str = "",
        message: str = "",
    ) -> None:
        if not message:
            owner = f" (owned by `{owner_worker_id}`)" if owner_worker_id else ""
            message = f"worker `{worker_name}` is refused in namespace `{namespace}`{owner}"
        super().__init__(f"{code}: {message}")
        self.code = code
        self.namespace = namespace
        self.worker_name = worker_name
        self.owner_worker_id = owner_worker_id
        self.message = message

    def __reduce__(self) -> tuple[Any, ...]:
        parts = (self.code, self.namespace, self.worker_name, self.owner_worker_id, self.message)
        return (type(self), parts)


class ObserveRejection(IIIError):
    """An observer was refused.

    ```python
    handle = iii.observe({"function_id": "orders::charge"}, "audit::charged")
    ```
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


class ChannelError(IIIError):
    """A channel cannot be read or written.

    `code` is `channel_aborted` when the other end gave up before the end of the stream,
    `channel_not_found` when the reference is unknown, used or expired.

    ```python
    try:
        body = await reader.read_all()
    except ChannelError as error:
        print("incomplete:", error.code)
    ```
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


def _details(details: Mapping[str, Any] | None) -> dict[str, Any]:
    return {name: value for name, value in (details or {}).items() if name not in _MEMBERS}


def _handler_error(
    kind: type[HandlerError], code: str, message: str, details: dict[str, Any]
) -> HandlerError:
    return kind(code, message, details=details)


def _rebuild(kind: type[InvocationError], parts: tuple[Any, ...]) -> InvocationError:
    return kind(*parts)


_KINDS: Final[dict[str, type[InvocationError]]] = {
    "TIMEOUT": InvocationTimeout,
    "connection_lost": ConnectionLostError,
    "overloaded": OverloadedError,
}
_RETRYABLE: Final = frozenset(code for code, about in ERRORS.items() if about.retryable)


def invocation_error(
    code: str,
    message: str,
    function_id: str | None = None,
    stacktrace: str | None = None,
    invocation_id: str | None = None,
    details: Mapping[str, Any] | None = None,
) -> InvocationError:
    """The error of the class that its code asks for."""
    kind = _KINDS.get(code, InvocationError)
    return kind(code, message, function_id, stacktrace, invocation_id, details)


def remote_error(body: object, function_id: str | None, invocation_id: str) -> InvocationError:
    """The error that an error body stands for; a body of another shape is its own message."""
    if isinstance(body, dict):
        fields = cast(dict[str, Any], body)
        code, message = fields.get("code"), fields.get("message")
        stack = fields.get("stacktrace")
        if isinstance(code, str) and isinstance(message, str):
            stack = stack if isinstance(stack, str) else None
            return invocation_error(code, message, function_id, stack, invocation_id, fields)
    return InvocationError(UNKNOWN, str(cast(object, body)), function_id, None, invocation_id)


def timed_out(function_id: str, timeout_s: float) -> InvocationError:
    """A call that ran out of time here."""
    waited = round(timeout_s * 1000)
    message = f"`{function_id}` did not answer within {waited} ms"
    return InvocationTimeout("TIMEOUT", message, function_id)


def limit_reached(limit: str, function_id: str | None = None) -> InvocationError:
    """A limit of this client is reached."""
    return OverloadedError("overloaded", f"the client limit `{limit}` is reached", function_id)


def shut_down() -> InvocationError:
    """The client was shut down."""
    return InvocationError("shutting_down", "the client is shut down")
