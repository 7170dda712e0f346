package import Domain

/// What every `MemoryStore` must do.
package enum MemoryStoreContract {
    /// - Parameter store: empty.
    /// - Returns: the statements that do not hold.
    package static func violations(of store: any MemoryStore) async throws -> [String] {
        var violations: [String] = []
        func expect(_ statement: String, _ holds: Bool) { if !holds { violations.append(statement) } }
        let first = Memory(
            id: "a", userID: "u", kind: .user, path: "work/항구", content: "차를 좋아함", meta: ["n": 1.50], createdAt: 10, updatedAt: 20)
        let second = Memory(id: "b", userID: "u", content: "b", createdAt: 11, updatedAt: 11)
        let other = Memory(id: "c", userID: "v", content: "c")
        let told = try await store.edit(ownerID: "u") { memories in
            memories += [first, second]
            return memories.count
        }
        try await store.edit(ownerID: "v") { $0.append(other) }
        expect("an edit returns what it says", told == 2)
        expect("what was added is found as it was, the oldest first", try await store.all(ownerID: "u") == [first, second])
        expect("everybody has their own", try await store.all(ownerID: "v") == [other])
        expect("nobody has any to begin with", try await store.all(ownerID: "w") == [])
        expect("all are counted", try await store.count() == (3, 2))

        // Vectors
        try await store.keep([(first, [1, -0.5]), (second, [0, 1])], encoder: "e")
        expect("vectors are found as they were", try await store.vectors(ownerID: "u", encoder: "e") == ["a": [1, -0.5], "b": [0, 1]])
        expect("vectors are of one encoder", try await store.vectors(ownerID: "u", encoder: "f") == [:])
        expect("vectors are their owner's", try await store.vectors(ownerID: "v", encoder: "e") == [:])
        try await store.edit(ownerID: "u") { memories in
            memories[0].content = "changed"
            memories[1].kind = .user
        }
        let changed = try await store.all(ownerID: "u")
        expect("a change is kept", changed.map(\.content) == ["changed", "b"] && changed[1].kind == .user)
        expect("a vector goes when its text changes", try await store.vectors(ownerID: "u", encoder: "e") == ["b": [0, 1]])
        try await store.keep([(first, [1, 1])], encoder: "e")
        expect("a vector of what was is not kept", try await store.vectors(ownerID: "u", encoder: "e") == ["b": [0, 1]])
        try await store.keep([(changed[1], [1, 0, 0])], encoder: "f")
        expect("a new encoder's vector replaces the old one's", try await store.vectors(ownerID: "u", encoder: "f") == ["b": [1, 0, 0]])
        expect("a new encoder's vector replaces the old one's", try await store.vectors(ownerID: "u", encoder: "e") == [:])
        try await store.keep([(other, [1])], encoder: "f")
        try await store.deleteVectors(ownerID: "u")
        expect("an owner's vectors are deleted", try await store.vectors(ownerID: "u", encoder: "f") == [:])
        expect("others' vectors stay", try await store.vectors(ownerID: "v", encoder: "f") == ["c": [1]])
        try await store.deleteVectors(ownerID: nil)
        expect("everybody's vectors are deleted", try await store.vectors(ownerID: "v", encoder: "f") == [:])

        // All or nothing
        let failed = try? await store.edit(ownerID: "u") { memories -> Int in
            memories = []
            throw AppError.notFound
        }
        let kept = try await store.all(ownerID: "u")
        expect("an edit that fails changes nothing", failed == nil && kept.count == 2)
        try await store.edit(ownerID: "u") { memories in memories = Array(memories.dropFirst()) }
        expect("what was taken out is gone", try await store.all(ownerID: "u").map(\.id) == ["b"])
        try await store.edit(ownerID: "u") { $0.append(first) }
        expect("what comes back stands at the end", try await store.all(ownerID: "u").map(\.id) == ["b", "a"])
        expect("and has no vector", try await store.vectors(ownerID: "u", encoder: "e") == [:])
        return violations
    }
}
