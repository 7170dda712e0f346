import Domain
import HTTPAPI
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import Synchronization
import TestSupport
import Testing

/// The gateway's routes on scripted upstreams, without a socket.
@Suite struct GatewayRoutesTests {
    private struct Tokens: Authenticator {
        func remembered(_ token: String) -> Principal? {
            switch token {
            case "admin": .make("admin", role: .admin)
            case "user": .make("user")
            case "pending": .make("pending", role: .pending)
            default: nil
            }
        }
        func authenticate(_ token: String) async throws -> Principal { throw AppError.badToken }
    }

    private struct NoChat: ChatHandling {
        func complete(
            _ request: Request, _ context: AppRequestContext, check: @escaping @Sendable (ResolvedModel) throws -> Void
        ) async throws -> Response { .json(["answered": true]) }
    }

    private struct Answer: Sendable {
        var status: Int
        var text: String
        var type: String
        var json: JSONValue { (try? JSONValue(parsing: text)) ?? .null }
    }

    private struct Gateway {
        let client: any TestClientProtocol
        let transport: ScriptedTransport
        let library: ModelLibrary
        let settings: Settings
        let records: RecordingRecorder

        func call(
            _ method: HTTPRequest.Method, _ path: String, _ body: JSONValue? = nil, token: String? = "admin", type: String? = "application/json"
        ) async throws -> Answer {
            var headers = HTTPFields()
            if let token { headers[.authorization] = "Bearer \(token)" }
            if let type, body != nil { headers[.contentType] = type }
            let response = try await client.execute(uri: path, method: method, headers: headers, body: body.map { ByteBuffer(bytes: $0.jsonBytes) })
            return Answer(
                status: Int(response.status.code), text: String(buffer: response.body), type: response.headers[.contentType] ?? "")
        }
    }

    /// Lists of an OpenAI upstream and two Ollama nodes; everything else is `script`'s.
    private func with(
        _ script: @escaping @Sendable (UpstreamRequest) async throws -> UpstreamResponse = { .json(["echo": $0.json]) },
        _ work: @escaping @Sendable (Gateway) async throws -> Void
    ) async throws {
        let settings = try Settings(environment: [
            "OPENAI_API_BASE_URLS": "http://open/v1", "OPENAI_API_KEYS": "sk-up", "OLLAMA_BASE_URLS": "http://node0;http://node1",
        ])
        let transport = ScriptedTransport { request in
            if request.url.hasSuffix("/api/version") { return .json(["version": request.url.hasPrefix("http://node0") ? "0.12.0" : "0.9.6"]) }
            return try await script(request)
        }
        let lister = ScriptedLister { $0.kind == .openAI ? [.make("gpt")] : [.make("llama:latest")] }
        let (rows, grants) = (MemoryWorkspaceModelStore(), MemoryAccessGrantStore())
        let book = ConnectionBook(settings: settings)
        let catalog = ModelCatalog(book: book, settings: settings, lister: lister, rows: rows, grants: grants)
        try await catalog.load()
        _ = try await catalog.list(for: .make("admin", role: .admin), refresh: false)
        let library = ModelLibrary(rows: rows, grants: grants, catalog: catalog)
        let records = RecordingRecorder()
        let failover = FailoverTransport(transport: transport, health: UpstreamHealth(), logger: Self.quiet)
        let controllers: [any Controller] = [
            ModelsController(catalog: catalog, settings: settings), ConnectionsController(.openAI, settings: settings, transport: failover),
            OpenAIController(catalog: catalog, book: book, settings: settings, transport: failover, chat: NoChat(), recorder: records),
            ConnectionsController(.ollama, settings: settings, transport: failover),
            OllamaController(catalog: catalog, book: book, settings: settings, transport: failover, recorder: records),
            EmbeddingsController(directory: catalog, transport: failover, recorder: records, bodyLimit: 1 << 20),
        ]
        let face = HTTPFace(settings: settings, authenticator: Tokens(), controllers: controllers) { _, _ in .text("page") }
        let application = Application(router: face.router, logger: Self.quiet)
        try await application.test(.router) { client in
            try await work(Gateway(client: client, transport: transport, library: library, settings: settings, records: records))
        }
    }

