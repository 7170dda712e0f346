/// What people do with their memories.
///
/// Errors are the contract's: 404 while memories are turned off and for those that are not there or somebody else's, 403 without the
/// permission.
package struct MemoryLibrary: Sendable {
    package enum Limits {
        package static let perOwner = 1000
        package static let content = 4000
        package static let path = 500
        package static let operations = 100
        package static let question = 32_000
    }

    /// A memory and how near it is to a question, 0 to 1.
    package struct Match: Sendable {
        package var memory: Memory
        package var score: Double
    }

    /// One step of a change of several.
    package enum Operation: Sendable {
        case add(content: String, kind: Memory.Kind, path: String?)
        /// - Parameter kind: `nil` leaves it.
        case replace(id: String, content: String, kind: Memory.Kind?, path: String?)
        case move(id: String, path: String?)
        case remove(id: String)

        package var action: String {
            switch self {
            case .add: "add"
            case .replace: "replace"
            case .move: "move"
            case .remove: "remove"
            }
        }
    }

    /// What a step has done.
    package enum Outcome: Sendable {
        case created(Memory)
        case updated(Memory)
        /// There was the same already.
        case skipped(Memory)
        case deleted(id: String)
    }

    private let store: any MemoryStore
    private let encoders: any SearchEncoders
    private let isOn: @Sendable () -> Bool
    private let threshold: @Sendable () -> Double

    /// - Parameters:
    ///   - isOn: whether there are memories at all.
    ///   - threshold: the score below which a memory does not answer a question.
    package init(
        store: any MemoryStore, encoders: any SearchEncoders, isOn: @escaping @Sendable () -> Bool, threshold: @escaping @Sendable () -> Double
    ) {
        self.store = store
        self.encoders = encoders
        self.isOn = isOn
        self.threshold = threshold
    }

    package func mayRemember(_ principal: Principal) -> Bool { isOn() && principal.may("features.memories") }

    // MARK: Reading

    package func all(for principal: Principal) async throws -> [Memory] {
        try check(principal)
        return try await store.all(ownerID: principal.userID)
    }

    /// The memories nearest to a question, the nearest first.
    /// - Throws: `.notFound` when there are none at all.
    package func nearest(to question: String, limit: Int, for principal: Principal) async throws -> [Match] {
        try check(principal)
        try TextRule.check(question, "The question", longest: Limits.question, mayBeEmpty: false)
        let memories = try await store.all(ownerID: principal.userID)
        guard !memories.isEmpty else { throw AppError(.notFound, "No memories found for user") }
        return try await nearest(to: question, among: memories, limit: limit)
    }

    /// The same among memories already read.
    func nearest(to question: String, among memories: [Memory], limit: Int) async throws -> [Match] {
        guard let ownerID = memories.first?.userID else { return [] }
        let embedder = try await encoders.searchEmbedder()
        guard let query = try await embedder.embed([question], as: .query).first else { return [] }
        var vectors = try await store.vectors(ownerID: ownerID, encoder: embedder.identity.key)
        let missing = memories.filter { vectors[$0.id]?.count != query.count }
        for (memory, vector) in try await embed(missing, with: embedder) { vectors[memory.id] = vector }
        let threshold = threshold()
        let matches = memories.compactMap { memory -> Match? in
            guard let vector = vectors[memory.id], vector.count == query.count else { return nil }
            let cosine = zip(query, vector).reduce(Float(0)) { $0 + $1.0 * $1.1 }
            // From -1...1 to 0...1, as clients expect.
            let score = min(max((Double(cosine) + 1) / 2, 0), 1)
            return threshold > 0 && score < threshold ? nil : Match(memory: memory, score: score)
        }
        return Array(matches.sorted { ($1.score, $0.memory.id) < ($0.score, $1.memory.id) }.prefix(limit))
    }

    // MARK: Changing

    package func add(_ content: String, kind: Memory.Kind, path: String?, by principal: Principal) async throws -> Memory {
        guard case .created(let memory)? = try await apply([.add(content: content, kind: kind, path: path)], by: principal, allowsTwins: true).first
        else { throw AppError.internalError }
        return memory
    }

    /// - Parameters:
    ///   - content: `nil` leaves it, and so does `kind`.
    ///   - path: a new one, or none (`.some(nil)`).
    package func change(
        _ id: String, content: String?, kind: Memory.Kind?, path: String??, by principal: Principal
    ) async throws -> Memory {
        try check(principal)
        guard content != nil || kind != nil || path != nil else { throw AppError(.badRequest, "No memory update provided") }
        let content = try content.map(Self.content)
        let path = try path.map(Self.path)
        let memory = try await store.edit(ownerID: principal.userID) { memories in
            guard let index = memories.firstIndex(where: { $0.id == id }) else { throw AppError.notFound }
            if let content { memories[index].content = content }
            if let kind { memories[index].kind = kind }
            if let path { memories[index].path = path }
            memories[index].updatedAt = .now()
            return memories[index]
        }
        await embedSoon([memory])
        return memory
    }

    /// All steps, or none when one fails.
    package func apply(_ operations: [Operation], by principal: Principal, allowsTwins: Bool = false) async throws -> [Outcome] {
        try check(principal)
        guard !operations.isEmpty else { throw AppError(.badRequest, "No memory operations provided") }
        guard operations.count <= Limits.operations else {
            throw AppError(.badRequest, "There may be at most \(Limits.operations) operations at once.")
        }
        let operations = try operations.map(Self.checked)
        let ownerID = principal.userID
        let outcomes = try await store.edit(ownerID: ownerID) { memories in
            var outcomes: [Outcome] = []
            for operation in operations { outcomes.append(try Self.run(operation, on: &memories, ownerID, allowsTwins: allowsTwins)) }
            return outcomes
        }
        await embedSoon(
            outcomes.compactMap { outcome in
                switch outcome {
                case .created(let memory), .updated(let memory): memory
                case .skipped, .deleted: nil
                }
            })
        return outcomes
    }

    /// - Returns: whether it was there.
    package func delete(_ id: String, by principal: Principal) async throws -> Bool {
        try check(principal)
        return try await store.edit(ownerID: principal.userID) { memories in
            let count = memories.count
            memories.removeAll { $0.id == id }
            return memories.count < count
        }
    }

    package func deleteAll(by principal: Principal) async throws {
        try check(principal)
        try await store.edit(ownerID: principal.userID) { $0 = [] }
    }

    /// Makes the vectors of the principal's memories anew.
    package func reset(by principal: Principal) async throws {
        try check(principal)
        try await store.deleteVectors(ownerID: principal.userID)
        _ = try await embed(try await store.all(ownerID: principal.userID), with: try await encoders.searchEmbedder())
    }

    /// Drops everybody's vectors; each is made anew when its owner next needs it.
    package func resetAll() async throws -> (memories: Int, owners: Int) {
        try await store.deleteVectors(ownerID: nil)
        return try await store.count()
    }

    // MARK: Details

    private func check(_ principal: Principal) throws {
        guard isOn() else { throw AppError.notFound }
        guard principal.may("features.memories") else { throw AppError(.forbidden, AppError.prohibited.message) }
    }

    private static func run(_ operation: Operation, on memories: inout [Memory], _ ownerID: String, allowsTwins: Bool) throws -> Outcome {
        func index(_ id: String) throws -> Int {
            guard let index = memories.firstIndex(where: { $0.id == id }) else { throw AppError(.notFound, "Memory not found: \(id.prefix(100))") }
            return index
        }
        switch operation {
        case .add(let content, let kind, let path):
            if !allowsTwins, let twin = memories.first(where: { $0.content == content && $0.kind == kind && $0.path == path }) {
                return .skipped(twin)
            }
            guard memories.count < Limits.perOwner else {
                throw AppError(.badRequest, "Nobody may have more than \(Limits.perOwner) memories.")
            }
            let memory = Memory(userID: ownerID, kind: kind, path: path, content: content)
            memories.append(memory)
            return .created(memory)
        case .replace(let id, let content, let kind, let path):
            let index = try index(id)
            (memories[index].content, memories[index].path, memories[index].updatedAt) = (content, path, .now())
            if let kind { memories[index].kind = kind }
            return .updated(memories[index])
        case .move(let id, let path):
            let index = try index(id)
            (memories[index].path, memories[index].updatedAt) = (path, .now())
            return .updated(memories[index])
        case .remove(let id):
            memories.remove(at: try index(id))
            return .deleted(id: id)
        }
    }

    private static func checked(_ operation: Operation) throws -> Operation {
        switch operation {
        case .add(let content, let kind, let path): .add(content: try Self.content(content), kind: kind, path: try Self.path(path))
        case .replace(let id, let content, let kind, let path):
            .replace(id: id, content: try Self.content(content), kind: kind, path: try Self.path(path))
        case .move(let id, let path): .move(id: id, path: try Self.path(path))
        case .remove: operation
        }
    }

    private static func content(_ text: String) throws -> String {
        let text = text.trimmed
        guard !text.isEmpty else { throw AppError(.badRequest, "Memory content cannot be empty") }
        try TextRule.check(text, "A memory", longest: Limits.content)
        return text
    }

    /// Components without empty ones; `nil` for none.
    static func path(_ text: String?) throws -> String? {
        let parts = (text ?? "").trimmed.split(separator: "/")
        guard !parts.isEmpty else { return nil }
        let path = parts.joined(separator: "/")
        guard !parts.contains("."), !parts.contains(".."), !path.unicodeScalars.contains(where: { $0.value < 0x20 }) else {
            throw AppError(.badRequest, "Invalid memory path")
        }
        try TextRule.check(path, "A path", longest: Limits.path)
        return path
    }

    /// A memory counts without a vector, too: it gets one when somebody asks.
    private func embedSoon(_ memories: [Memory]) async {
        guard !memories.isEmpty, let embedder = try? await encoders.searchEmbedder() else { return }
        _ = try? await embed(memories, with: embedder)
    }

    private func embed(_ memories: [Memory], with embedder: any Embedder) async throws -> [(memory: Memory, vector: [Float])] {
        var made: [(memory: Memory, vector: [Float])] = []
        for start in stride(from: 0, to: memories.count, by: 64) {
            try Task.checkCancellation()
            let batch = Array(memories[start..<min(start + 64, memories.count)])
            let vectors = try await embedder.embed(batch.map(\.embeddedText), as: .passage)
            guard vectors.count == batch.count else {
                throw AppError(.upstreamFailed, "The embedding engine answered with vectors that do not fit the texts.")
            }
            let pairs = zip(batch, vectors).map { (memory: $0, vector: $1) }
            try await store.keep(pairs, encoder: embedder.identity.key)
            made += pairs
        }
        return made
    }
}
