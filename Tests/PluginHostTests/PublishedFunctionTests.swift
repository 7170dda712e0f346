import Domain
import Foundation
import PluginHost
import Testing

/// Functions in the styles people publish them, run as they are.
@Suite struct PublishedFunctionTests {
    let host = FunctionFixture.shared

    @Test func `a plain pipe answers`() async throws {
        let code = try FunctionFixture.code("echo_pipe")
        let manifest = try await host.inspect(code)
        #expect(manifest.kind == .pipe)
        #expect(!manifest.isManifold)
        #expect(manifest.valves == nil)
        #expect(manifest.frontMatter["title"]?.string == "Echo")
        #expect(try await host.models(of: code, valves: [:]) == [FunctionModel(id: "", name: "Echo")])
        #expect(try await host.pipe(FunctionFixture.body("안녕"), in: FunctionCall(code)).text() == "echo: 안녕")
    }

    @Test func `a generator streams piece by piece`() async throws {
        let code = try FunctionFixture.code("streaming_generator")
        guard case .pieces(let pieces) = try await host.pipe(FunctionFixture.body("3"), in: FunctionCall(code)) else {
            Issue.record("no pieces")
            return
        }
        var texts: [FunctionPiece] = []
        for try await piece in pieces { texts.append(piece) }
        #expect(texts == [.text("3 "), .text("2 "), .text("1 "), .text("lift-off")])
    }