    private static let quiet: Logger = {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return logger
    }()

    private static func grant(_ id: String) -> AccessGrant {
        AccessGrant(resource: ResourceID(.model, id), principalType: .user, principalID: "user", permission: .read)
    }

    // MARK: What it cost

    @Test func `every call of a model is recorded`() async throws {
        let calls: [(path: String, body: JSONValue, kind: UsageRecord.Kind, isStream: Bool)] = [
            ("/openai/responses", ["model": "gpt", "input": "x"], .response, false),
            ("/api/embeddings", ["model": "gpt", "input": "x"], .embedding, false),
            ("/api/embeddings", ["model": "llama:latest", "input": "x"], .embedding, false),
            ("/ollama/api/chat", ["model": "llama:latest", "messages": []], .chat, true),
            ("/ollama/api/generate", ["model": "llama:latest", "prompt": "x", "stream": false], .completion, false),
            ("/ollama/api/embed/0", ["model": "llama:latest", "input": "x"], .embedding, false),
            ("/ollama/v1/chat/completions", ["model": "llama:latest", "messages": []], .chat, false),
            ("/ollama/v1/messages", ["model": "llama:latest", "messages": []], .message, false),
        ]
        try await with({ request in
            let isOpenAI = request.url.contains("//open")
            return isOpenAI
                ? .json(["usage": ["prompt_tokens": 3, "completion_tokens": 4]]) : .json(["prompt_eval_count": 3, "eval_count": 4, "embeddings": []])
        }) { gateway in
            for (number, call) in calls.enumerated() {
                let status = try await gateway.call(.post, call.path, call.body).status
                #expect(status == 200)
                #expect(gateway.records.records.count == number + 1)
                let record = try #require(gateway.records.records.last)
                #expect(record.userID == "admin" && record.kind == call.kind && record.isStream == call.isStream)
                #expect(record.modelID == call.body["model"]?.string)
                #expect(record.tokens == TokenCounts(input: 3, output: 4) && !record.isEstimated && record.failure == nil)
                #expect(record.upstream.hasPrefix(call.body["model"] == "gpt" ? "openai:0" : "ollama:"))
            }
        }
    }

    @Test func `an upstream's refusal is recorded and costs nothing, what uses no model is not recorded`() async throws {
        try await with({ _ in .json(["error": "no", "usage": ["prompt_tokens": 9]], status: 429) }) { gateway in
            let refused = try await gateway.call(.post, "/ollama/api/chat", ["model": "llama:latest", "messages": []]).status
            let shown = try await gateway.call(.post, "/ollama/api/show", ["model": "llama:latest"]).status
            let unknown = try await gateway.call(.post, "/ollama/api/chat", ["model": "none", "messages": []]).status
            #expect((refused, shown, unknown) == (429, 429, 400))
            #expect(gateway.records.records.map(\.failure) == [.refused])
            #expect(gateway.records.records.map(\.tokens) == [TokenCounts()])
        }
    }

    // MARK: Who may come in

    @Test(arguments: [
        ("/openai/config", HTTPRequest.Method.get), ("/openai/verify", .post), ("/openai/models/0", .get), ("/ollama/config", .get),
        ("/ollama/api/ps", .get), ("/ollama/api/pull", .post), ("/ollama/api/delete", .delete), ("/ollama/api/version/0", .get),
        ("/api/models/base", .get),
    ])
    func `administration is refused to users`(_ path: String, _ method: HTTPRequest.Method) async throws {
        try await with { gateway in
            let got1 = try await gateway.call(method, path, ["model": "x"], token: "user").status
            #expect(got1 == 401)
            let got2 = try await gateway.call(method, path, ["model": "x"], token: nil).status
            #expect(got2 == 401)
            #expect(gateway.transport.requests.isEmpty)
        }
    }

