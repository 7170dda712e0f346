/// What people do with skills.
///
/// Errors are the contract's: 404 for what is not there, 401 for strangers, 400 for an id and 409 for a name that is taken, 409 for a change
/// of a version that is not the current one.
package struct SkillLibrary: Sendable {
    package typealias Entry = SharedShelf<Skill>.Entry

    package enum Limits {
        package static let perOwner = 500
        package static let id = 128
        package static let name = 256
        package static let description = 2000
        package static let content = 65_536
        package static let meta = 64 << 10
        /// In one chat.
        package static let inUse = 20
    }

    /// What a form says of a skill; `nil` where it says nothing.
    package struct Draft: Sendable {
        package var id: String
        package var name: String
        package var description: String??
        package var content: String?
        package var meta: JSONObject?
        package var isActive: Bool?
        package var expectedVersionID: String?

        package init(
            id: String, name: String, description: String??, content: String?, meta: JSONObject?, isActive: Bool?, expectedVersionID: String? = nil
        ) {
            self.id = id
            self.name = name
            self.description = description
            self.content = content
            self.meta = meta
            self.isActive = isActive
            self.expectedVersionID = expectedVersionID
        }
    }

    private let store: any SharedItemStore<Skill>
    private let shelf: SharedShelf<Skill>

    package init(store: some SharedItemStore<Skill>, grants: any AccessGrantStore) {
        self.store = store
        shelf = SharedShelf(store: store, grants: grants)
    }

    // MARK: Reading

    package func page(_ query: SharedItemQuery, for principal: Principal) async throws -> Page<Entry> {
        try await shelf.page(query, for: principal)
    }

    package func skill(_ id: String, _ permission: AccessGrant.Permission = .read, for principal: Principal) async throws -> Entry {
        try await shelf.entry(id, permission, for: principal)
    }

    /// Active skills among `ids` that the principal may read, by id; the others are left out.
    package func active(_ ids: Set<String>, for principal: Principal) async throws -> [Skill] {
        var query = SharedItemQuery(for: principal)
        query.ids = Array(ids.sorted().prefix(Limits.inUse))
        query.isActiveOnly = true
        return try await store.page(query).items.sorted { $0.id < $1.id }
    }

    // MARK: Changing

    package func create(_ draft: Draft, grants: [AccessGrant], by principal: Principal) async throws -> Entry {
        guard principal.may("workspace.skills") || principal.may("workspace.skills_import") else { throw AppError.badToken }
        let id = Self.id(draft.id)
        guard !id.isEmpty, id.utf8.count <= Limits.id, id.utf8.allSatisfy(Self.isIDByte) else {
            throw AppError(.badRequest, "[ERROR: Invalid skill ID]")
        }
        let skill = Skill(
            id: id, userID: principal.userID, name: draft.name, description: draft.description ?? nil, content: draft.content ?? "",
            meta: draft.meta ?? [:], isActive: draft.isActive ?? true)
        try Self.check(skill)
        do {
            return try await shelf.insert(skill, limit: Limits.perOwner, grants: grants, by: principal)
        } catch let error as AppError where error.code == .conflict {
            if try await store.find(id) != nil {
                throw AppError(.badRequest, "Uh-oh! This id is already registered. Please choose another id string.", cause: error)
            }
            throw Self.nameTaken
        }
    }

    package func update(_ id: String, _ draft: Draft, by principal: Principal) async throws -> Entry {
        do {
            return try await shelf.update(id, by: principal) { skill in
                if let expected = draft.expectedVersionID, expected != skill.versionID {
                    throw AppError(.gone, "version_conflict")
                }
                let before = skill
                skill.name = draft.name
                if let description = draft.description { skill.description = description }
                if let content = draft.content { skill.content = content }
                if let meta = draft.meta { skill.meta = meta }
                if (skill.name, skill.description, skill.content, skill.meta) != (before.name, before.description, before.content, before.meta) {
                    skill.versionID = makeID()
                }
                if let isActive = draft.isActive { skill.isActive = isActive }
                try Self.check(skill)
                skill.updatedAt = .now()
            }
        } catch let error as AppError where error.code == .conflict {
            throw Self.nameTaken
        } catch let error as AppError where error.code == .gone {
            throw AppError(.conflict, "The skill was changed meanwhile. Read it again before changing it.")
        }
    }

    package func toggle(_ id: String, by principal: Principal) async throws -> Entry {
        try await shelf.update(id, by: principal) { skill in
            skill.isActive.toggle()
            skill.updatedAt = .now()
        }
    }

    package func share(_ id: String, grants: [AccessGrant], by principal: Principal) async throws -> Entry {
        try await shelf.share(id, grants: grants, by: principal)
    }

    package func delete(_ id: String, by principal: Principal) async throws -> Skill { try await shelf.delete(id, by: principal) }

    // MARK: Details

    /// As the original makes one of what people type.
    package static func id(_ text: String) -> String { text.lowercased().replacing(" ", with: "-") }

    private static let nameTaken = AppError(.conflict, "A skill with this name already exists")

    private static func isIDByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"): true
        default: false
        }
    }

    private static func check(_ skill: Skill) throws {
        try TextRule.check(skill.name, "The name", longest: Limits.name, mayBeEmpty: false)
        try TextRule.check(skill.description ?? "", "The description", longest: Limits.description)
        try TextRule.check(skill.content, "The content", longest: Limits.content)
        try TextRule.check(skill.meta, "meta", largest: Limits.meta)
    }
}
