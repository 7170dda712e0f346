"""An OpenAI-compatible upstream that misbehaves on purpose; the model says how. One process, so that it can be killed.

  python upstream.py PORT MODEL...

  ok        answers at once, as does every model of another name
  late      answers after 300 ms
  count     a stream of ten events, 20 ms apart; the answer "0 1 2 ... 9 " when it is no stream
  hang      takes the request and never answers
  drip-head one byte a second from the first byte on
  drip      a head at once, then one byte of a stream (or document) a second
  ticks     a stream of one event every 50 ms without an end; no stream: as `hang`
  flood     a stream as fast as it can be taken, without an end
  ...-ha    the same as without the ending: for models that several upstreams serve
  dies      two events, then the process kills itself; no stream: half a document before that

GET /__state says what it has seen: {"open": connections, "running": requests under way, "served": n, "gone": clients that left before
their answer was whole, "sent": bytes of floods}.
"""
import asyncio
import json
import os
import signal
import sys

STATE = {"open": 0, "running": 0, "served": 0, "gone": 0, "sent": 0}
MODELS = sys.argv[2:]


def event(text):
    chunk = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [{"index": 0, "delta": {"content": text}}]}
    return b"data: " + json.dumps(chunk).encode() + b"\n\n"


def document(text):
    return json.dumps({"id": "c", "object": "chat.completion", "created": 1, "model": "m", "choices": [
        {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text}}]}).encode()


def chunk(data):
    return b"%x\r\n%s\r\n" % (len(data), data)


STREAM_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
DONE = chunk(b"data: [DONE]\n\n") + b"0\r\n\r\n"


def whole(data, status="200 OK"):
    return b"HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (status.encode(), len(data), data)


async def answer(model, is_stream, send):
    if model == "late":
        await asyncio.sleep(0.3)
    if model == "hang" or model == "ticks" and not is_stream:
        await asyncio.sleep(3600)
    if model == "drip-head":
        for byte in whole(document("drip")):
            await send(bytes([byte]))
            await asyncio.sleep(1)
        return
    if model == "dies":
        await send(STREAM_HEAD + chunk(event("one")) + chunk(event("two")) if is_stream else whole(document("dead"))[:-20])
        await asyncio.sleep(0.2)
        os.kill(os.getpid(), signal.SIGKILL)
    if not is_stream:
        data = whole(document(" ".join(map(str, range(10))) + " " if model == "count" else model))
        if model == "drip":
            await send(data[:data.index(b"\r\n\r\n") + 4])
            for byte in data[data.index(b"\r\n\r\n") + 4:]:
                await send(bytes([byte]))
                await asyncio.sleep(1)
        else:
            await send(data)
        return
    await send(STREAM_HEAD)
    if model == "drip":
        for byte in event("drip") * 100:
            await send(chunk(bytes([byte])))
            await asyncio.sleep(1)
    elif model == "ticks":
        while True:
            await send(chunk(event("tick ")))
            await asyncio.sleep(0.05)
    elif model == "flood":
        block = chunk(event("x" * 2000) * 8)
        while True:
            await send(block)
            STATE["sent"] += len(block)
    elif model == "count":
        for number in range(10):
            await send(chunk(event(f"{number} ")))
            await asyncio.sleep(0.02)
    else:
        await send(chunk(event(model)))
    await send(DONE)


async def client(reader, writer):
    STATE["open"] += 1
    try:
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            length = next((int(line.split(":")[1]) for line in head.split("\r\n") if line.lower().startswith("content-length:")), 0)
            body = await reader.readexactly(length)
            path = head.split(" ")[1]
            if path == "/__state":
                writer.write(whole(json.dumps({**STATE, "open": STATE["open"] - 1}).encode()))
                await writer.drain()
                continue
            if path.endswith("/models"):
                writer.write(whole(json.dumps({"object": "list", "data": [{"id": name, "object": "model"} for name in MODELS]}).encode()))
                await writer.drain()
                continue
            request = json.loads(body)
            model = request["model"].removesuffix("-ha")

            async def send(data):
                writer.write(data)
                await writer.drain()

            # Whoever leaves is noticed also while nothing is sent.
            STATE["running"] += 1
            work = asyncio.ensure_future(answer(model, request.get("stream") is True, send))
            left = asyncio.ensure_future(reader.read(1))
            try:
                await asyncio.wait([work, left], return_when=asyncio.FIRST_COMPLETED)
                if not work.done():
                    STATE["gone"] += 1
                    return
                left.cancel()
                work.result()
                STATE["served"] += 1
            except (ConnectionError, asyncio.CancelledError):
                STATE["gone"] += 1
                return
            finally:
                work.cancel()
                STATE["running"] -= 1
            try:
                await left
            except asyncio.CancelledError:
                pass
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        STATE["open"] -= 1
        writer.close()


async def main():
    server = await asyncio.start_server(client, "127.0.0.1", int(sys.argv[1]), backlog=4096, limit=1 << 20)
    async with server:
        await server.serve_forever()


asyncio.run(main())