    @Test(arguments: ["/api/models", "/openai/models", "/ollama/api/tags", "/ollama/v1/models", "/ollama/api/version"])
    func `lists need a verified account`(_ path: String) async throws {
        try await with { gateway in
            let got3 = try await gateway.call(.get, path, token: nil).status
            #expect(got3 == 401)
            let got4 = try await gateway.call(.get, path, token: "pending").status
            #expect(got4 == 401)
            let got5 = try await gateway.call(.get, path, token: "user").status
            #expect(got5 == 200)
        }
    }

    @Test func `keys are never shown to users`() async throws {
        try await with { gateway in
            _ = try await gateway.library.share("gpt", name: nil, grants: [Self.grant("gpt")], by: .make("admin", role: .admin))
            for path in ["/api/models", "/openai/models", "/openai/config"] {
                let answer = try await gateway.call(.get, path, token: "user")
                #expect(!answer.text.contains("sk-up"))
            }
        }
    }

    // MARK: Ollama

    @Test(arguments: ["/ollama/api/generate", "/ollama/api/chat", "/ollama/api/embed", "/ollama/api/show", "/ollama/v1/chat/completions"])
    func `a model is used only by those who may`(_ path: String) async throws {
        let body: JSONValue = ["model": "llama", "messages": [["role": "user", "content": "x"]], "input": "x", "prompt": "x"]
        try await with { gateway in
            let got6 = try await gateway.call(.post, path, body, token: "user").status
            #expect(got6 == 403)
            #expect(gateway.transport.requests.isEmpty)
            _ = try await gateway.library.share("llama:latest", name: nil, grants: [Self.grant("llama:latest")], by: .make("admin", role: .admin))
            let got7 = try await gateway.call(.post, path, body, token: "user").status
            #expect(got7 == 200)
        }
    }

    @Test(arguments: ["no-such", "gpt"])
    func `an unknown model and one of another kind are 400`(_ model: String) async throws {
        try await with { gateway in
            let answer = try await gateway.call(.post, "/ollama/api/generate", ["model": .string(model), "prompt": "x"])
            #expect(answer.status == 400)
            #expect(answer.json["detail"]?.string == "Model '\(model)' was not found")
        }
    }

    @Test(arguments: ["application/json", "application/x-www-form-urlencoded", "text/plain", nil])
    func `the body is read as JSON whatever its type says, and goes on with all its keys`(_ type: String?) async throws {
        try await with { gateway in
            let body: JSONValue = ["model": "llama", "prompt": "x", "temperature": 1.50, "unknown": ["a": nil]]
            let answer = try await gateway.call(.post, "/ollama/api/generate", body, type: type)
            #expect(answer.status == 200)
            var expected = body
            expected["model"] = "llama:latest"
            #expect(gateway.transport.requests.last?.json == expected)
        }
    }

    @Test func `a body that is no JSON is 422`() async throws {
        try await with { gateway in
            let response = try await gateway.client.execute(
                uri: "/ollama/api/generate", method: .post, headers: [.authorization: "Bearer admin"], body: ByteBuffer(string: "{"))
            #expect(response.status.code == 422)
            let got8 = try await gateway.call(.post, "/ollama/api/generate", ["prompt": "x"]).status
            #expect(got8 == 422)
            let got9 = try await gateway.call(.post, "/ollama/api/embed", ["model": "llama"]).status
            #expect(got9 == 422)
        }
    }

    @Test func `a stream comes through as it was written`() async throws {
        let lines = ["{\"response\":\"a\"}\n", "{\"done\":", "true}\n"]
        try await with({ _ in .pieces(lines, type: "application/x-ndjson") }) { gateway in
            let answer = try await gateway.call(.post, "/ollama/api/generate", ["model": "llama", "prompt": "x"])
            #expect(answer.text == lines.joined())
            #expect(answer.type == "application/x-ndjson")
        }
    }

    @Test func `a node's error becomes detail with its status`() async throws {
        try await with({ _ in .json(["error": "out of memory"], status: 500) }) { gateway in
            let answer = try await gateway.call(.post, "/ollama/api/chat", ["model": "llama", "messages": []])
            #expect(answer.status == 500)
            #expect(answer.json == ["detail": "out of memory"])
        }
    }

