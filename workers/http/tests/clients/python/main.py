"""httpx and aiohttp against an http worker: `main.py PLAIN_URL TLS_URL CA_FILE`.

Prints one line for each thing that worked, and ends with 1 at the first that did not.
"""

import asyncio
import ssl
import sys

import aiohttp
import httpx

PART = b"x" * 65536
PARTS = 16


async def parts():
    for _ in range(PARTS):
        yield PART


async def httpx_speaks(name, url, version, **options):
    async with httpx.AsyncClient(trust_env=False, timeout=20, **options) as client:
        answer = await client.post(f"{url}/echo?q=%C3%A9", json={"a": [1, 2]})
        assert answer.http_version == version, answer.http_version
        assert answer.json() == {"q": "é", "body": {"a": [1, 2]}}, answer.text
        kind = {"content-type": "application/octet-stream"}
        answer = await client.post(f"{url}/count", content=parts(), headers=kind)
        assert answer.json() == len(PART) * PARTS, answer.text
        size = 0
        async with client.stream("GET", f"{url}/stream") as answer:
            async for part in answer.aiter_bytes():
                size += len(part)
        assert size == len(PART) * PARTS, size
        together = [client.post(f"{url}/echo", json=n) for n in range(50)]
        answers = await asyncio.gather(*together)
        assert [answer.json()["body"] for answer in answers] == list(range(50))
    print(f"httpx {name}")


async def aiohttp_speaks(name, url, context):
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=context)) as session:
        async with session.post(f"{url}/echo?q=1", json={"a": 1}) as answer:
            assert await answer.json() == {"q": "1", "body": {"a": 1}}
        kind = {"content-type": "application/octet-stream"}
        async with session.post(f"{url}/count", data=parts(), headers=kind) as answer:
            assert await answer.json() == len(PART) * PARTS
        async with session.get(f"{url}/stream") as answer:
            assert len(await answer.read()) == len(PART) * PARTS
        async with session.ws_connect(f"{url}/ws") as socket:
            await socket.send_str("hello")
            assert (await socket.receive_str()) == "hello"
            await socket.send_bytes(PART)
            assert (await socket.receive_bytes()) == PART
            await socket.close()
    print(f"aiohttp {name}")


async def main(plain, secure, ca):
    # One each: httpx teaches its own to ask for HTTP/2, which aiohttp does not speak.
    contexts = [ssl.create_default_context(cafile=ca) for _ in range(2)]
    await httpx_speaks("http1", plain, "HTTP/1.1")
    await httpx_speaks("http2", plain, "HTTP/2", http1=False, http2=True)
    await httpx_speaks("tls", secure, "HTTP/2", http2=True, verify=contexts[0])
    await aiohttp_speaks("plain", plain, True)
    await aiohttp_speaks("tls", secure, contexts[1])


asyncio.run(main(*sys.argv[1:]))
