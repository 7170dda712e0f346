package import Domain

/// What every `FunctionStore`, `ToolkitStore` and `ValveStore` must do. Each takes an empty store and returns the statements that do not
/// hold.
package enum FunctionStoresContract {
    private static let manifest = FunctionManifest(
        kind: .filter, frontMatter: ["title": "필터"], valves: ["properties": ["priority": ["type": "integer", "default": 3]]], hasInlet: true,
        hasOutlet: true, isToggle: true, icon: "data:image/png;base64,AA==", citation: false, actions: [["id": "a", "name": "A"]],
        toolSpecs: [["name": "t", "parameters": ["type": "object"]]])

    package static func violations(of store: any FunctionStore) async throws -> [String] {
        var violations: [String] = []
        func expect(_ statement: String, _ holds: Bool) { if !holds { violations.append(statement) } }
        let first = Function(
            id: "a", userID: "u", name: "필터", kind: .filter, content: "class Filter: ...\n", meta: ["description": "d", "n": 1.50],
            manifest: manifest, isActive: true, isGlobal: true, createdAt: 10, updatedAt: 20)
        let second = Function(
            id: "b", userID: "u", name: "B", kind: .pipe, content: "", models: [FunctionModel(id: "x", name: "X"), FunctionModel(id: "y", name: "")])
        try await store.insert(first)
        try await store.insert(second)
        expect("what was inserted is found as it was", try await store.find("a") == first)
        expect("models are kept, and a missing manifest stays missing", try await store.find("b") == second)
        expect("all are listed, the oldest first", try await store.all().map(\.id) == ["a", "b"])
        expect("an id is taken once", await code { try await store.insert(first) } == .conflict)
        let changed = try await store.update("a") { function in
            (function.name, function.isActive, function.manifest, function.revision) = ("changed", false, nil, "r2")
        }
        let stored = try await store.find("a")
        expect("an update returns what is stored", stored == changed && changed?.name == "changed")
        expect("an update leaves the others alone", try await store.find("b") == second)
        expect("a change that fails changes nothing", await code { _ = try await store.update("a") { _ in throw AppError.notFound } } == .notFound)
        expect("nobody is updated who is not there", try await store.update("x") { $0.name = "x" } == nil)
        expect("a deleted function was there", try await store.delete("a"))
        expect("a deleted function is gone", try await store.find("a") == nil)
        expect("nothing is deleted twice", try await !store.delete("a"))
        return violations
    }

    package static func violations(of store: any ToolkitStore) async throws -> [String] {
        var violations: [String] = []
        func expect(_ statement: String, _ holds: Bool) { if !holds { violations.append(statement) } }
        let first = Toolkit(
            id: "a", userID: "u", name: "도구", content: "class Tools: ...", meta: ["description": "d"], manifest: manifest, createdAt: 1, updatedAt: 2)
        let second = Toolkit(id: "b", userID: "u", name: "B", content: "")
        try await store.insert(first)
        try await store.insert(second)
        expect("what was inserted is found as it was", try await store.find("a") == first)
        expect("all are listed, the oldest first", try await store.all() == [first, second])
        expect("an id is taken once", await code { try await store.insert(first) } == .conflict)
        let changed = try await store.update("a") { $0.name = "changed" }
        let stored = try await store.find("a")
        expect("an update returns what is stored", stored == changed && changed?.name == "changed")
        expect("nobody is updated who is not there", try await store.update("x") { $0.name = "x" } == nil)
        expect("a deleted toolkit was there", try await store.delete("a"))
        expect("a deleted toolkit is gone", try await store.find("a") == nil)
        expect("nothing is deleted twice", try await !store.delete("a"))
        return violations
    }

    package static func violations(of store: any ValveStore) async throws -> [String] {
        var violations: [String] = []
        func expect(_ statement: String, _ holds: Bool) { if !holds { violations.append(statement) } }
        let (function, tool) = (PluginKey(.function, "a"), PluginKey(.tool, "a"))
        expect("nothing is stored at first", try await store.sealedValves(of: function, userID: nil) == nil)
        try await store.put("f", for: function, userID: nil)
        try await store.put("t", for: tool, userID: nil)
        try await store.put("fu", for: function, userID: "u")
        expect("a function and a tool of one id differ", try await store.sealedValves(of: tool, userID: nil) == "t")
        expect("a user's differ from everybody's", try await store.sealedValves(of: function, userID: "u") == "fu")
        expect("another user has none", try await store.sealedValves(of: function, userID: "v") == nil)
        try await store.put("f2", for: function, userID: nil)
        expect("the last text counts", try await store.sealedValves(of: function, userID: nil) == "f2")
        expect("everybody's are listed without a user's", try await store.allSealedValves() == [function: "f2", tool: "t"])
        try await store.deleteAll(of: function)
        let remaining = try await store.sealedValves(of: function, userID: "u")
        let others = try await store.allSealedValves()
        expect("all of one are deleted, and no other's", others == [tool: "t"] && remaining == nil)
        return violations
    }

    private static func code(_ work: () async throws -> Void) async -> AppError.Code? {
        do {
            try await work()
            return nil
        } catch { return (error as? AppError)?.code }
    }
}
