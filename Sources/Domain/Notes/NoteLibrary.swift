/// What people do with notes.
///
/// Errors are the contract's: 403 while notes are turned off and for strangers, 401 without the permission, 404 for what is not there.
package struct NoteLibrary: Sendable {
    package typealias Entry = SharedShelf<Note>.Entry

    package enum Limits {
        package static let perOwner = 5000
        package static let title = 500
        package static let data = 512 << 10
        package static let meta = 64 << 10
    }

    /// What a form says of a note; `nil` where it says nothing.
    package struct Draft: Sendable {
        package var title: String?
        package var data: JSONObject?
        package var meta: JSONObject?

        package init(title: String?, data: JSONObject?, meta: JSONObject?) {
            self.title = title
            self.data = data
            self.meta = meta
        }
    }

    private let store: any NoteStore
    private let shelf: SharedShelf<Note>
    private let isOn: @Sendable () -> Bool

    /// - Parameter isOn: whether there are notes at all.
    package init(store: some NoteStore, grants: any AccessGrantStore, isOn: @escaping @Sendable () -> Bool) {
        self.store = store
        shelf = SharedShelf(store: store, grants: grants)
        self.isOn = isOn
    }

    // MARK: Reading

    package func page(_ query: SharedItemQuery, for principal: Principal) async throws -> Page<Entry> {
        try check(principal)
        return try await shelf.page(query, for: principal)
    }

    package func note(_ id: String, for principal: Principal) async throws -> Entry {
        try check(principal)
        return try await shelf.entry(id, for: principal)
    }

    /// Ids of the notes that the principal has pinned, the last pinned first.
    package func pins(of principal: Principal) async throws -> [String] { try await store.pins(userID: principal.userID) }

    // MARK: Changing

    package func create(_ draft: Draft, grants: [AccessGrant], id: String, by principal: Principal) async throws -> Entry {
        try check(principal)
        let note = Note(id: id, userID: principal.userID, title: draft.title ?? "", data: draft.data, meta: draft.meta)
        try Self.check(note)
        return try await shelf.insert(note, limit: Limits.perOwner, grants: grants, by: principal)
    }

    /// Members of `data` and `meta` that the draft does not name stay.
    package func update(_ id: String, _ draft: Draft, by principal: Principal) async throws -> Entry {
        try check(principal)
        return try await shelf.update(id, by: principal) { note in
            let before = note
            if let title = draft.title { note.title = title }
            if let data = draft.data { note.data = (note.data ?? [:]).merging(Note.sane(data)) }
            if let meta = draft.meta { note.meta = (note.meta ?? [:]).merging(meta) }
            guard note != before else { return }
            try Self.check(note)
            note.updatedAt = max(Note.now(), before.updatedAt + 1)
        }
    }

    package func share(_ id: String, grants: [AccessGrant], by principal: Principal) async throws -> Entry {
        try check(principal)
        return try await shelf.share(id, grants: grants, by: principal)
    }

    /// Pins are everybody's own.
    package func togglePin(of id: String, by principal: Principal) async throws -> Entry {
        let entry = try await note(id, for: principal)
        guard try await store.togglePin(of: id, userID: principal.userID) != nil else { throw AppError.notFound }
        return entry
    }

    package func delete(_ id: String, by principal: Principal) async throws -> Note {
        try check(principal)
        return try await shelf.delete(id, by: principal)
    }

    private func check(_ principal: Principal) throws {
        guard isOn() else { throw AppError(.forbidden, "Notes is disabled") }
        guard principal.may("features.notes") else { throw AppError.badToken }
    }

    private static func check(_ note: Note) throws {
        try TextRule.check(note.title, "The title", longest: Limits.title)
        try TextRule.check(note.data ?? [:], "The note", largest: Limits.data)
        try TextRule.check(note.meta ?? [:], "meta", largest: Limits.meta)
    }
}
