# The half of a worker that runs a function's code, after sandbox.py has shut it in: loads the code, takes calls from the channel,
# and passes what the code asks of the server.
import asyncio
import concurrent.futures
import contextvars
import inspect
import os
import re
import site
import sys
import threading
import time
import traceback
import types

import haneul_host as host
import haneul_parameters as special
from haneul_answers import Pieces, lines, plain_value
from haneul_call import Call, current
from haneul_channel import (
    CALL, CANCEL, CLOSE, CREDIT, END, ERROR, EVENT, EVENT_IN, HEADER, HELLO, NUMBER, PIECES, PIECES_END, PIECE_IN, REFUSED, REPLY, STARTED,
    VALUE, Channel, decode, encode, encoder)
from haneul_server import error_of
from haneul_specs import convert, tool_specs
from haneul_stream import Stream

KEEP, OVER = object(), object()

# What makes a class what its name says; a file may have other classes of these names.
KINDS = (
    ("pipe", "Pipe", ("pipe",)), ("filter", "Filter", ("inlet", "stream", "outlet")), ("action", "Action", ("action",)), ("tools", "Tools", ()))


def chosen(error):
    """Status and words of an error that was raised for the client (`HTTPException`); `None` for any other."""
    if not any(found.__name__ == "HTTPException" for found in type(error).__mro__):
        return None, None
    status, detail = getattr(error, "status_code", None), getattr(error, "detail", None)
    words = detail if isinstance(detail, str) or not detail else encoder.encode(detail)
    return status if isinstance(status, int) else None, words


