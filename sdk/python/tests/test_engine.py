"""Against the real engine."""

from __future__ import annotations

import asyncio
import hashlib
import threading
import urllib.request
from typing import Any

import pytest

from iii_kit import (
    AsyncClient,
    AsyncState,
    ChannelError,
    Client,
    ConnectionLostError,
    Context,
    HandlerError,
    InitOptions,
    InvocationError,
    RegistrationError,
    RegistrationRejectedError,
    State,
    StreamChannelRef,
    create_channel,
    register_worker,
)
from iii_kit.http import http
from iii_kit.observability import current_trace_id, with_span
from support.engine import Engine
from support.patience import PATIENCE_S


def worker(engine: Engine, name: str, **options: Any) -> Client:
    return register_worker(engine.url, InitOptions(worker_name=name, **options))


def caller(engine: Engine, name: str) -> AsyncClient:
    return AsyncClient(engine.url, InitOptions(worker_name=name))


def test_a_program_of_plain_functions(shared_engine: Engine) -> None:
    with worker(shared_engine, "plain") as iii:
        assert iii.get_connection_state() == "connected"
        assert iii.worker_id

        def outer(data: Any) -> Any:
            return iii.trigger({"function_id": "plain::inner", "payload": data})

        iii.register_function("plain::inner", lambda data: [data])
        iii.register_function("plain::outer", outer).ready()
        for value in (None, 10**30, 1.5, "größe 東京 😀", {"z": 1, "a": [None]}):
            assert iii.trigger({"function_id": "plain::outer", "payload": value}) == [value]
        with pytest.raises(InvocationError) as found:
            iii.trigger({"function_id": "plain::nobody"})
        assert found.value.code == "function_not_found"
        with pytest.raises(RuntimeError):
            iii.blocking(in_loop(iii))
    assert iii.get_connection_state() == "disconnected"


async def in_loop(iii: Client) -> None:
    iii.trigger({"function_id": "plain::inner"})


