"""Handlers of HTTP triggers, and functions behind URLs."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, TypeAlias, TypeVar, cast

from ._channels import ChannelReader, ChannelWriter
from ._events import EVENT_HEADERS, EventStream
from ._json import dumps
from ._model import Record

TBody = TypeVar("TBody")

HttpMethod = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]


@dataclass(kw_only=True)
class HttpRequest(Record, Generic[TBody]):
    """A request as a handler is given it.

    ```python
    def validate(request: dict):
        order = HttpRequest.model_validate(request).body
    ```
    """

    path_params: dict[str, str] = field(default_factory=dict[str, str])
    query_params: dict[str, str | list[str]] = field(default_factory=dict[str, str | list[str]])
    body: TBody | None = None
    headers: dict[str, str | list[str]] = field(default_factory=dict[str, str | list[str]])
    method: str = "GET"


class HttpResponse(Record, Generic[TBody]):
    """What a handler answers. `statusCode` is the older name of `status_code`.

    ```python
    return HttpResponse(status_code=201, body={"id": 7}, headers={"location": "/orders/7"})
    ```
    """

    def __init__(
        self,
        status_code: int = 200,
        body: TBody | None = None,
        headers: dict[str, str] | None = None,
        *,
        statusCode: int | None = None,
    ) -> None:
        self.status_code = status_code if statusCode is None else statusCode
        self.body = body
        self.headers = dict(headers or {})

    def model_dump(
        self, *, exclude_none: bool = False, by_alias: bool = False, mode: str = "python"
    ) -> dict[str, Any]:
        del by_alias, mode
        dumped = {"status_code": self.status_code, "body": self.body, "headers": self.headers}
        return {k: v for k, v in dumped.items() if v is not None or not exclude_none}

    @classmethod
    def model_validate(cls, value: Any) -> HttpResponse[Any]:
        """A response of a dictionary's fields."""
        if isinstance(value, HttpResponse):
            return cast(HttpResponse[Any], value)
        return cls(**cast(dict[str, Any], value))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, HttpResponse) and self.model_dump() == other.model_dump()

    __hash__ = None  # type: ignore[assignment]


@dataclass(slots=True)
class StreamRequest:
    """A request whose body can be read as it comes.

    ```python
    body = await request.request_body.read_all()
    ```
    """

    path_params: dict[str, str]
    query_params: dict[str, str | list[str]]
    body: Any
    headers: dict[str, str | list[str]]
    method: str
    request_body: ChannelReader


@dataclass(slots=True)
class InternalHttpRequest(StreamRequest):
    """A request with both channels.

    ```python
    InternalHttpRequest(**request)
    ```
    """

    response: ChannelWriter


class StreamResponse:
    """An answer that is written as it goes.

    ```python
    await response.status(200)
    await response.headers({"content-type": "text/plain"})
    await response.writer.write(b"one")
    await response.writer.close_async()
    ```
    """

    def __init__(self, writer: ChannelWriter) -> None:
        self._writer = writer

    async def status(self, status_code: int) -> None:
        """Sets the status, before the first byte."""
        await self._say({"type": "set_status", "status_code": status_code})

    async def headers(self, headers: dict[str, str]) -> None:
        """Sets headers, before the first byte."""
        await self._say({"type": "set_headers", "headers": headers})

    async def _say(self, message: dict[str, Any]) -> None:
        await self._writer.send_message_async(dumps(message).decode())

    @property
    def writer(self) -> ChannelWriter:
        """Takes the body."""
        return self._writer

    @property
    def stream(self) -> ChannelWriter:
        """Takes the body."""
        return self._writer

    async def events(self) -> EventStream:
        """Makes it an answer of server-sent events. The client sees it begin at once."""
        await self.status(200)
        await self.headers(EVENT_HEADERS)
        events = EventStream(self._writer)
        await events.keep_alive()
        return events

    def close(self) -> None:
        """Ends the answer."""
        self._writer.close()

    async def close_async(self) -> None:
        """Ends the answer, and waits until it has gone."""
        await self._writer.close_async()


StreamCallback: TypeAlias = (
    "Callable[[StreamRequest, StreamResponse], Awaitable[HttpResponse[Any] | None]]"
)


def http(callback: StreamCallback) -> Callable[[Any], Awaitable[Any]]:
    """Makes a handler of a function that takes request and response.

    ```python
    @http
    async def report(request, response):
        await response.status(200)
        await response.writer.write(b"...")
        await response.close_async()

    iii.register_function("reports::get", report)
    ```

    What it returns, if anything, is the answer instead.
    """

    @functools.wraps(callback)
    async def handler(req: Any) -> Any:
        request = StreamRequest(
            path_params=req.get("path_params") or {},
            query_params=req.get("query_params") or {},
            body=req.get("body"),
            headers=req.get("headers") or {},
            method=req.get("method") or "GET",
            request_body=req.get("request_body"),
        )
        outcome = callback(request, StreamResponse(req["response"]))
        return await outcome if inspect.isawaitable(outcome) else outcome

    # The signature of the callback is not that of the handler.
    del handler.__wrapped__
    handler.__annotations__ = {}
    return handler


@dataclass(slots=True, kw_only=True)
class HttpAuthHmac(Record):
    """Signs requests with the secret in that environment variable of the engine.

    ```python
    HttpAuthHmac(secret_key="SHOP_SECRET")
    ```
    """

    secret_key: str
    type: Literal["hmac"] = "hmac"


@dataclass(slots=True, kw_only=True)
class HttpAuthBearer(Record):
    """Sends the token in that environment variable of the engine.

    ```python
    HttpAuthBearer(token_key="SHOP_TOKEN")
    ```
    """

    token_key: str
    type: Literal["bearer"] = "bearer"


@dataclass(slots=True, kw_only=True)
class HttpAuthApiKey(Record):
    """Sends the key in that environment variable of the engine, in a header.

    ```python
    HttpAuthApiKey(header="x-api-key", value_key="SHOP_KEY")
    ```
    """

    header: str
    value_key: str
    type: Literal["api_key"] = "api_key"


HttpAuthConfig = HttpAuthHmac | HttpAuthBearer | HttpAuthApiKey


@dataclass(slots=True, kw_only=True)
class HttpInvocationConfig(Record):
    """A function behind a URL.

    ```python
    iii.register_function("shop::price", HttpInvocationConfig(url="https://shop.example/price"))
    ```
    """

    url: str
    method: HttpMethod = "POST"
    timeout_ms: int | None = None
    headers: dict[str, str] | None = None
    auth: HttpAuthConfig | None = None


__all__ = [
    "HttpAuthApiKey",
    "HttpAuthBearer",
    "HttpAuthConfig",
    "HttpAuthHmac",
    "HttpInvocationConfig",
    "HttpMethod",
    "HttpRequest",
    "HttpResponse",
    "InternalHttpRequest",
    "StreamRequest",
    "StreamResponse",
    "http",
]