    @Test func `a workspace model brings its prompt and options`() async throws {
        try await with { gateway in
            _ = try await gateway.library.create(
                .init(
                    id: "ws", baseModelID: "llama:latest", name: "ws", params: ["system": "SYS", "temperature": 0.3, "max_tokens": 5], meta: [:]),
                grants: [], by: .make("admin", role: .admin))
            _ = try await gateway.call(
                .post, "/ollama/api/chat",
                ["model": "ws", "messages": [["role": "user", "content": "x"]], "options": ["temperature": 0.9]])
            let sent = try #require(gateway.transport.requests.last?.json)
            #expect(sent["model"] == "llama:latest")
            #expect(sent["messages"]?[0] == ["role": "system", "content": "SYS"])
            #expect(sent["options"]?["temperature"] == 0.9)
            #expect(sent["options"]?["num_predict"] == 5)
        }
    }

    @Test func `the version is the lowest of all nodes, by number`() async throws {
        try await with { gateway in
            let got10 = try await gateway.call(.get, "/ollama/api/version").json["version"]
            #expect(got10 == "0.9.6")
            let got11 = try await gateway.call(.get, "/ollama/api/version/0").json["version"]
            #expect(got11 == "0.12.0")
            let got12 = try await gateway.call(.get, "/ollama/api/version/7").status
            #expect(got12 == 404)
        }
    }

    @Test func `a node that fails is replaced by the other one`() async throws {
        let failed = Mutex<String?>(nil)
        try await with({ request in
            let host = String(request.url.prefix(12))
            let isFirst = failed.withLock { failed in
                if failed == nil { failed = host }
                return failed == host
            }
            if isFirst { throw AppError(.upstreamFailed, "down") }
            return .json(["from": .string(host)])
        }) { gateway in
            let answer = try await gateway.call(.post, "/ollama/api/generate", ["model": "llama", "prompt": "x"])
            #expect(answer.status == 200)
            #expect(answer.json["from"]?.string != failed.withLock { $0 })
        }
    }

    @Test func `switched off, Ollama's API answers 503`() async throws {
        try await with { gateway in
            try await gateway.settings.update(Setting.enableOllama, false)
            let got13 = try await gateway.call(.get, "/ollama/api/tags").status
            #expect(got13 == 503)
            let got14 = try await gateway.call(.post, "/ollama/api/chat", ["model": "llama", "messages": []]).status
            #expect(got14 == 503)
            let got15 = try await gateway.call(.get, "/ollama/api/version").json["version"]
            #expect(got15 == false)
        }
    }

    // MARK: OpenAI

    @Test func `chat refuses unknown models with 404 and models not granted with 403`() async throws {
        try await with { gateway in
            func status(_ model: String, _ token: String) async throws -> Int {
                try await gateway.call(.post, "/openai/chat/completions", ["model": .string(model), "messages": []], token: token).status
            }
            let got16 = try await status("no-such", "admin")
            #expect(got16 == 404)
            let got17 = try await status("llama:latest", "admin")
            #expect(got17 == 404)
            let got18 = try await status("gpt", "user")
            #expect(got18 == 403)
            let got19 = try await status("gpt", "admin")
            #expect(got19 == 200)
        }
    }

    @Test(arguments: [HTTPRequest.Method.get, .post, .put, .delete])
    func `other paths of the upstream are closed`(_ method: HTTPRequest.Method) async throws {
        try await with { gateway in
            let got20 = try await gateway.call(method, "/openai/embeddings", ["model": "gpt"]).status
            #expect(got20 == 403)
            let got21 = try await gateway.call(method, "/openai/files/abc/content", ["model": "gpt"]).status
            #expect(got21 == 403)
            #expect(gateway.transport.requests.isEmpty)
        }
    }

