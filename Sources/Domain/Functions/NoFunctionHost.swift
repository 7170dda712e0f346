/// Stands where Python does not run: everything is refused with the reason.
package struct NoFunctionHost: FunctionHost {
    private let reason: String

    package init(reason: String) { self.reason = reason }

    private var refusal: AppError { AppError(.unavailable, reason) }

    package func inspect(_ code: FunctionCode) async throws -> FunctionManifest { throw refusal }
    package func models(of code: FunctionCode, valves: JSONObject) async throws -> [FunctionModel] { throw refusal }
    package func pipe(_ body: JSONObject, in call: FunctionCall) async throws -> FunctionAnswer { throw refusal }
    package func inlet(_ body: JSONObject, in call: FunctionCall) async throws -> JSONObject { throw refusal }
    package func outlet(_ body: JSONObject, in call: FunctionCall) async throws -> JSONObject { throw refusal }
    package func openStream(in call: FunctionCall) async throws -> any FunctionStreamFilter { throw refusal }
    package func runTool(_ name: String, arguments: JSONObject, in call: FunctionCall) async throws -> JSONValue { throw refusal }
    package func runAction(_ body: JSONObject, actionID: String?, in call: FunctionCall) async throws -> JSONValue { throw refusal }
    package func install(_ requirements: [String], progress: @escaping @Sendable (String) -> Void) async throws { throw refusal }
    package func isInstalled(_ requirements: [String]) async -> Bool { requirements.isEmpty }
    package func forget(_ functionID: String) async {}
    package func log(of functionID: String) async -> [String] { [] }
    package func protections() async -> FunctionProtections { FunctionProtections(python: nil, active: [], missing: [reason]) }
    package func stop() async {}
}