    @Test func `status events and a question to the person`() async throws {
        let code = try FunctionFixture.code("status_events")
        let services = RecordingServices(answer: "yes")
        #expect(try await host.pipe(FunctionFixture.body("x"), in: FunctionCall(code, services: services)).text() == "Hana said yes")
        #expect(services.events.map { $0["data"]?["description"]?.string } == ["Thinking", "Done"])
        #expect(
            try await host.pipe(FunctionFixture.body("x"), in: FunctionCall(code, valves: ["enable_status_indicator": false])).text()
                == "Hana said True")
    }

    @Test func `inlet and outlet change the body`() async throws {
        let code = try FunctionFixture.code("context_filter")
        let manifest = try await host.inspect(code)
        #expect(manifest.kind == .filter && manifest.hasInlet && manifest.hasOutlet && !manifest.hasStream && manifest.isToggle)
        #expect(manifest.icon?.hasPrefix("data:image/svg") == true)
        #expect(manifest.valves?["properties"]?["priority"]?["default"]?.int == 0)
        let body = try await host.inlet(FunctionFixture.body("hi"), in: FunctionCall(code, valves: ["style": "Rhyme."]))
        #expect(body["messages"]?[0] == ["role": "system", "content": "Rhyme."])
        #expect(body["last"]?.string == "hi")
        let out = try await host.outlet(["messages": [["role": "assistant", "content": "a"]]], in: FunctionCall(code))
        #expect(out["messages"]?[0]?["content"]?.string == "a\n\n-- the house")
    }

    @Test func `a rate limiter keeps its state and heeds user valves`() async throws {
        let code = try FunctionFixture.code("rate_limiter")
        #expect(try await host.inspect(code).userValves?["properties"]?["vip"]?["type"]?.string == "boolean")
        let body = FunctionFixture.body("x")
        for _ in 0..<2 { #expect(try await host.inlet(body, in: FunctionCall(code, valves: ["requests_per_minute": 2])) == body) }
        let error = await #expect(throws: AppError.self) { try await host.inlet(body, in: FunctionCall(code, valves: ["requests_per_minute": 2])) }
        #expect(error?.code == .badRequest)
        #expect(error?.message == "Exception: Rate limit exceeded: 2 requests per minute.")
        #expect((error?.cause as? FunctionFailure)?.trace.contains("in inlet") == true)
        _ = try await host.inlet(body, in: FunctionCall(code, userValves: ["vip": true]))
        _ = try await host.inlet(body, in: FunctionCall(code, valves: ["requests_per_minute": 2], userID: "u2"))
    }

    @Test(arguments: [false, true]) func `a translator calls another model as its caller`(stream: Bool) async throws {
        let code = try FunctionFixture.code("translator")
        let services = RecordingServices()
        let answer = try await host.pipe(FunctionFixture.body("하나 둘", stream: stream), in: FunctionCall(code, services: services))
        #expect(try await answer.text() == (stream ? "[to en: 하나 둘] " : "[to en: 하나 둘]"))
        #expect(services.requests.count == (stream ? 2 : 1))
        #expect(services.requests.first?["model"]?.string == "base-model")
    }

    @Test func `a refusal of the server is the function's error`() async throws {
        var code = try FunctionFixture.code("translator")
        // Valves belong to the function, not to the call.
        code.id = "translator_refused"
        let error = await #expect(throws: AppError.self) {
            try await host.pipe(FunctionFixture.body("x"), in: FunctionCall(code, valves: ["model": "refused"]))
        }
        #expect(error?.message.contains("No budget is left.") == true)
        let bad = await #expect(throws: AppError.self) {
            try await host.pipe(FunctionFixture.body("x"), in: FunctionCall(code, valves: ["language": "fr"]))
        }
        #expect(bad?.message.contains("language") == true)
    }

    @Test func `tools with typed arguments`() async throws {
        let code = try FunctionFixture.code("weather_tools")
        let manifest = try await host.inspect(code)
        #expect(manifest.kind == .tools && !manifest.citation)
        #expect(manifest.toolSpecs.map { $0["name"]?.string } == ["get_weather", "add"])
        let weather = manifest.toolSpecs[0]
        #expect(weather["description"]?.string == "Tells the weather of a day.")
        #expect(weather["parameters"]?["required"] == ["day"])
        #expect(weather["parameters"]?["properties"]?["day"] == ["description": "The day, as YYYY-MM-DD.", "format": "date", "type": "string"])
        #expect(weather["parameters"]?["properties"]?["hours"]?["description"]?.string == "Hours of the day that are of interest.")
        #expect(weather["parameters"]?["properties"]?.object?.keys == ["day", "city", "hours"])
        #expect(manifest.toolSpecs[1]["parameters"]?["properties"]?["a"]?["description"]?.string == "First summand.")

        let services = RecordingServices()
        let call = FunctionCall(code, userValves: ["city": "Busan"], services: services)
        let result = try await host.runTool("get_weather", arguments: ["day": "2026-11-22", "hours": [1, 2]], in: call)
        #expect(result == ["city": "Busan", "weekday": "Sunday", "unit": "celsius", "hours": 3])
        #expect(services.events.count == 1)
        #expect(try await host.runTool("add", arguments: ["a": 1.5], in: call) == "2.5")
        let error = await #expect(throws: AppError.self) { try await host.runTool("get_weather", arguments: ["day": "soon"], in: call) }
        #expect(error?.message.contains("day:") == true)
        await #expect(throws: AppError.self) { try await host.runTool("_not_a_tool", arguments: [:], in: call) }
        await #expect(throws: AppError.self) { try await host.runTool("nothing", arguments: [:], in: call) }
    }

    @Test func `an action with several buttons`() async throws {
        let code = try FunctionFixture.code("export_action")
        let manifest = try await host.inspect(code)
        #expect(manifest.kind == .action && manifest.actions.map { $0["id"]?.string } == ["upper", "length"])
        let body: JSONObject = ["messages": [["role": "assistant", "content": "done"]]]
        #expect(
            try await host.runAction(body, actionID: "upper", in: FunctionCall(code, services: RecordingServices(answer: "!"))) == [
                "content": "DONE!"
            ])
        let services = RecordingServices()
        #expect(try await host.runAction(body, actionID: "length", in: FunctionCall(code, services: services)) == .null)
        #expect(services.events.first?["data"]?["content"]?.string == "4")
    }

    @Test func `a stream filter changes, keeps and drops pieces`() async throws {
        let code = try FunctionFixture.code("redacting_stream")
        let session = try await host.openStream(in: FunctionCall(code, valves: ["words": ["code"]]))
        defer { session.close() }
        func chunk(_ text: String) -> [UInt8] { (["choices": [["delta": ["content": .string(text)]]]] as JSONValue).jsonBytes }
        let out = try await session.process([chunk("the code"), chunk("(drop)"), chunk("is")])
        #expect(try out.map { try JSONValue(parsing: $0)["choices"]?[0]?["delta"]?["content"]?.string } == ["the ****", "is"])
        let more = try await session.process([chunk("code")])
        #expect(more.count == 1)
        #expect(try await session.process([Array("[1]".utf8)]) == [Array("[1]".utf8)], "what is no object passes unseen")
    }

    @Test func `an asynchronous stream filter keeps the order`() async throws {
        let code = try FunctionFixture.code("async_stream")
        let services = RecordingServices()
        let session = try await host.openStream(in: FunctionCall(code, context: ["__metadata__": ["chat_id": "c9"]], services: services))
        defer { session.close() }
        let out = try await session.process((0..<20).map { Array("{\"n\":\($0)}".utf8) })
        let values = try out.map { try JSONValue(parsing: $0) }
        #expect(values.map { $0["n"]?.int } == Array(0..<20))
        #expect(values.map { $0["seen"]?.int } == Array(1...20))
        #expect(values.last?["chat"]?.string == "c9")
        #expect(services.events.count == 1)
    }

    @Test func `files, chats and models come through the server`() async throws {
        let code = try FunctionFixture.code("file_reader")
        let call = FunctionCall(
            code,
            context: ["__files__": [["id": "f1"], ["id": "f2"]], "__chat_id__": "c1", "__metadata__": ["features": ["web_search": false]]])
        let text = try await host.pipe(FunctionFixture.body("x"), in: call).text()
        #expect(text == "note.txt: 5 bytes, the text\nf2: not yours\nchat: A chat\nmodel: Base, False")
    }

    @Test func `a pipe calls the chat's tools`() async throws {
        let code = try FunctionFixture.code("agent_with_tools")
        let services = RecordingServices()
        let call = FunctionCall(code, context: ["__tools__": ["add": ["spec": ["name": "add"]]]], services: services)
        #expect(try await host.pipe(FunctionFixture.body("x"), in: call).text() == "add(add) = add{\"a\":1,\"b\":2}")
        #expect(services.events.first?["type"]?.string == "citation")
        #expect(try await host.pipe(FunctionFixture.body("x"), in: FunctionCall(code, context: ["__task__": "title_generation"])).text() == "A title")
    }

    @Test func `dictionaries, models, lines and bytes are pieces`() async throws {
        let code = try FunctionFixture.code("chunk_pipe")
        let services = RecordingServices()
        guard case .pieces(let pieces) = try await host.pipe(FunctionFixture.body("x", stream: true), in: FunctionCall(code, services: services))
        else {
            Issue.record("no pieces")
            return
        }
        var seen: [FunctionPiece] = []
        for try await piece in pieces { seen.append(piece) }
        let delta = { (text: String) -> FunctionPiece in .chunk(["choices": [["index": 0, "delta": ["content": .string(text)]]]]) }
        #expect(seen.dropLast() == [delta("model "), delta("dict "), delta("line"), .text("bytes")])
        #expect(seen.last == .chunk(["choices": [], "usage": ["prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3]]))
        #expect(services.events.count == 1)
        guard case .value(let whole) = try await host.pipe(FunctionFixture.body("x"), in: FunctionCall(code)) else {
            Issue.record("no value")
            return
        }
        #expect(whole["usage"]?["total_tokens"]?.int == 3)
    }

    @Test func `what is not supported fails with its name, the rest runs`() async throws {
        let code = try FunctionFixture.code("outdated_imports")
        #expect(try await host.pipe(FunctionFixture.body("x"), in: FunctionCall(code)).text() == "fine")
        for (text, name) in [
            ("knowledge", "open_webui.models.knowledge.Knowledges.get_knowledge_bases"), ("database", "open_webui.internal.db.get_db"),
        ] {
            let error = await #expect(throws: AppError.self) { try await host.pipe(FunctionFixture.body(text), in: FunctionCall(code)) }
            #expect(error?.message.contains("\(name) is not supported") == true)
        }
    }

    @Test(arguments: [
        ("class Pipe:\n  def pipe(self:", "SyntaxError"), ("x = 1", "no class named Pipe"), ("import no_such_module_at_all", "ModuleNotFoundError"),
        ("class Pipe: pass", "no method pipe"),
        ("class Pipe:\n  def __init__(self): raise ValueError('no key')\n  def pipe(self, body): pass", "no key"),
        ("import sys\nsys.exit(3)", "SystemExit"),
    ]) func `code that does not load says why`(content: String, reason: String) async throws {
        let error = await #expect(throws: AppError.self) { try await host.inspect(FunctionCode(content)) }
        #expect(error?.code == .badRequest)
        #expect(error?.message.contains(reason) == true)
    }
}
