"""An upstream that speaks OpenAI's and Ollama's lists and answers every other request with what it was sent."""
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

MODELS = ["open-model", "secret-model"]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self):
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        if self.path in ("/v1/models", "/models"):
            data = {"object": "list", "data": [{"id": name, "object": "model", "owned_by": "x", "created": 1} for name in MODELS]}
        elif self.path == "/api/tags":
            data = {"models": [{"name": "node-" + name, "model": "node-" + name, "details": {}, "digest": name, "size": 1} for name in MODELS]}
        elif self.path == "/api/version":
            data = {"version": "0.12.0"}
        else:
            self.server.seen.append((self.command, self.path, dict(self.headers), body))
            if self.path.endswith("/chat/completions"):
                message = {"role": "assistant", "content": "answered"}
                data = {"id": "x", "object": "chat.completion", "model": "m", "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
                        "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}}
            elif self.path.endswith("/embeddings"):
                data = {"object": "list", "model": "m", "data": [{"object": "embedding", "index": 0, "embedding": [0.5, 0.5]}], "usage": {"prompt_tokens": 1}}
            else:
                data = {"model": "m", "message": {"role": "assistant", "content": "answered"}, "response": "answered", "embeddings": [[0.5]], "done": True}
        answer = json.dumps(data).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = answer

    def log_message(self, *_):
        pass


class Upstream:
    def __init__(self):
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.seen = []
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def base(self):
        return f"http://127.0.0.1:{self.server.server_port}"

    def take(self):
        """What came in since the last call: (method, path, headers, body)."""
        seen, self.server.seen = self.server.seen, []
        return seen

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
