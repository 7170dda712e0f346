package import Domain

/// What every `FunctionHost` must do, on a few functions that each host is given in its own form: Python, or Swift closures.
package enum FunctionHostContract {
    /// The functions, by the id that the contract calls them by.
    package static let python: [String: String] = [
        "contract_pipe": """
        class Pipe:
            def pipe(self, body, __user__, __chat_id__):
                text = body["messages"][-1]["content"]
                if text == "fail":
                    raise ValueError("no thanks")
                if text == "nothing":
                    return None
                if text == "object":
                    return {"choices": [{"message": {"content": "whole"}}]}
                if text == "pieces":
                    return iter(["a", "", {"choices": [{"delta": {"content": "b"}}]}, "c"])
                return f"{__user__['name']} in {__chat_id__}: {text}"
        """,
        "contract_manifold": """
        from pydantic import BaseModel
        class Pipe:
            class Valves(BaseModel):
                many: int = 1
            def __init__(self):
                self.valves = self.Valves()
            def pipes(self):
                return [{"id": f"m{i}", "name": f"M {i}"} for i in range(self.valves.many)]
            def pipe(self, body):
                return ""
        """,
        "contract_filter": """
        class Filter:
            def inlet(self, body):
                return {**body, "seen": True}
            def stream(self, event):
                if event.get("drop"):
                    return None
                if event.get("fail"):
                    raise ValueError("no thanks")
                return {**event, "seen": True}
        """,
        "contract_tools": """
        class Tools:
            def add(self, a: int, b: int = 1) -> dict:
                \"\"\"Adds.\"\"\"
                return {"sum": a + b}
            async def ask(self, id: str, __event_emitter__):
                await __event_emitter__({"type": "status", "data": {}})
                return "text"
        """,
        "contract_action": """
        class Action:
            actions = [{"id": "one", "name": "One"}]
            async def action(self, body, __id__=None):
                return {"id": __id__, "was": body["x"]}
        """,
    ]

    /// The same for `ScriptedFunctionHost`.
    package static var scripts: [String: ScriptedFunctionHost.Script] {
        let refusal = AppError(.badRequest, "ValueError: no thanks", cause: FunctionFailure(type: "ValueError", message: "no thanks"))
        var pipe = ScriptedFunctionHost.Script(FunctionManifest(kind: .pipe))
        pipe.pipe = { body, call in
            switch body["messages"]?[0]?["content"]?.string ?? "" {
            case "fail": throw refusal
            case "nothing": return .value(.null)
            case "object": return .value(["choices": [["message": ["content": "whole"]]]])
            case "pieces":
                let rest = Pieces([.text("a"), .chunk(["choices": [["delta": ["content": "b"]]]]), .text("c")])
                return .pieces(FunctionPieces { await rest.next() })
            case let text: return .value(.string("\(call.user["name"]?.string ?? "") in \(call.context["__chat_id__"]?.string ?? ""): \(text)"))
            }
        }
        var manifold = ScriptedFunctionHost.Script(FunctionManifest(kind: .pipe, valves: ["properties": ["many": ["type": "integer"]]]))
        manifold.manifest.isManifold = true
        manifold.models = { valves in (0..<(valves["many"]?.int ?? 1)).map { FunctionModel(id: "m\($0)", name: "M \($0)") } }
        var filter = ScriptedFunctionHost.Script(FunctionManifest(kind: .filter, hasInlet: true))
        filter.manifest.hasStream = true
        filter.inlet = { body, _ in body.merging(["seen": true]) }
        filter.stream = { chunk, _ in
            if chunk["fail"] != nil { throw refusal }
            return chunk["drop"] == nil ? chunk.merging(["seen": true]) : nil
        }
        var tools = ScriptedFunctionHost.Script(FunctionManifest(kind: .tools))
        tools.manifest.toolSpecs = [["name": "add", "description": "Adds."], ["name": "ask"]]
        tools.tool = { name, arguments, call in
            switch name {
            case "add":
                guard let left = arguments["a"]?.int else { throw refusal }
                return ["sum": .int(left + (arguments["b"]?.int ?? 1))]
            case "ask":
                await call.services.emit(["type": "status", "data": [:]])
                return "text"
            default: throw AppError(.badRequest, "AttributeError: there is no tool named \(name)")
            }
        }
        var action = ScriptedFunctionHost.Script(FunctionManifest(kind: .action, actions: [["id": "one", "name": "One"]]))
        action.action = { body, id, _ in ["id": .optional(id), "was": body["x"] ?? .null] }
        return [
            "contract_pipe": pipe, "contract_manifold": manifold, "contract_filter": filter, "contract_tools": tools, "contract_action": action,
        ]
    }

    /// - Returns: the statements that do not hold.
    package static func violations(of host: any FunctionHost) async throws -> [String] {
        var violations: [String] = []
        func expect(_ statement: String, _ holds: Bool) { if !holds { violations.append(statement) } }
        func call(_ id: String, context: JSONObject = [:], services: any FunctionServices = NoFunctionServices()) -> FunctionCall {
            FunctionCall(code: code(id), user: ["id": "u", "name": "Hana"], context: context, services: services)
        }
        func say(_ text: String) async throws -> FunctionAnswer {
            let body: JSONObject = ["messages": [["role": "user", "content": .string(text)]]]
            return try await host.pipe(body, in: call("contract_pipe", context: ["__chat_id__": "c"]))
        }

        let kinds = try await [
            host.inspect(code("contract_pipe")), host.inspect(code("contract_filter")), host.inspect(code("contract_action")),
            host.inspect(code("contract_tools")),
        ]
        expect("the kind is that of the class", kinds.map(\.kind) == [.pipe, .filter, .action, .tools])
        expect("a filter has what its class has", kinds[1].hasInlet && kinds[1].hasStream && !kinds[1].hasOutlet)
        expect("an action tells its buttons", kinds[2].actions == [["id": "one", "name": "One"]])
        expect("tools are told in the order of the class", kinds[3].toolSpecs.map { $0["name"]?.string } == ["add", "ask"])
        let unknown = await failure { _ = try await host.inspect(FunctionCode(id: "contract_broken", content: "class Pipe(", version: "1")) }
        expect(
            "code that does not load is a bad request with Python's words",
            unknown?.code == .badRequest && unknown?.message.contains("SyntaxError") == true)

        if case .value(let value) = try await say("hi") {
            expect("a pipe is given its user and the chat", value == "Hana in c: hi")
        } else {
            expect("a text is a value", false)
        }
        if case .value(let value) = try await say("nothing") { expect("None is null", value.isNull) } else { expect("None is a value", false) }
        if case .value(let value) = try await say("object") {
            expect("an object passes as it is", value["choices"]?[0]?["message"]?["content"] == "whole")
        } else {
            expect("an object is a value", false)
        }
        if case .pieces(let pieces) = try await say("pieces") {
            var list: [FunctionPiece] = []
            for try await piece in pieces { list.append(piece) }
            expect(
                "pieces come in order, empty ones not at all", list == [.text("a"), .chunk(["choices": [["delta": ["content": "b"]]]]), .text("c")])
        } else {
            expect("an iterator is pieces", false)
        }
        let raised = await failure { _ = try await say("fail") }
        expect(
            "what code raises is a bad request with its type and words",
            raised?.code == .badRequest && (raised?.cause as? FunctionFailure)?.type == "ValueError"
                && (raised?.cause as? FunctionFailure)?.message == "no thanks")

        expect("a manifold has its models", try await host.models(of: code("contract_manifold"), valves: [:]).map(\.id) == ["m0"])
        let more = try await host.models(of: code("contract_manifold"), valves: ["many": 2])
        expect("models follow the valves", more == [FunctionModel(id: "m0", name: "M 0"), FunctionModel(id: "m1", name: "M 1")])

        expect("an inlet changes the body", try await host.inlet(["a": 1], in: call("contract_filter")) == ["a": 1, "seen": true])
        expect("a missing outlet leaves the body", try await host.outlet(["a": 1], in: call("contract_filter")) == ["a": 1])
        let session = try await host.openStream(in: call("contract_filter"))
        let passed = try await session.process([Array("{\"a\":1}".utf8), Array("{\"drop\":1}".utf8), Array("{\"a\":2}".utf8)])
        expect(
            "a stream filter changes, drops and keeps the order",
            try passed.map { try JSONValue(parsing: $0) } == [["a": 1, "seen": true], ["a": 2, "seen": true]])
        let garbage = [Array("not json".utf8), Array("[1]".utf8)]
        expect("what is no object passes a stream filter unseen", try await session.process(garbage) == garbage)
        expect("a stream filter may be given nothing", try await session.process([]).isEmpty)
        let failed = await failure { _ = try await session.process([Array("{\"fail\":1}".utf8)]) }
        expect("what a stream filter raises is a bad request", failed?.code == .badRequest)
        session.close()
        session.close()
        let partly = try await host.openStream(in: call("contract_filter"))
        do {
            _ = try await partly.process([Array("{\"a\":1}".utf8), Array("{\"drop\":1}".utf8), Array("{\"fail\":1}".utf8), Array("{\"a\":2}".utf8)])
            expect("a stream filter that raises in the middle fails", false)
        } catch let error as StreamFilterFailure {
            expect(
                "what a stream filter let through before it raised is there",
                try error.passed.map { try JSONValue(parsing: $0) } == [["a": 1, "seen": true]] && error.rest.count == 2
                    && (error.cause as? AppError)?.code == .badRequest)
        }
        partly.close()

        expect("a tool's object is an object", try await host.runTool("add", arguments: ["a": 2], in: call("contract_tools")) == ["sum": 3])
        let events = Events()
        expect(
            "a tool's text is a text", try await host.runTool("ask", arguments: ["id": "x"], in: call("contract_tools", services: events)) == "text")
        expect("what a tool emits arrives before its result", await events.list.values == [["type": "status", "data": [:]]])
        let missing = await failure { _ = try await host.runTool("nothing", arguments: [:], in: call("contract_tools")) }
        expect("a tool that is not there is a bad request", missing?.code == .badRequest)
        let misfit = await failure { _ = try await host.runTool("add", arguments: ["a": "x"], in: call("contract_tools")) }
        expect("arguments that do not fit are a bad request", misfit?.code == .badRequest)
        let done = try await host.runAction(["x": 7], actionID: "one", in: call("contract_action"))
        expect("an action is told which one it is", done == ["id": "one", "was": 7])

        expect("no packages are always installed", await host.isInstalled([]))
        await host.forget("contract_pipe")
        if case .value(let value) = try await say("again") {
            expect("a forgotten function can be called again", value == "Hana in c: again")
        }
        return violations
    }

    private static func code(_ id: String) -> FunctionCode { FunctionCode(id: id, content: python[id] ?? "", version: "1") }

    private static func failure(_ work: () async throws -> Void) async -> AppError? {
        do {
            try await work()
            return nil
        } catch { return error as? AppError }
    }

    private actor Pieces {
        private var list: [FunctionPiece]
        init(_ list: [FunctionPiece]) { self.list = list }
        func next() -> FunctionPiece? { list.isEmpty ? nil : list.removeFirst() }
    }

    private struct Events: FunctionServices {
        actor List {
            private(set) var values: [JSONObject] = []
            func add(_ event: JSONObject) { values.append(event) }
        }
        let list = List()
        func emit(_ event: JSONObject) async { await list.add(event) }
    }
}