def test_many_threads_call_at_once(shared_engine: Engine) -> None:
    with worker(shared_engine, "crowd") as iii:
        iii.register_function("crowd::echo", lambda data: data).ready()
        answers: list[int] = []

        def call(number: int) -> None:
            answers.append(iii.trigger({"function_id": "crowd::echo", "payload": number}))

        threads = [threading.Thread(target=call, args=(n,)) for n in range(50)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(answers) == list(range(50))


async def test_errors_deadlines_and_cancellation_travel(shared_engine: Engine) -> None:
    told: asyncio.Queue[str | None] = asyncio.Queue()

    async def fails(data: Any) -> None:
        raise HandlerError("out_of_stock", "no bolts")

    began: asyncio.Queue[None] = asyncio.Queue()

    async def waits(data: Any, ctx: Context) -> None:
        began.put_nowait(None)
        try:
            await asyncio.Event().wait()
        finally:
            told.put_nowait(ctx.signal.reason)

    async with caller(shared_engine, "travel") as iii:
        await iii.register_function("travel::fails", fails)
        await iii.register_function("travel::waits", waits)
        with pytest.raises(InvocationError) as found:
            await iii.trigger({"function_id": "travel::fails"})
        assert (found.value.code, found.value.stacktrace) == ("out_of_stock", None)
        with pytest.raises(TimeoutError):
            await iii.trigger({"function_id": "travel::waits", "timeout_ms": 50})
        assert await told.get() == "timeout"
        await began.get()
        call = asyncio.create_task(iii.trigger({"function_id": "travel::waits"}))
        await began.get()
        call.cancel()
        await asyncio.wait({call})
        assert await told.get() == "cancelled"


async def test_one_trace_through_gaps_threads_and_workers(shared_engine: Engine) -> None:
    async with caller(shared_engine, "trace-a") as one, caller(shared_engine, "trace-b") as two:

        async def deep(data: Any, ctx: Context) -> Any:
            return [ctx.trace_id]

        async def middle(data: Any, ctx: Context) -> Any:
            await asyncio.sleep(0)
            return [ctx.trace_id, *await one.trigger({"function_id": "trace::deep"})]

        def thread(data: Any, ctx: Context) -> Any:
            return [ctx.trace_id, *ctx.trigger_sync({"function_id": "trace::middle"})]

        await one.register_function("trace::deep", deep)
        await two.register_function("trace::middle", middle)
        await one.register_function("trace::thread", thread)

        async def traced(span: Any) -> Any:
            return [current_trace_id(), *await two.trigger({"function_id": "trace::thread"})]

        seen = await with_span("checkout", traced)
        assert len(seen) == 4
        assert len(set(seen)) == 1
        first = await two.trigger({"function_id": "trace::deep"})
        assert first != await two.trigger({"function_id": "trace::deep"})


async def test_channels_both_ways(shared_engine: Engine) -> None:
    body = bytes(range(256)) * 8192

    async def consume(data: Any) -> Any:
        texts: list[str] = []
        data["input"].on_message(texts.append)
        digest = hashlib.sha256()
        async for chunk in data["input"]:
            digest.update(chunk)
        return [digest.hexdigest(), texts]

    async def produce(data: Any) -> None:
        writer = data["nested"][0]["output"]
        await writer.write(body)
        await writer.close_async()

    async with caller(shared_engine, "channels") as iii:
        await iii.register_function("channels::consume", consume)
        await iii.register_function("channels::produce", produce)
        channel = iii.channel_of(iii.mint_channel_refs())
        request = {"function_id": "channels::consume", "payload": {"input": channel.reader_ref}}
        call = asyncio.create_task(iii.trigger(request))
        await channel.writer.send_message_async("begin")
        await channel.writer.write(body)
        await channel.writer.close_async()
        assert await call == [hashlib.sha256(body).hexdigest(), ["begin"]]
        channel = await iii.create_channel(4)
        payload = {"nested": [{"output": channel.writer_ref}]}
        call = asyncio.create_task(
            iii.trigger({"function_id": "channels::produce", "payload": payload})
        )
        assert await channel.reader.read_all() == body
        assert await call is None


async def test_a_channel_that_is_given_up_is_no_end(shared_engine: Engine) -> None:
    async with caller(shared_engine, "aborts") as iii:
        channel = await iii.create_channel()
        reading = asyncio.create_task(channel.reader.read_all())
        await channel.writer.write(b"some")
        await channel.writer.abort_async()
        with pytest.raises(ChannelError) as found:
            await reading
        assert found.value.code == "channel_aborted"
        unknown = StreamChannelRef("no-such", "key", "read")
        with pytest.raises(ChannelError) as found:
            await iii.open_reader(unknown).next()
        assert found.value.code == "channel_not_found"


def test_channels_and_state_without_an_event_loop(shared_engine: Engine) -> None:
    with worker(shared_engine, "sync-channels") as iii:
        channel = create_channel(iii)
        channel.writer.send_message("hello")
        channel.writer.close()
        texts: list[str] = []
        channel.reader.on_message(texts.append)
        assert asyncio.run(channel.reader.read_all()) == b""
        assert texts == ["hello"]
        state = State(iii, "sync")
        assert state.set("a", {"n": 1}).new_value == {"n": 1}
        assert state.set("a", 2).old_value == {"n": 1}
        assert (state.get("a"), state.get("b"), state.list()) == (2, None, [2])
        assert state.delete("a") == 2


async def test_state_for_coroutines(shared_engine: Engine) -> None:
    async with caller(shared_engine, "state-user") as iii:
        state = AsyncState(iii, "coroutines")
        assert (await state.set("a", 1)).old_value is None
        assert await state.get("a") == 1


async def test_http_streamed(shared_engine: Engine) -> None:
    @http
    async def report(request: Any, response: Any) -> None:
        await response.status(206)
        await response.headers({"content-type": "text/plain"})
        await response.writer.write(await request.request_body.read_all())
        await response.close_async()

    async with caller(shared_engine, "web") as iii:
        await iii.register_function("web::report", report)
        config = {"api_path": "/py-report", "http_method": "POST"}
        await iii.register_trigger({"type": "http", "function_id": "web::report", "config": config})

        def fetch() -> tuple[int, bytes]:
            url = shared_engine.http_url + "/py-report"
            with urllib.request.urlopen(url, b"x" * 100_000, PATIENCE_S) as response:
                return response.status, response.read()

        status, body = await asyncio.get_running_loop().run_in_executor(None, fetch)
        assert (status, body) == (206, b"x" * 100_000)


async def test_foreign_ids_and_reserved_names_are_refused(shared_engine: Engine) -> None:
    async with caller(shared_engine, "owner") as owner, caller(shared_engine, "other") as other:
        await owner.register_function("owned::f", lambda data: data)
        with pytest.raises(RegistrationError) as found:
            await other.register_function("owned::f", lambda data: data)
        assert found.value.code == "FUNCTION_NAMESPACE_CONFLICT"
        assert await other.trigger({"function_id": "owned::f", "payload": 1}) == 1
    # The engine greets before it knows the name, so that the refusal may come a moment later.
    with (
        pytest.raises(RegistrationRejectedError) as refused,
        worker(shared_engine, "state") as iii,
    ):
        iii.register_function("reserved::f", lambda data: data).ready()
    assert refused.value.code == "WORKER_NAMESPACE_CONFLICT"


async def test_everything_comes_back_with_the_engine(engine: Engine) -> None:
    async with caller(engine, "survivor") as iii:
        never = asyncio.Event()

        async def waits(data: Any) -> None:
            began.set()
            await never.wait()

        began = asyncio.Event()
        await iii.register_function("survivor::echo", lambda data: data)
        await iii.register_function("survivor::waits", waits)
        call = asyncio.create_task(iii.trigger({"function_id": "survivor::waits"}))
        await began.wait()
        engine.kill()
        with pytest.raises(ConnectionLostError):
            await call
        before = iii.worker_id
        request = {"function_id": "survivor::echo", "payload": 7}
        waiting = asyncio.create_task(iii.trigger(request))
        engine.restart()
        assert await waiting == 7
        assert iii.worker_id != before


async def test_a_large_message_passes_and_a_larger_one_is_refused(shared_engine: Engine) -> None:
    async with caller(shared_engine, "large") as iii:
        await iii.register_function("large::length", len)
        text = "x" * (17 << 20)
        assert await iii.trigger({"function_id": "large::length", "payload": text}) == len(text)
        with pytest.raises(InvocationError) as found:
            await iii.trigger({"function_id": "large::length", "payload": "x" * (65 << 20)})
        assert found.value.code == "payload_too_large"
        assert await iii.trigger({"function_id": "large::length", "payload": "abc"}) == 3
