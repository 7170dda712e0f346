/// The tools of people's toolkits, for one chat.
package struct ToolkitTools: ToolSource {
    private let library: ToolkitLibrary
    private let caller: FunctionCaller

    package init(library: ToolkitLibrary, caller: FunctionCaller) {
        self.library = library
        self.caller = caller
    }

    /// Toolkits that are not there, or not for the caller, are left out. Where two have a tool of one name, the later one's is called
    /// `<toolkit>_<name>`.
    package func tools(_ ids: [String], for request: ChatRequest) async throws -> [any Tool] {
        var tools: [any Tool] = []
        var names = Set<String>()
        for toolkit in try await library.toolkits(ids, for: request.principal) {
            for spec in toolkit.manifest?.toolSpecs ?? [] {
                guard let name = spec["name"]?.string, !name.isEmpty else { continue }
                let id = names.contains(name) ? "\(toolkit.id)_\(name)" : name
                guard names.insert(id).inserted else { continue }
                tools.append(
                    ToolkitTool(id: id, name: name, spec: spec, toolkit: toolkit, request: request, library: library, caller: caller))
            }
        }
        return tools
    }
}

/// One method of a class `Tools`.
private struct ToolkitTool: Tool {
    let id: String
    /// As the class calls it.
    let name: String
    let spec: JSONObject
    let toolkit: Toolkit
    let request: ChatRequest
    let library: ToolkitLibrary
    let caller: FunctionCaller

    var summary: String { spec["description"]?.string ?? name }
    var parameters: JSONObject { spec["parameters"]?.object ?? ["type": "object", "properties": [:]] }

    func run(_ arguments: JSONObject, in call: ToolContext) async throws -> ToolResult {
        let installer = library.installer
        if let problem = installer.problem(with: toolkit.key, name: toolkit.name, hasManifest: toolkit.manifest != nil) { throw problem }
        let value: JSONValue
        do {
            value = try await installer.host.runTool(name, arguments: arguments, in: try await caller.call(toolkit, for: request))
        } catch {
            throw FunctionErrors.meaning(error, name: toolkit.name)
        }
        let text = value.string ?? (value.isNull ? "" : value.jsonText)
        let citation: [ContextSource] = toolkit.manifest?.citation == true && !text.isEmpty ? [Self.citation(of: self, arguments, text)] : []
        return ToolResult(text: text, sources: citation)
    }

    /// The result as a source, so that people see what the answer rests on.
    private static func citation(of tool: ToolkitTool, _ arguments: JSONObject, _ text: String) -> ContextSource {
        let name = "\(tool.toolkit.id)/\(tool.name)"
        return ContextSource(
            item: ["name": .string(name), "type": "tool", "id": .string(tool.toolkit.id)], documents: [text],
            metadata: [["source": .string(name), "name": .string(name), "parameters": .object(arguments)]])
    }
}