class Worker:
    def __init__(self, channel, orders, protections, missing):
        self.channel = channel
        self.orders = orders
        self.protections = protections
        self.missing = missing
        self.calls = {}
        self.streams = {}
        self.loop = asyncio.new_event_loop()
        self.valves_text = None
        self.instance = None
        self.module = None
        self.listener = None
        self.refusal = error_of
        threading.stack_size(1 << 20)
        self.pool = concurrent.futures.ThreadPoolExecutor(orders["limits"]["threads"], thread_name_prefix="call")

    # Loading

    def load(self):
        for path in self.orders["packages"]:
            site.addsitedir(path)
        host.install(self)
        if self.orders.get("probe"):
            return {"kind": "probe"}
        name = "function_" + re.sub(r"\W", "_", self.orders["id"])
        module = types.ModuleType(name)
        module.__file__ = name + ".py"
        sys.modules[name] = module
        content = host.rewrite_imports(self.orders["content"])
        exec(compile(content, module.__file__, "exec"), module.__dict__)
        self.module = module
        self.kind, made = self.choose(module)
        self.instance = made()
        return self.manifest()

    def choose(self, module):
        """The kind of a function and its class: the first that has what its kind needs, else the first that is there."""
        there = [(kind, getattr(module, name), needs) for kind, name, needs in KINDS if inspect.isclass(getattr(module, name, None))]
        if not there:
            raise ValueError("there is no class named Pipe, Filter, Action or Tools")
        fitting = [found for found in there if not found[2] or any(hasattr(found[1], name) for name in found[2])]
        return (fitting or there)[0][:2]

    def manifest(self):
        instance = self.instance
        has = lambda name: callable(getattr(instance, name, None))
        result = {
            "kind": self.kind,
            "valves": self.schema("Valves"),
            "userValves": self.schema("UserValves"),
            "isManifold": getattr(instance, "pipes", None) is not None,
            "hasInlet": has("inlet"),
            "hasStream": has("stream"),
            "hasOutlet": has("outlet"),
            "isToggle": bool(getattr(instance, "toggle", False)),
            "icon": getattr(instance, "icon", None) if isinstance(getattr(instance, "icon", None), str) else None,
            "handlesFiles": bool(getattr(instance, "file_handler", False)),
            "citation": bool(getattr(instance, "citation", True)),
            "actions": [a for a in getattr(instance, "actions", None) or [] if isinstance(a, dict)] if self.kind == "action" else [],
        }
        result["toolSpecs"] = tool_specs(instance) if self.kind == "tools" else []
        needed = {"pipe": "pipe", "action": "action"}.get(self.kind)
        if needed and not has(needed):
            raise ValueError(f"class {type(instance).__name__} has no method {needed}")
        return result

    def model_class(self, name):
        found = getattr(self.instance, name, None) or getattr(self.module, name, None)
        return found if inspect.isclass(found) and hasattr(found, "model_json_schema") else None

    def schema(self, name):
        found = self.model_class(name)
        if not found:
            return None
        try:
            schema = found.model_json_schema()
        except Exception:  # noqa: BLE001 - types of the code's own that have no schema; the class itself checks the values
            return {"title": name, "type": "object", "properties": {}, "additionalProperties": True}
        for value in (schema.get("properties") or {}).values():
            choice = value.get("input")
            if isinstance(choice, dict) and isinstance(choice.get("options"), str):
                choice["options"] = self.options(found, choice["options"])
        return schema

    def options(self, valves, name):
        """The choices of a value, where they name a method of the class; none where it cannot say."""
        try:
            return list(getattr(valves, name)())
        except Exception:  # noqa: BLE001
            return []

    def set_valves(self, values):
        """As the original does: a new object when the values changed."""
        text = encoder.encode(values)
        if text == self.valves_text:
            return
        valves = self.model_class("Valves")
        if valves is not None and (hasattr(self.instance, "valves") or values):
            self.instance.valves = valves(**{k: v for k, v in values.items() if v is not None})
        self.valves_text = text

    # The channel's side

    def run(self):
        try:
            manifest = self.load()
            self.manifest_value = manifest
            payload = encode(manifest)
        except BaseException as error:  # noqa: BLE001 - SystemExit too: code at module level may raise anything
            self.channel.send(REFUSED, 0, encode(self.failure(error)))
            os._exit(0)
        asyncio.set_event_loop(self.loop)
        self.listener = threading.Thread(target=self.listen, name="channel", daemon=True)
        self.listener.start()
        about = {"manifest": manifest, "python": sys.version.split()[0], "protections": self.protections, "missing": self.missing}
        self.channel.send(HELLO, 0, encode(about))
        try:
            self.loop.run_forever()
        finally:
            os._exit(0)

    def listen(self):
        calls, streams = self.calls, self.streams
        later = self.loop.call_soon_threadsafe
        try:
            for batch in self.channel.frames():
                answers = []
                for kind, number, payload in batch:
                    if kind == EVENT_IN:
                        stream = streams.get(number)
                        if stream is not None:
                            stream.push(payload, answers)
                    elif kind == CALL:
                        call = Call(self, number, decode(payload))
                        calls[number] = call
                        later(self.start, call)
                    elif kind == CREDIT:
                        call = calls.get(number)
                        if call is not None:
                            call.grant(NUMBER.unpack(payload)[0])
                    elif kind in (REPLY, PIECE_IN, PIECES_END):
                        call = calls.get(number)
                        if call is not None:
                            call.reply(kind, payload)
                    elif kind in (CANCEL, CLOSE):
                        call = calls.get(number)
                        if streams.pop(number, None) is not None:
                            calls.pop(number, None)
                            answers.append(HEADER.pack(13, END, number) + NUMBER.pack(int(time.process_time())))
                        if call is not None:
                            call.cancel()
                            later(self.cancel, call)
                if answers:
                    self.channel.send_all(answers)
        except OSError:
            pass
        os._exit(0)

    # Calls, on the loop

    def start(self, call):
        if call.cancelled:
            self.calls.pop(call.number, None)
            self.channel.send(END, call.number, NUMBER.pack(int(time.process_time())))
            return
        self.channel.send(STARTED, call.number)
        context = contextvars.copy_context()
        context.run(current.set, call)
        if sys.version_info >= (3, 11):
            call.task = self.loop.create_task(self.perform(call), context=context)
        else:
            call.task = context.run(self.loop.create_task, self.perform(call))
        call.task.add_done_callback(lambda _: self.ended(call))

    def ended(self, call):
        """A task that is cancelled before its first step runs no line of `perform`."""
        if not call.finished and call.number not in self.streams:
            self.calls.pop(call.number, None)
            self.finish(call, END)

    def cancel(self, call):
        if call.task is not None:
            call.task.cancel()

    async def perform(self, call):
        keep = False
        try:
            answer = await getattr(self, "do_" + call.order["op"])(call)
            keep = answer is KEEP
            if not keep:
                if answer is OVER:
                    self.finish(call, END)
                else:
                    self.finish(call, VALUE, encode(answer))
        except asyncio.CancelledError:
            self.finish(call, END)
        except BaseException as error:  # noqa: BLE001 - SystemExit of a function is its failure, not the worker's
            self.finish(call, ERROR, encode(self.failure(error)))
        finally:
            if not keep:
                self.calls.pop(call.number, None)

    def finish(self, call, kind, payload=b""):
        with call.lock:
            call.cancelled = True
            call.finished = True
        # How much of the processor's time limit is gone tells the server when to start another worker.
        try:
            self.channel.send(kind, call.number, NUMBER.pack(int(time.process_time())) + payload)
        except ValueError as error:
            self.channel.send(ERROR, call.number, NUMBER.pack(0) + encode(self.failure(error)))

    def failure(self, error):
        own = [f for f in traceback.extract_tb(error.__traceback__) if "function_" in f.filename]
        lines = [f"line {f.lineno}, in {f.name}" for f in own[-6:]]
        status, message = chosen(error)
        message = message or str(error) or type(error).__name__
        if isinstance(error, SyntaxError):
            message = f"{error.msg} (line {error.lineno})"
        return {"type": type(error).__name__, "message": message[:4000], "trace": "\n".join(lines), "status": status}

    # Parameters

    def parameters(self, handler, call, first):
        """What the signature names, and no more."""
        order = call.order
        signature = inspect.signature(handler).parameters
        rest = any(p.kind is p.VAR_KEYWORD for p in signature.values())
        result = {}
        for name, value in first.items():
            if name in signature or rest:
                result[name] = value
        context = order.get("context", {})
        for name, parameter in signature.items():
            if name in result or not (name.startswith("__") and name.endswith("__")):
                continue
            if parameter.kind in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL):
                continue
            known, value = self.special(name, call, context)
            if known:
                result[name] = value
            elif parameter.default is parameter.empty:
                result[name] = None
        return result

    def special(self, name, call, context):
        if name == "__user__":
            return True, self.user(call)
        if name == "__event_emitter__":
            return True, special.emitter(call)
        if name == "__event_call__":
            return True, special.event_call(call)
        if name == "__request__":
            return True, special.Request(call)
        if name == "__tools__":
            return True, special.tools(call, context.get(name) or {})
        if name == "__id__":
            return True, context.get(name) or self.orders["id"]
        if name in context:
            return True, context[name]
        return False, None

    def user(self, call):
        user = dict(call.order.get("user") or {})
        model = self.model_class("UserValves")
        if model is not None:
            values = {k: v for k, v in (call.order.get("userValves") or {}).items() if v is not None}
            try:
                user["valves"] = model(**values)
            except Exception:  # noqa: BLE001 - values of an older version of the code
                user["valves"] = model()
        return user

    async def invoke(self, handler, parameters, call):
        """Coroutines on the loop, everything else in a thread: whatever blocks there blocks nobody else."""
        if inspect.iscoroutinefunction(handler):
            return await handler(**parameters)
        if inspect.isasyncgenfunction(handler):
            return handler(**parameters)
        context = contextvars.copy_context()
        result = await self.in_thread(lambda: context.run(handler, **parameters))
        if inspect.isawaitable(result) and not hasattr(result, "__aiter__"):
            result = await result
        return result

    async def in_thread(self, work):
        """A thread cannot be ended: a cancelled call lasts until it has ended by itself, or the server ends the worker."""
        future = self.loop.run_in_executor(self.pool, work)
        try:
            return await asyncio.shield(future)
        except asyncio.CancelledError:
            if not future.cancel():
                await asyncio.wait([future])
                if not future.cancelled() and future.exception() is None and hasattr(future.result(), "close"):
                    future.result().close()
            raise

    # Operations

    async def do_models(self, call):
        self.set_valves(call.order["valves"])
        pipes = getattr(self.instance, "pipes", None)
        if pipes is None:
            return [{"id": "", "name": getattr(self.instance, "name", "") or ""}]
        if callable(pipes):
            pipes = await self.invoke(pipes, {}, call)
        prefix = getattr(self.instance, "name", "")
        prefix = prefix if isinstance(prefix, str) else ""
        return [{"id": str(p["id"]), "name": prefix + str(p.get("name", p["id"]))} for p in pipes or []]

    async def do_pipe(self, call):
        self.set_valves(call.order["valves"])
        handler = self.instance.pipe
        result = await self.invoke(handler, self.parameters(handler, call, {"body": call.order["body"]}), call)
        return await self.deliver(result, call)

    async def do_inlet(self, call):
        return await self.filter("inlet", call)

    async def do_outlet(self, call):
        return await self.filter("outlet", call)

    async def filter(self, name, call):
        self.set_valves(call.order["valves"])
        handler = getattr(self.instance, name, None)
        if handler is None:
            return call.order["body"]
        result = await self.invoke(handler, self.parameters(handler, call, {"body": call.order["body"]}), call)
        if result is None:
            return call.order["body"]
        if not isinstance(result, dict):
            raise TypeError(f"{name} must return the body, not {type(result).__name__}")
        return result

    async def do_tool(self, call):
        self.set_valves(call.order["valves"])
        name = call.order["name"]
        handler = getattr(self.instance, name, None)
        if handler is None or name.startswith("_"):
            raise AttributeError(f"there is no tool named {name}")
        arguments = convert(handler, call.order["arguments"])
        result = await self.invoke(handler, self.parameters(handler, call, arguments), call)
        return await self.shown(await self.whole(result, call), result, name, call)

    async def shown(self, value, result, name, call):
        """A page that a tool gives goes to the reader; the model is told so, or what the tool has for it."""
        page, *rest = result if isinstance(result, tuple) and result else (result,)
        disposition = (getattr(page, "headers", None) or {}).get("content-disposition", "")
        if not hasattr(page, "status_code") or "inline" not in disposition:
            return value
        await call.send_async(EVENT, encode({"type": "embeds", "data": {"embeds": [self.response(page)]}}))
        if rest and rest[0] is not None:
            return rest[0]
        return {
            "status": "success" if page.status_code < 400 else "error", "code": "ui_component",
            "message": f"{name}: Embedded UI result is active and visible to the user."}

    async def do_action(self, call):
        self.set_valves(call.order["valves"])
        handler = self.instance.action
        result = await self.invoke(handler, self.parameters(handler, call, {"body": call.order["body"]}), call)
        return await self.whole(result, call)

    async def do_stream(self, call):
        self.set_valves(call.order["valves"])
        handler = getattr(self.instance, "stream", None)
        if handler is None:
            raise AttributeError("the filter has no stream")
        parameters = self.parameters(handler, call, {})
        names = [n for n, p in inspect.signature(handler).parameters.items() if not n.startswith("__") and p.kind is not p.VAR_KEYWORD]
        self.streams[call.number] = Stream(self, call, handler, names[0] if names else "event", parameters)
        call.finished = True
        self.channel.send(PIECES, call.number)
        return KEEP

    # Results

    async def whole(self, result, call):
        """Of a tool or an action: a value."""
        if hasattr(result, "__aiter__"):
            return [item async for item in result]
        if hasattr(result, "__next__"):
            return await self.in_thread(lambda: list(result))
        response = self.response(result)
        if response is not None:
            return response
        if isinstance(result, tuple):
            return list(result)
        return result

    def response(self, result):
        """The body of a response object that does not stream."""
        body = getattr(result, "body", None)
        if body is None or not hasattr(result, "status_code") or not isinstance(body, (bytes, str)):
            return None
        text = body.decode("utf-8", "replace") if isinstance(body, bytes) else body
        try:
            value = decode(text)
            return value if isinstance(value, (dict, list)) else text
        except ValueError:
            return text

    async def deliver(self, result, call):
        if hasattr(result, "body_iterator"):
            result = lines(result)
        if hasattr(result, "__aiter__"):
            self.channel.send(PIECES, call.number)
            pieces = Pieces()
            try:
                async for item in result:
                    for kind, payload in pieces.frames(item):
                        await call.send_async(kind, payload)
                for kind, payload in pieces.end():
                    await call.send_async(kind, payload)
            finally:
                close = getattr(result, "aclose", None)
                if close is not None:
                    await close()
            return OVER
        if not hasattr(result, "__next__") and hasattr(result, "iter_lines"):
            result = result.iter_lines()
        if hasattr(result, "__next__") or isinstance(result, (list, tuple)):
            self.channel.send(PIECES, call.number)
            context = contextvars.copy_context()
            await self.in_thread(lambda: context.run(self.iterate, result, call))
            return OVER
        response = self.response(result)
        if response is not None:
            return response
        return result if isinstance(result, (str, dict)) or result is None else plain_value(result)

    def iterate(self, result, call):
        """A generator, in a thread."""
        try:
            pieces = Pieces()
            for item in result:
                for kind, payload in pieces.frames(item):
                    call.send(kind, payload)
            for kind, payload in pieces.end():
                call.send(kind, payload)
        except asyncio.CancelledError:
            pass
        finally:
            close = getattr(result, "close", None)
            if close is not None:
                close()


KEEP, OVER = object(), object()


def main(channel, orders, protections, missing):
    Worker(Channel(channel), orders, protections, missing).run()
