"""The operations of conformance/README.md."""

from __future__ import annotations

import asyncio
import base64
from typing import Any

import behaviours
from lines import Lines

from iii_kit import (
    ABSENT,
    AsyncClient,
    BoundTrigger,
    ChannelReader,
    ChannelWriter,
    HandlerError,
    InitOptions,
    Limits,
    Signal,
    StreamChannelRef,
    TriggerHandler,
    __version__,
)

_FEATURES = ["mint", "read_pressure", "refused_upgrade"]
_STATES = {"disconnected": "closed"}


class Provider(TriggerHandler[Any]):
    """A trigger type that tells what it is asked for."""

    def __init__(self, lines: Lines, trigger_type: str, refuse: dict[str, str] | None) -> None:
        self._lines = lines
        self._type = trigger_type
        self._refuse = refuse
        self.bound: dict[str, BoundTrigger] = {}

    async def register_trigger(self, config: BoundTrigger) -> None:
        if self._refuse is not None:
            raise HandlerError(self._refuse["code"], self._refuse["message"])
        self.bound[config.id] = config
        shown = config.model_dump(exclude_none=True)
        shown.setdefault("config", None)
        self._lines.event("bound", trigger_type=self._type, trigger=shown)

    async def unregister_trigger(self, config: BoundTrigger) -> None:
        self.bound.pop(config.id, None)
        self._lines.event("unbound", trigger_type=self._type, id=config.id)


