"""What the functions do that the runner asks for."""

from __future__ import annotations

import asyncio
import hashlib
import itertools
from typing import Any

from lines import Lines

from iii_kit import (
    ABSENT,
    AsyncClient,
    ChannelReader,
    ChannelWriter,
    Context,
    HandlerError,
)

_GAP_S = 0.01


class Holds:
    """Handlers that wait to be let go."""

    def __init__(self) -> None:
        self._numbers = itertools.count()
        self._waiting: dict[str, asyncio.Future[dict[str, Any]]] = {}

    def name(self) -> str:
        return f"i{next(self._numbers)}"

    async def wait(self, name: str) -> Any:
        future: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._waiting[name] = future
        try:
            release = await future
        finally:
            self._waiting.pop(name, None)
        error = release.get("error")
        if error is not None:
            raise HandlerError(error["code"], error["message"])
        return release.get("value", ABSENT)

    def release(self, request: dict[str, Any]) -> None:
        future = self._waiting.get(request["invocation"])
        if future is None:
            raise HandlerError("driver", f"no hold `{request['invocation']}`")
        if not future.done():
            future.set_result(request)


def make(client: AsyncClient, behaviour: dict[str, Any], holds: Holds, lines: Lines) -> Any:
    """A handler that behaves like that."""
    kind = behaviour["kind"]

    async def handler(data: Any, ctx: Context) -> Any:
        name = holds.name()
        if kind == "hold" or behaviour.get("report"):
            about = {"function": ctx.function_id, "invocation": name, "trace_id": ctx.trace_id}
            lines.event("called", **about)
        if kind == "hold":
            try:
                return await holds.wait(name)
            except asyncio.CancelledError:
                lines.event("cancelled", invocation=name)
                raise
        return await _BEHAVIOURS[kind](client, behaviour, data, ctx)

    return handler


async def _echo(client: AsyncClient, behaviour: dict[str, Any], data: Any, ctx: Context) -> Any:
    return data if ctx.has_input else ABSENT


async def _return(client: AsyncClient, behaviour: dict[str, Any], data: Any, ctx: Context) -> Any:
    if "fill" in behaviour:
        return "x" * behaviour["fill"]
    return behaviour.get("value", ABSENT)


async def _fail(client: AsyncClient, behaviour: dict[str, Any], data: Any, ctx: Context) -> Any:
    code, message = behaviour.get("code"), behaviour.get("message") or ""
    if code is None:
        raise RuntimeError(message)
    raise HandlerError(code, message)


async def _context(client: AsyncClient, behaviour: dict[str, Any], data: Any, ctx: Context) -> Any:
    left = ctx.remaining
    shown = {
        "function_id": ctx.function_id,
        "invocation_id": ctx.invocation_id,
        "attempt": ctx.attempt,
        "message_id": ctx.message_id,
        "queue": (ctx.delivery or {}).get("queue"),
        "enqueued_at": (ctx.delivery or {}).get("enqueued_at"),
        "deadline_in_ms": None if left is None else round(left * 1000),
        "metadata": ctx.metadata,
        "caller": ctx.caller,
        "trace_id": ctx.trace_id,
    }
    return {key: value for key, value in shown.items() if value is not None}


async def _call(client: AsyncClient, behaviour: dict[str, Any], data: Any, ctx: Context) -> Any:
    if behaviour.get("gap"):
        await asyncio.sleep(_GAP_S)
    request: dict[str, Any] = {"function_id": behaviour["function"]}
    request |= {key: behaviour[key] for key in ("timeout_ms",) if key in behaviour}
    if "data" in behaviour:
        request["payload"] = behaviour["data"]
    # The client knows in whose handler this runs.
    return (await client.trigger_output(request)).result


async def _write_channel(
    client: AsyncClient, behaviour: dict[str, Any], data: Any, ctx: Context
) -> Any:
    writer: ChannelWriter = data["writer"]
    for item in behaviour.get("items", ()):
        if "text" in item:
            await writer.send_message_async(item["text"])
        else:
            await writer.write(b"x" * item["fill"])
    if behaviour.get("end") == "abort":
        await writer.abort_async()
    else:
        await writer.close_async()
    return ABSENT


async def _read_channel(
    client: AsyncClient, behaviour: dict[str, Any], data: Any, ctx: Context
) -> Any:
    return await summary(data["reader"])


async def _log(client: AsyncClient, behaviour: dict[str, Any], data: Any, ctx: Context) -> Any:
    getattr(ctx.logger, behaviour.get("level", "info"))(behaviour.get("message", ""))
    return ctx.trace_id


async def summary(reader: ChannelReader) -> dict[str, Any]:
    """Everything up to the end of the stream, in short."""
    digest, size, texts = hashlib.sha256(), 0, list[str]()
    while (frame := await reader.next()) is not None:
        if isinstance(frame, str):
            texts.append(frame)
        else:
            digest.update(frame)
            size += len(frame)
    return {"bytes": size, "sha256": digest.hexdigest(), "texts": texts}


_BEHAVIOURS = {
    "echo": _echo,
    "return": _return,
    "fail": _fail,
    "context": _context,
    "call": _call,
    "write_channel": _write_channel,
    "read_channel": _read_channel,
    "log": _log,
}
