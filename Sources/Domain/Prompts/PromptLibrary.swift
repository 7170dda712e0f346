/// What people do with prompts.
///
/// Errors are the contract's: 404 for what is not there, and for a stranger who reads; 401 for a stranger who changes; 400 for a command
/// that is taken.
package struct PromptLibrary: Sendable {
    package typealias Entry = SharedShelf<Prompt>.Entry

    package enum Limits {
        package static let perOwner = 2000
        package static let command = 128
        package static let name = 256
        package static let content = 65_536
        package static let details = 64 << 10
        package static let tags = 50
        package static let tag = 100
        package static let message = 1000
        package static let versions = 100
    }

    /// What a form says of a prompt; `nil` where it says nothing.
    package struct Draft: Sendable {
        package var command: String
        package var name: String
        package var content: String
        package var data: JSONObject?
        package var meta: JSONObject?
        package var tags: [String]?
        package var message: String?
        /// The prompt gets this text; otherwise it is kept as a version only.
        package var isProduction: Bool

        package init(
            command: String, name: String, content: String, data: JSONObject? = nil, meta: JSONObject? = nil, tags: [String]? = nil,
            message: String? = nil, isProduction: Bool = true
        ) {
            self.command = command
            self.name = name
            self.content = content
            self.data = data
            self.meta = meta
            self.tags = tags
            self.message = message
            self.isProduction = isProduction
        }

        func check() throws {
            try PromptLibrary.check(command: command, name: name, tags: tags)
            try TextRule.check(content, "The content", longest: Limits.content)
            try TextRule.check(message ?? "", "The message", longest: Limits.message)
            try TextRule.check(data ?? [:], "data", largest: Limits.details)
            try TextRule.check(meta ?? [:], "meta", largest: Limits.details)
        }
    }

    private let store: any PromptStore
    private let shelf: SharedShelf<Prompt>

    package init(store: some PromptStore, grants: any AccessGrantStore) {
        self.store = store
        shelf = SharedShelf(store: store, grants: grants)
    }

    // MARK: Reading

    package func page(_ query: SharedItemQuery, for principal: Principal) async throws -> Page<Entry> {
        try await shelf.page(query, for: principal)
    }

    package func tags(for principal: Principal) async throws -> [String] { try await store.tags(for: .init(principal)) }

    /// - Throws: `.notFound`, for those who may not read it, too.
    package func prompt(_ id: String, for principal: Principal) async throws -> Entry {
        do {
            return try await shelf.entry(id, for: principal)
        } catch let error as AppError where error.code == .unauthorized {
            throw AppError.notFound
        }
    }

    package func prompt(command: String, for principal: Principal) async throws -> Entry {
        guard let prompt = try await store.find(command: command) else { throw AppError.notFound }
        return try await self.prompt(prompt.id, for: principal)
    }

    // MARK: Changing

    package func create(_ draft: Draft, grants: [AccessGrant], id: String, by principal: Principal) async throws -> Entry {
        guard principal.may("workspace.prompts") || principal.may("workspace.prompts_import") else { throw AppError.badToken }
        try draft.check()
        let prompt = Prompt(
            id: id, userID: principal.userID, command: draft.command, name: draft.name, content: draft.content, data: draft.data ?? [:],
            meta: draft.meta ?? [:], tags: draft.tags ?? [])
        return try await Self.namingCommand {
            var entry = try await shelf.insert(prompt, limit: Limits.perOwner, grants: grants, by: principal)
            entry.item = try await revise(id) { prompt, _ in
                let version = PromptVersion(
                    promptID: id, parentID: nil, snapshot: prompt.snapshot, userID: principal.userID, message: draft.message ?? "Initial version")
                prompt.versionID = version.id
                return version
            }
            return entry
        }
    }

    package func update(_ id: String, _ draft: Draft, by principal: Principal) async throws -> Entry {
        var entry = try await shelf.entry(id, .write, for: principal)
        try draft.check()
        entry.item = try await Self.namingCommand {
            try await revise(id) { prompt, latestID in
                let before = prompt
                var wanted = prompt
                (wanted.command, wanted.name, wanted.content) = (draft.command, draft.name, draft.content)
                if let data = draft.data, !data.isEmpty { wanted.data = data }
                if let meta = draft.meta, !meta.isEmpty { wanted.meta = meta }
                if let tags = draft.tags { wanted.tags = tags }
                if draft.isProduction { prompt = wanted } else { prompt.command = draft.command }
                prompt.updatedAt = .now()
                guard wanted.snapshot != before.snapshot else { return nil }
                let version = PromptVersion(
                    promptID: id, parentID: latestID, snapshot: wanted.snapshot, userID: principal.userID, message: draft.message)
                if draft.isProduction { prompt.versionID = version.id }
                return version
            }
        }
        return entry
    }

    /// Changes what a prompt is called; makes no version.
    package func rename(_ id: String, name: String, command: String, tags: [String]?, by principal: Principal) async throws -> Entry {
        try await Self.namingCommand {
            try await shelf.update(id, by: principal) { prompt in
                try Self.check(command: command, name: name, tags: tags)
                (prompt.name, prompt.command, prompt.tags) = (name, command, tags ?? prompt.tags)
                prompt.updatedAt = .now()
            }
        }
    }

    /// Gives a prompt the text of one of its versions.
    package func restore(_ id: String, version versionID: String, by principal: Principal) async throws -> Entry {
        _ = try await shelf.entry(id, .write, for: principal)
        guard let version = try await store.version(versionID, of: id) else { throw AppError(.badRequest, AppError.notFound.message) }
        return try await shelf.update(id, by: principal) { prompt in
            prompt.restore(version)
            prompt.updatedAt = .now()
        }
    }

    package func toggle(_ id: String, by principal: Principal) async throws -> Entry {
        try await shelf.update(id, by: principal) { prompt in
            prompt.isActive.toggle()
            prompt.updatedAt = .now()
        }
    }

    package func share(_ id: String, grants: [AccessGrant], by principal: Principal) async throws -> Entry {
        try await shelf.share(id, grants: grants, by: principal)
    }

    package func delete(_ id: String, by principal: Principal) async throws -> Prompt { try await shelf.delete(id, by: principal) }

    // MARK: Versions

    package func versions(of id: String, page: PageRequest, for principal: Principal) async throws -> [PromptVersion] {
        _ = try await shelf.entry(id, for: principal)
        return try await store.versions(of: id, page: page)
    }

    package func version(_ versionID: String, of id: String, for principal: Principal) async throws -> PromptVersion {
        _ = try await shelf.entry(id, for: principal)
        guard let version = try await store.version(versionID, of: id) else { throw AppError.notFound }
        return version
    }

    package func deleteVersion(_ versionID: String, of id: String, by principal: Principal) async throws {
        let prompt = try await shelf.entry(id, .write, for: principal).item
        guard prompt.versionID != versionID else { throw AppError(.badRequest, "Cannot delete the active production version") }
        guard try await store.deleteVersion(versionID, of: id) else { throw AppError.notFound }
    }

    // MARK: Details

    private func revise(
        _ id: String, _ change: @escaping @Sendable (inout Prompt, String?) throws -> PromptVersion?
    ) async throws -> Prompt {
        guard let prompt = try await store.revise(id, kept: Limits.versions, change) else { throw AppError.notFound }
        return prompt
    }

    private static func check(command: String, name: String, tags: [String]?) throws {
        try TextRule.check(command, "The command", longest: Limits.command)
        let word = command.drop { $0 == "/" }
        guard !word.isEmpty, !word.unicodeScalars.contains(where: { $0.properties.isWhitespace || $0.value < 0x20 }) else {
            throw AppError(.badRequest, "The command must be one word.")
        }
        try TextRule.check(name, "The name", longest: Limits.name)
        if (tags?.count ?? 0) > Limits.tags { throw AppError(.badRequest, "A prompt has at most \(Limits.tags) tags.") }
        for tag in tags ?? [] { try TextRule.check(tag, "A tag", longest: Limits.tag) }
    }

    private static func namingCommand<Value>(_ work: () async throws -> Value) async throws -> Value {
        do { return try await work() } catch let error as AppError where error.code == .conflict {
            throw AppError(.badRequest, "Uh-oh! This command is already registered. Please choose another command string.", cause: error)
        }
    }
}