class Operations:
    """Everything that has a name, and what can be done with it."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines
        self._holds = behaviours.Holds()
        self._clients: dict[str, AsyncClient] = {}
        self._functions: dict[tuple[str, str], Any] = {}
        self._triggers: dict[str, Any] = {}
        self._providers: dict[tuple[str, str], Provider] = {}
        self._ends: dict[str, Any] = {}
        self._signals: dict[str, Signal] = {}

    async def serve(self, request: dict[str, Any]) -> None:
        """Does one operation and answers."""
        reply: dict[str, Any] = {"id": request["id"]}
        try:
            result = await getattr(self, "op_" + request["op"])(request)
        except Exception as error:
            code = getattr(error, "code", None)
            message = getattr(error, "message", None) or str(error) or type(error).__name__
            body = {"code": code if isinstance(code, str) else "driver", "message": message}
            stack = getattr(error, "stacktrace", None)
            reply["error"] = body if stack is None else {**body, "stacktrace": stack}
        else:
            if result is not ABSENT:
                reply["ok"] = result
        self._lines.write(reply)

    async def close(self) -> None:
        """Shuts down what is left, without waiting for handlers."""
        clients = self._clients.values()
        await asyncio.gather(*(client.shutdown(0) for client in clients), return_exceptions=True)

    # === clients ===

    async def op_about(self, request: dict[str, Any]) -> Any:
        about = {"language": "python", "sdk": "iii-kit", "version": __version__}
        return {**about, "features": _FEATURES}

    async def op_connect(self, request: dict[str, Any]) -> Any:
        limits: dict[str, Any] = {}
        if "offline_calls_max" in request:
            limits["offline_calls_max"] = request["offline_calls_max"]
        if "heartbeat_ms" in request:
            limits["heartbeat_s"] = request["heartbeat_ms"] / 1000
        options = InitOptions(
            worker_name=request.get("name"),
            namespace=request.get("namespace"),
            worker_description=request.get("description"),
            token=request.get("token"),
            invocation_timeout_ms=request.get("invocation_timeout_ms", 30_000),
            development=request.get("development", False),
            limits=Limits(**limits),
        )
        name = request["client"]
        client = AsyncClient(request["url"], options)
        self._clients[name] = client.start()

        def told(state: str) -> None:
            self._lines.event("state", client=name, state=_STATES.get(state, state))

        client.add_connection_state_listener(told)
        return ABSENT

    async def op_shutdown(self, request: dict[str, Any]) -> Any:
        await self._client(request).shutdown()
        return ABSENT

    def _client(self, request: dict[str, Any]) -> AsyncClient:
        return self._clients[request["client"]]

    # === functions ===

    async def op_register_function(self, request: dict[str, Any]) -> Any:
        client, function = self._client(request), request["function"]
        handler = behaviours.make(client, request["behaviour"], self._holds, self._lines)
        names = (
            "description",
            "metadata",
            "request_format",
            "response_format",
            "timeout_ms",
            "exclusive",
        )
        options = {name: request[name] for name in names if name in request}
        reference = client.register_function(function, handler, **options)
        self._functions[request["client"], function] = reference
        await reference
        return ABSENT

    async def op_unregister_function(self, request: dict[str, Any]) -> Any:
        self._functions.pop((request["client"], request["function"])).unregister()
        return ABSENT

    async def op_release(self, request: dict[str, Any]) -> Any:
        self._holds.release(request)
        return ABSENT

    # === calls ===

    async def op_trigger(self, request: dict[str, Any]) -> Any:
        call: dict[str, Any] = {"function_id": request["function"]}
        if "fill" in request:
            call["payload"] = "x" * request["fill"]
        elif "data" in request:
            call["payload"] = request["data"]
        names = ("metadata", "namespace", "timeout_ms", "action", "attempt", "delivery")
        call |= {name: request[name] for name in names if name in request}
        if "signal" in request:
            call["signal"] = self._signal(request["signal"])
        return (await self._client(request).trigger_output(call)).result

    async def op_abort(self, request: dict[str, Any]) -> Any:
        self._signal(request["signal"]).cancel()
        return ABSENT

    def _signal(self, name: str) -> Signal:
        return self._signals.setdefault(name, Signal())

    # === triggers ===

    async def op_register_trigger_type(self, request: dict[str, Any]) -> Any:
        kind = request["trigger_type"]
        provider = Provider(self._lines, kind, request.get("refuse"))
        about = {"id": kind, "description": request.get("description", "")}
        await self._client(request).register_trigger_type(about, provider)
        self._providers[request["client"], kind] = provider
        return ABSENT

    async def op_unregister_trigger_type(self, request: dict[str, Any]) -> Any:
        self._client(request).unregister_trigger_type({"id": request["trigger_type"]})
        return ABSENT

    async def op_fire(self, request: dict[str, Any]) -> Any:
        provider = self._providers[request["client"], request["trigger_type"]]
        fired = await provider.bound[request["trigger"]].fire(request["payload"])
        if fired.blocked:
            return {"blocked": True}
        return {"ran": True if fired.result is ABSENT else fired.result}

    async def op_register_trigger(self, request: dict[str, Any]) -> Any:
        about = {
            "type": request["trigger_type"],
            "function_id": request["function"],
            "config": request.get("config"),
            "metadata": request.get("metadata"),
            "namespace": request.get("namespace"),
        }
        trigger = self._client(request).register_trigger(about)
        self._triggers[request["trigger"]] = trigger
        await trigger
        return ABSENT

    async def op_unregister_trigger(self, request: dict[str, Any]) -> Any:
        self._triggers.pop(request["trigger"]).unregister()
        return ABSENT

    # === channels ===

    async def op_create_channel(self, request: dict[str, Any]) -> Any:
        channel = await self._client(request).create_channel(request.get("buffer"))
        return {
            "reader": channel.reader_ref.model_dump(),
            "writer": channel.writer_ref.model_dump(),
        }

    async def op_mint_channel(self, request: dict[str, Any]) -> Any:
        writer, reader = self._client(request).mint_channel_refs()
        return {"reader": reader.model_dump(), "writer": writer.model_dump()}

    async def op_open_writer(self, request: dict[str, Any]) -> Any:
        reference = StreamChannelRef.model_validate(request["ref"])
        self._ends[request["end"]] = self._client(request).open_writer(reference)
        return ABSENT

    async def op_open_reader(self, request: dict[str, Any]) -> Any:
        reference = StreamChannelRef.model_validate(request["ref"])
        self._ends[request["end"]] = self._client(request).open_reader(reference)
        return ABSENT

    async def op_write(self, request: dict[str, Any]) -> Any:
        writer: ChannelWriter = self._ends[request["end"]]
        if "text" in request:
            await writer.send_message_async(request["text"])
        elif "base64" in request:
            await writer.write(base64.b64decode(request["base64"]))
        else:
            await writer.write(b"x" * request["fill"])
        return ABSENT

    async def op_read(self, request: dict[str, Any]) -> Any:
        frame = await self._ends[request["end"]].next()
        if frame is None:
            return {"end": "eof"}
        if isinstance(frame, str):
            return {"text": frame}
        return {"base64": base64.b64encode(frame).decode()}

    async def op_read_all(self, request: dict[str, Any]) -> Any:
        return await behaviours.summary(self._ends[request["end"]])

    async def op_close(self, request: dict[str, Any]) -> Any:
        await self._ends[request["end"]].close_async()
        return ABSENT

    async def op_abort_end(self, request: dict[str, Any]) -> Any:
        end = self._ends[request["end"]]
        if isinstance(end, ChannelReader):
            await end.close_async()
        else:
            await end.abort_async()
        return ABSENT
