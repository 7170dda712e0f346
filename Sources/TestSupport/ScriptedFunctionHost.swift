package import Domain
import Synchronization

/// A `FunctionHost` without Python: Swift closures stand in for the code, by function id.
package final class ScriptedFunctionHost: FunctionHost {
    package struct Script: Sendable {
        package var manifest: FunctionManifest
        package var models: @Sendable (JSONObject) throws -> [FunctionModel] = { _ in [FunctionModel(id: "", name: "")] }
        package var pipe: @Sendable (JSONObject, FunctionCall) async throws -> FunctionAnswer = { _, _ in .value(.null) }
        package var inlet: @Sendable (JSONObject, FunctionCall) async throws -> JSONObject = { body, _ in body }
        package var outlet: @Sendable (JSONObject, FunctionCall) async throws -> JSONObject = { body, _ in body }
        /// `nil` drops the piece.
        package var stream: @Sendable (JSONObject, FunctionCall) throws -> JSONObject? = { chunk, _ in chunk }
        package var tool: @Sendable (String, JSONObject, FunctionCall) async throws -> JSONValue = { _, _, _ in .null }
        package var action: @Sendable (JSONObject, String?, FunctionCall) async throws -> JSONValue = { _, _, _ in .null }

        package init(_ manifest: FunctionManifest) { self.manifest = manifest }
    }

    private struct State {
        var scripts: [String: Script]
        var installed: Set<[String]> = []
        var forgotten: [String] = []
    }

    private let state: Mutex<State>

    package init(_ scripts: [String: Script] = [:]) { state = Mutex(State(scripts: scripts)) }

    package func set(_ script: Script, for id: String) { state.withLock { $0.scripts[id] = script } }
    package var forgotten: [String] { state.withLock(\.forgotten) }

    private func script(_ code: FunctionCode) throws -> Script {
        guard let script = state.withLock({ $0.scripts[code.id] }) else {
            throw AppError(.badRequest, "SyntaxError: invalid syntax", cause: FunctionFailure(type: "SyntaxError", message: "invalid syntax"))
        }
        return script
    }

    package func inspect(_ code: FunctionCode) async throws -> FunctionManifest {
        var manifest = try script(code).manifest
        manifest.frontMatter = code.frontMatter
        return manifest
    }

    package func models(of code: FunctionCode, valves: JSONObject) async throws -> [FunctionModel] { try script(code).models(valves) }

    package func pipe(_ body: JSONObject, in call: FunctionCall) async throws -> FunctionAnswer { try await script(call.code).pipe(body, call) }

    package func inlet(_ body: JSONObject, in call: FunctionCall) async throws -> JSONObject { try await script(call.code).inlet(body, call) }

    package func outlet(_ body: JSONObject, in call: FunctionCall) async throws -> JSONObject { try await script(call.code).outlet(body, call) }

    package func openStream(in call: FunctionCall) async throws -> any FunctionStreamFilter {
        ScriptedStreamFilter(stream: try script(call.code).stream, call: call)
    }

    package func runTool(_ name: String, arguments: JSONObject, in call: FunctionCall) async throws -> JSONValue {
        try await script(call.code).tool(name, arguments, call)
    }

    package func runAction(_ body: JSONObject, actionID: String?, in call: FunctionCall) async throws -> JSONValue {
        try await script(call.code).action(body, actionID, call)
    }

    package func install(_ requirements: [String], progress: @escaping @Sendable (String) -> Void) async throws {
        progress("installing \(requirements.joined(separator: ", "))")
        _ = state.withLock { $0.installed.insert(requirements) }
    }

    package func isInstalled(_ requirements: [String]) async -> Bool {
        requirements.isEmpty || state.withLock { $0.installed.contains(requirements) }
    }
    package func forget(_ functionID: String) async { state.withLock { $0.forgotten.append(functionID) } }
    package func log(of functionID: String) async -> [String] { [] }
    package func protections() async -> FunctionProtections { FunctionProtections(python: nil, active: [], missing: ["a fake"]) }
    package func stop() async {}
}

private struct ScriptedStreamFilter: FunctionStreamFilter {
    let stream: @Sendable (JSONObject, FunctionCall) throws -> JSONObject?
    let call: FunctionCall

    func process(_ chunks: [[UInt8]]) async throws -> [[UInt8]] {
        var passed: [[UInt8]] = []
        for (index, bytes) in chunks.enumerated() {
            guard let chunk = (try? JSONValue(parsing: bytes))?.object else {
                passed.append(bytes)
                continue
            }
            do {
                if let result = try stream(chunk, call) { passed.append(JSONValue.object(result).jsonBytes) }
            } catch {
                guard index > 0 else { throw error }
                throw StreamFilterFailure(passed: passed, rest: Array(chunks[index...]), cause: error)
            }
        }
        return passed
    }

    func close() {}
}
