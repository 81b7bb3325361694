"""Channels between two clients, and messages too large for one frame."""

from __future__ import annotations

import asyncio
import hashlib
from typing import Any

from iii import InvocationError
from iii.helpers import create_channel, create_channel_async

from checks import World, check, expect
from functions import serve

MIB = 1024 * 1024
BLOCK = bytes(range(256)) * 1024
BLOCKS = 32  # 8 MiB


def digest(parts: list[bytes]) -> str:
    return hashlib.sha256(b"".join(parts)).hexdigest()


@check
def channel_to_a_function(world: World) -> None:
    async def consume(data: Any) -> Any:
        texts: list[str] = []
        data["input"].on_message(texts.append)
        body = await data["input"].read_all()
        return {"sha": hashlib.sha256(body).hexdigest(), "texts": texts, "name": data["name"]}

    serve(world, "py::consume", consume)

    async def run() -> Any:
        channel = await create_channel_async(world.caller)
        call = asyncio.ensure_future(
            world.caller.trigger_async(
                {
                    "function_id": "py::consume",
                    "payload": {"name": "upload", "input": channel.reader_ref.model_dump()},
                }
            )
        )
        await channel.writer.send_message_async("begin")
        for _ in range(BLOCKS):
            await channel.writer.write(BLOCK)
        await channel.writer.send_message_async("end")
        await channel.writer.close_async()
        return await call

    answer = world.caller._run_on_loop(run())
    wanted = {"sha": digest([BLOCK] * BLOCKS), "texts": ["begin", "end"], "name": "upload"}
    expect(answer, wanted)


@check
def channel_from_a_function(world: World) -> None:
    async def produce(data: Any) -> Any:
        writer = data["nested"][0]["output"]
        for _ in range(BLOCKS):
            await writer.write(BLOCK)
        await writer.close_async()
        return "written"

    serve(world, "py::produce", produce)
    channel = create_channel(world.caller, 4)
    reference = channel.writer_ref.model_dump()

    async def run() -> Any:
        call = asyncio.ensure_future(
            world.caller.trigger_async(
                {"function_id": "py::produce", "payload": {"nested": [{"output": reference}]}}
            )
        )
        body = await channel.reader.read_all()
        return await call, body

    answer, body = world.caller._run_on_loop(run())
    expect(answer, "written")
    expect(hashlib.sha256(body).hexdigest(), digest([BLOCK] * BLOCKS))


@check
def message_of_20_mib(world: World) -> None:
    serve(world, "py::length", lambda data: len(data["text"]))
    expect(world.call("py::length", {"text": "x" * (20 * MIB)}), 20 * MIB)


@check
def message_of_40_mib_both_ways(world: World) -> None:
    text = "é" * (20 * MIB)
    answer = world.call("py::echo", {"text": text}, timeout_ms=60_000)
    expect(answer["text"] == text, True)


@check
def message_beyond_the_limit(world: World) -> None:
    try:
        world.call("py::length", {"text": "x" * (70 * MIB)})
    except InvocationError as error:
        expect(error.code, "payload_too_large")
    else:
        raise AssertionError("70 MiB went through")
    expect(world.call("py::length", {"text": "abc"}), 3)
