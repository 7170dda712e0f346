package import Domain

/// What every `WorkspaceModelStore` must do.
package enum WorkspaceModelStoreContract {
    /// - Parameter store: empty.
    /// - Returns: the statements that do not hold.
    package static func violations(of store: any WorkspaceModelStore) async throws -> [String] {
        var violations: [String] = []
        func expect(_ statement: String, _ holds: Bool) { if !holds { violations.append(statement) } }
        func code(_ work: () async throws -> Void) async -> AppError.Code? {
            do {
                try await work()
                return nil
            } catch { return (error as? AppError)?.code }
        }
        let first = WorkspaceModel(
            id: "a", userID: "u", baseModelID: "base", name: "모델", params: ["temperature": 1.50, "z": [1, nil]], meta: ["tags": [["name": "t"]]],
            isActive: false, createdAt: 10, updatedAt: 20)
        let second = WorkspaceModel(id: "b", userID: "u", baseModelID: nil, name: "B", params: [:], meta: [:])
        try await store.insert(first)
        try await store.insert(second)
        expect("what was inserted is found as it was", try await store.find("a") == first)
        expect("a row without a base has none", try await store.find("b")?.baseModelID == nil)
        expect("all rows are listed, the oldest first", try await store.all().map(\.id) == ["a", "b"])
        expect("an id is taken once", await code { try await store.insert(first) } == .conflict)
        var changed = first
        (changed.name, changed.baseModelID, changed.isActive, changed.versionID) = ("changed", nil, true, "v2")
        try await store.update(changed)
        expect("an update replaces the row", try await store.find("a") == changed)
        expect("an update leaves the others alone", try await store.find("b") == second)
        expect("a deleted row was there", try await store.delete("a"))
        expect("a deleted row is gone", try await store.find("a") == nil)
        expect("nothing is deleted twice", try await !store.delete("a"))
        expect("a row that is gone cannot be updated", await code { try await store.update(changed) } == .notFound)
        expect("an unknown row is not found", try await store.find("x") == nil)
        return violations
    }
}
