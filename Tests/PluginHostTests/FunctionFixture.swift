import Domain
import Foundation
import PluginHost
import Synchronization

/// Functions and hosts for the tests of this target.
enum FunctionFixture {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()

    static let python = ProcessInfo.processInfo.environment["HANEUL_PYTHON"] ?? "python3"

    static func code(_ name: String) throws -> FunctionCode {
        let content = try String(contentsOf: root.appending(path: "Fixtures/Functions/\(name).py"), encoding: .utf8)
        return FunctionCode(id: name, content: content, version: "1")
    }

    /// Limits that do not depend on how busy the machine is.
    static var limits: WorkerLimits {
        var limits = WorkerLimits()
        limits.loadSeconds = 120
        return limits
    }

    static func host(
        limits: WorkerLimits = limits, network: Bool = false, processes: Bool = false, without: [String] = [], perUser: Bool = false,
        data: String = NSTemporaryDirectory() + "haneul-plugin-tests"
    ) -> PythonFunctionHost {
        var policy = PythonFunctionHost.Policy()
        policy.hasNetwork = { _ in network }
        policy.hasProcesses = { _ in processes }
        policy.isPerUser = perUser
        return PythonFunctionHost(
            interpreter: python, dataDirectory: data, limits: limits, policy: policy, without: without)
    }

    /// For tests that need nothing special: workers are shared.
    static let shared = host()

    static func body(_ text: String, stream: Bool = false) -> JSONObject {
        ["model": "m", "stream": .bool(stream), "messages": [["role": "user", "content": .string(text)]]]
    }
}

extension FunctionCode {
    /// Code that is written in a test; its id is unique.
    init(_ content: String) {
        self.init(id: "test_" + UUID().uuidString.prefix(8).lowercased(), content: content, version: "1")
    }
}

extension FunctionCall {
    init(
        _ code: FunctionCode, valves: JSONObject = [:], userValves: JSONObject = [:], userID: String = "u1", context: JSONObject = [:],
        services: any FunctionServices = RecordingServices()
    ) {
        self.init(
            code: code, valves: valves, userValves: userValves,
            user: ["id": .string(userID), "name": "Hana", "email": "hana@example.com", "role": "user"], context: context, services: services)
    }
}

extension FunctionAnswer {
    /// Text of the value or of all pieces; chunks as JSON.
    func text() async throws -> String {
        switch self {
        case .value(.string(let text)): return text
        case .value(let value): return value.jsonText
        case .pieces(let pieces):
            var result = ""
            for try await piece in pieces {
                switch piece {
                case .text(let text): result += text
                case .chunk(let chunk): result += chunk["choices"]?[0]?["delta"]?["content"]?.string ?? ""
                }
            }
            return result
        }
    }
}

/// Notes what a function asks for, and answers with canned things.
final class RecordingServices: FunctionServices {
    private let state = Mutex((events: [JSONObject](), requests: [JSONObject]()))
    let answer: JSONValue
    let userID: String

    init(answer: JSONValue = true, userID: String = "u1") {
        self.answer = answer
        self.userID = userID
    }

    var events: [JSONObject] { state.withLock(\.events) }
    var requests: [JSONObject] { state.withLock(\.requests) }

    func emit(_ event: JSONObject) async { state.withLock { $0.events.append(event) } }
    func ask(_ event: JSONObject) async throws -> JSONValue { answer }

    func complete(_ body: JSONObject) async throws -> ChatAnswer {
        state.withLock { $0.requests.append(body) }
        if body["model"]?.string == "refused" { throw AppError(.forbidden, "No budget is left.") }
        let question = body["messages"]?[0]?["content"]?.string ?? ""
        if body["stream"]?.bool == true {
            let words = question.split(separator: " ").map { "data: {\"choices\":[{\"delta\":{\"content\":\"\($0) \"}}]}\n\n" }
            let box = Box(words + ["data: [DONE]\n\n"])
            return ChatAnswer(body: .stream(UpstreamBody { { await box.next() } }), contentType: "text/event-stream")
        }
        let whole: JSONValue = ["choices": [["message": ["role": "assistant", "content": .string("[\(question)]")]]]]
        return ChatAnswer(body: .whole(whole.jsonBytes), contentType: "application/json")
    }

    func models() async throws -> [JSONValue] { [["id": "base-model", "name": "Base"]] }

    func file(_ id: String) async throws -> JSONObject? {
        guard id == "f1" else { return nil }
        return [
            "id": "f1", "user_id": .string(userID), "filename": "note.txt", "data": ["content": "the text"], "meta": ["size": 5],
            "path": "/etc/shadow",
        ]
    }

    func fileContent(_ id: String, limit: Int) async throws -> [UInt8]? { id == "f1" ? Array("bytes".utf8) : nil }
    func user(_ id: String) async throws -> JSONObject? {
        id == userID ? ["id": .string(id), "name": "Hana", "email": "h@example.com", "role": "user"] : nil
    }
    func chat(_ id: String) async throws -> JSONObject? {
        id == "c1" ? ["id": "c1", "user_id": .string(userID), "title": "A chat", "chat": [:]] : nil
    }
    func runTool(_ name: String, arguments: JSONObject) async throws -> JSONValue { .string("\(name)\(JSONValue.object(arguments).jsonText)") }
}

/// Gives the strings of a list, one after the other.
private actor Box {
    private var words: [String]
    init(_ words: [String]) { self.words = words }
    func next() -> [UInt8]? { words.isEmpty ? nil : Array(words.removeFirst().utf8) }
}
