"""HTTP triggers: buffered and streaming, in and out."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any

from iii_helpers.http import http

from checks import PATIENCE_S, World, check, eventually, expect


@dataclass
class Answer:
    status: int
    headers: Any
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


def fetch(world: World, path: str, method: str = "GET", body: bytes | None = None,
          headers: dict[str, str] | None = None) -> Answer:
    request = urllib.request.Request(world.http_url + path, body, headers or {}, method=method)
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE_S) as response:
            return Answer(response.status, response.headers, response.read())
    except urllib.error.HTTPError as error:
        return Answer(error.code, error.headers, error.read())


def bind(world: World, path: str, handler: Any, method: str = "GET", **config: Any) -> Any:
    """Registers a handler at a path and waits until the path is served."""
    function_id = f"py-http::{path.strip('/').replace('/', '-')}::{method}"
    world.provider.register_function(function_id, handler)
    trigger = world.provider.register_trigger(
        {
            "type": "http",
            "function_id": function_id,
            "config": {"api_path": path, "http_method": method, **config},
            "metadata": {"bound": path},
        }
    )

    def served() -> bool:
        listing = world.call("engine::registered-triggers::list")["registered_triggers"]
        bound = any(t["function_id"] == function_id for t in listing)
        probe = path.replace("{*rest}", "probe")
        return bound and fetch(world, probe, "OPTIONS").status != 404

    eventually(f"{method} {path}", served)
    return trigger


@check
def http_buffered(world: World) -> None:
    def handler(request: Any, metadata: Any = None) -> Any:
        return {
            "status_code": 201,
            "headers": {"x-order": request["path_params"]["id"]},
            "body": {
                "path_params": request["path_params"],
                "query": request["query_params"],
                "body": request["body"],
                "method": request["method"],
                "header": request["headers"]["x-tenant"],
                "metadata": metadata,
            },
        }

    bind(world, "/py/orders/:id", handler, "POST")
    answer = fetch(world, "/py/orders/a7?q=1&name=J%C3%BCrgen", "POST", b'{"n": 1.5}',
                   {"content-type": "application/json", "X-Tenant": "acme"})
    expect((answer.status, answer.headers["x-order"]), (201, "a7"))
    expect(
        answer.json(),
        {
            "path_params": {"id": "a7"},
            "query": {"q": "1", "name": "Jürgen"},
            "body": {"n": 1.5},
            "method": "POST",
            "header": "acme",
            "metadata": {"bound": "/py/orders/:id"},
        },
    )


@check
def http_text_body(world: World) -> None:
    bind(world, "/py/text", lambda _: {"headers": {"content-type": "text/plain"}, "body": "plain"})
    answer = fetch(world, "/py/text")
    expect((answer.status, answer.body), (200, b"plain"))
    expect(answer.headers["content-type"], "text/plain")


@check
def http_condition(world: World) -> None:
    def allows(request: Any) -> bool:
        return request["query_params"].get("ok") == "1"

    world.provider.register_function("py::allows", allows)
    bind(world, "/py/guarded", lambda _: {"body": "in"}, condition_function_id="py::allows")
    expect(fetch(world, "/py/guarded?ok=1").status, 200)
    refused = fetch(world, "/py/guarded?ok=0")
    expect((refused.status, refused.json()["error"]["code"]), (422, "CONDITION_NOT_MET"))


@check
def http_streamed_answer(world: World) -> None:
    async def handler(_: Any, response: Any) -> None:
        await response.status(206)
        await response.headers({"content-type": "application/octet-stream", "x-parts": "100"})
        for n in range(100):
            await response.writer.write(bytes([n]) * 10_000)
        await response.writer.close_async()

    bind(world, "/py/stream", http(handler))
    answer = fetch(world, "/py/stream")
    expect((answer.status, answer.headers["x-parts"]), (206, "100"))
    expect(answer.body, b"".join(bytes([n]) * 10_000 for n in range(100)))


@check
def http_request_body(world: World) -> None:
    async def handler(request: Any, _: Any) -> Any:
        body = await request.request_body.read_all()
        return {"body": {"bytes": len(body), "sum": sum(body)}}

    bind(world, "/py/upload", http(handler), "PUT")
    body = bytes(range(256)) * 8192
    answer = fetch(world, "/py/upload", "PUT", body, {"content-type": "application/octet-stream"})
    expect(answer.json(), {"bytes": len(body), "sum": sum(body)})


@check
def http_handler_error(world: World) -> None:
    def handler(_: Any) -> Any:
        raise ValueError("broken on purpose")

    bind(world, "/py/broken", handler)
    answer = fetch(world, "/py/broken")
    error = answer.json()["error"]
    expect((answer.status, error["code"]), (500, "invocation_failed"))
    assert "Traceback" not in answer.body.decode(), "a stack trace left the engine"


@check
def http_no_route(world: World) -> None:
    answer = fetch(world, "/py/nowhere")
    expect((answer.status, answer.json()["error"]["code"]), (404, "NOT_FOUND"))
    answer = fetch(world, "/py/text", "DELETE")
    expect(answer.status, 405)
    assert "GET" in answer.headers["allow"], answer.headers["allow"]


@check
def http_unregister(world: World) -> None:
    trigger = bind(world, "/py/leaving", lambda _: {"body": 1})
    expect(fetch(world, "/py/leaving").status, 200)
    trigger.unregister()
    eventually("the route leaves", lambda: fetch(world, "/py/leaving").status == 404)