    @Test func `the Responses API is passed through with the upstream's key, not the caller's`() async throws {
        try await with { gateway in
            let answer = try await gateway.call(.post, "/openai/responses", ["model": "gpt", "input": "hi", "x": 1])
            #expect(answer.status == 200)
            let sent = try #require(gateway.transport.requests.last)
            #expect(sent.url == "http://open/v1/responses")
            #expect(sent.header("authorization") == "Bearer sk-up")
            #expect(sent.json == ["model": "gpt", "input": "hi", "x": 1])
        }
    }

    @Test func `a config is checked, fitted and in force at once`() async throws {
        try await with { gateway in
            let got22 = try await gateway.call(.post, "/openai/config/update", ["ENABLE_OPENAI_API": true]).status
            #expect(got22 == 422)
            let bad: JSONValue = ["OPENAI_API_BASE_URLS": ["file:///etc/passwd"], "OPENAI_API_KEYS": [], "OPENAI_API_CONFIGS": [:]]
            let got23 = try await gateway.call(.post, "/openai/config/update", bad).status
            #expect(got23 == 422)
            let good: JSONValue = [
                "OPENAI_API_BASE_URLS": ["http://a/v1", "http://b/v1"], "OPENAI_API_KEYS": ["k"],
                "OPENAI_API_CONFIGS": ["0": ["enable": false], "9": [:]],
            ]
            let answer = try await gateway.call(.post, "/openai/config/update", good)
            #expect(answer.json["OPENAI_API_KEYS"] == ["k", ""])
            #expect(answer.json["OPENAI_API_CONFIGS"] == ["0": ["enable": false]])
            let got24 = try await gateway.call(.get, "/openai/config").json
            #expect(got24 == answer.json)
        }
    }

    @Test func `verify passes the upstream's own error on`() async throws {
        try await with({ _ in .json(["error": ["code": "invalid_api_key"]], status: 401) }) { gateway in
            let answer = try await gateway.call(.post, "/openai/verify", ["url": "http://x/v1/", "key": "bad"])
            #expect(answer.status == 401)
            #expect(answer.json["error"]?["code"] == "invalid_api_key")
            #expect(gateway.transport.requests.last?.url == "http://x/v1/models")
            #expect(gateway.transport.requests.last?.header("authorization") == "Bearer bad")
        }
    }

    // MARK: Embeddings

    @Test func `embeddings of an OpenAI upstream pass unchanged`() async throws {
        try await with { gateway in
            let body: JSONValue = ["model": "gpt", "input": ["a"], "dimensions": 8, "user": "me"]
            let got25 = try await gateway.call(.post, "/api/embeddings", body).json["echo"]
            #expect(got25 == body)
            #expect(gateway.transport.requests.last?.url == "http://open/v1/embeddings")
        }
    }

    @Test func `embeddings of an Ollama node come in OpenAI's form`() async throws {
        try await with({ _ in .json(["embeddings": [[1.0, -0.5]], "prompt_eval_count": 3]) }) { gateway in
            let plain = try await gateway.call(.post, "/api/v1/embeddings", ["model": "llama", "input": "a"])
            #expect(gateway.transport.requests.last?.json["input"] == ["a"])
            #expect(plain.json["data"] == [["object": "embedding", "embedding": [1.0, -0.5], "index": 0]])
            #expect(plain.json["usage"] == ["prompt_tokens": 3, "total_tokens": 3])
            let coded = try await gateway.call(.post, "/api/embeddings", ["model": "llama", "input": "a", "encoding_format": "base64"])
            #expect(coded.json["data"]?[0]?["embedding"] == "AACAPwAAAL8=")
        }
    }

    @Test func `embeddings need a model that the caller may use`() async throws {
        try await with { gateway in
            let got26 = try await gateway.call(.post, "/api/embeddings", ["model": "no-such", "input": "a"]).status
            #expect(got26 == 400)
            let got27 = try await gateway.call(.post, "/api/embeddings", ["model": "gpt", "input": "a"], token: "user").status
            #expect(got27 == 400)
            let got28 = try await gateway.call(.post, "/api/embeddings", ["model": "gpt"]).status
            #expect(got28 == 422)
            #expect(gateway.transport.requests.isEmpty)
        }
    }
}
