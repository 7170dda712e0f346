package import Domain
import HTTPTypes
import Hummingbird
import Wire

/// Notes: pages that people write, alone or together.
package struct NotesController: Controller {
    private static let prefix = "/api/v1/notes"
    private static let pageSize = 60
    private static let bodyLimit = 2 << 20

    private let library: NoteLibrary
    private let users: any UserStore
    private let audit: AuditLog

    package init(library: NoteLibrary, users: any UserStore, audit: AuditLog) {
        self.library = library
        self.users = users
        self.audit = audit
    }

    package func addRoutes(to routes: RouteTable) {
        func on(_ method: HTTPRequest.Method, _ path: String, _ summary: String, _ handler: @escaping RouteTable.Handler) {
            routes.on(method, Self.prefix + path, access: .user, scope: .chats, RouteDocumentation("Notes", summary), handler: handler)
        }
        on(.get, "/", "Notes that the caller may read, the last changed first; 60 a page when a page is asked for.", all)
        on(.get, "/list", "The same, under the name that it had before.", all)
        on(.get, "/pinned", "Notes that the caller has pinned, the last pinned first.", pinned)
        on(.get, "/search", "Notes that the caller may write (`permission=read`: may read), 60 a page.", search)
        on(.post, "/create", "Make a note.", create)
        on(.get, "/{id}", "One note.") { _, context in
            let principal = try context.requirePrincipal()
            let entry = try await library.note(context.parameters.require("id"), for: principal)
            return .json(.object(try await wire(entry, principal).merging(["write_access": .bool(entry.isWritable)])))
        }
        on(.post, "/{id}/update", "Change a note; members of `data` and `meta` that are not named stay.", update)
        on(.post, "/{id}/access/update", "Say who may use a note.", share)
        on(.post, "/{id}/pin", "Pin a note, or take the pin away; for the caller only.") { _, context in
            let principal = try context.requirePrincipal()
            let entry = try await library.togglePin(of: context.parameters.require("id"), by: principal)
            return .json(.object(try await wire(entry, principal)))
        }
        on(.delete, "/{id}/delete", "Delete a note.") { request, context in
            let note = try await library.delete(context.parameters.require("id"), by: context.requirePrincipal())
            await audit.record("note.delete", request, context, objectID: note.id)
            return .json(true)
        }
    }

    // MARK: Reading

    private func all(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        let principal = try context.requirePrincipal()
        var query = try SharedItemRequest.query(request, for: principal, pageSize: Self.pageSize, alwaysPaged: false)
        (query.texts, query.owners, query.order, query.isAscending) = ([], .anybody, .updated, false)
        return try await list(query, principal, pins: try await library.pins(of: principal))
    }

    private func pinned(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        let principal = try context.requirePrincipal()
        var query = SharedItemQuery(for: principal)
        let pins = try await library.pins(of: principal)
        query.ids = pins
        return try await list(query, principal, pins: pins) { pins.firstIndex(of: $0) ?? 0 }
    }

    /// Everybody's own notes and those shared with them: administrators find others' by searching.
    private func list(
        _ query: SharedItemQuery, _ principal: Principal, pins: [String], order: ((String) -> Int)? = nil
    ) async throws -> Response {
        var query = query
        query.isBrief = true
        query.reader.seesEverything = false
        var entries = try await library.page(query, for: principal).items
        if let order { entries.sort { order($0.item.id) < order($1.item.id) } }
        let people = try await users.profiles(of: entries.map(\.item.userID))
        return .json(
            .array(
                entries.map { entry in
                    let note = entry.item
                    return [
                        "id": .string(note.id), "title": .string(note.title), "data": note.data.map(JSONValue.object) ?? [:],
                        "is_pinned": .bool(pins.contains(note.id)), "updated_at": .int(note.updatedAt), "created_at": .int(note.createdAt),
                        "user": people[note.userID] ?? .null,
                    ]
                }))
    }

    private func search(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        let principal = try context.requirePrincipal()
        var query = try SharedItemRequest.query(request, for: principal, pageSize: Self.pageSize) { text in
            // Titles and texts are compared without hyphens and spaces.
            text.split(separator: " ").map { String($0.replacing("-", with: "")) }.filter { !$0.isEmpty }
        }
        query.isBrief = true
        var fields = QueryReader(request)
        let permission = fields.choice("permission", of: ["read", "write"], default: "write")
        try fields.check()
        query.permission = permission == "read" ? .read : .write
        let pins = Set(try await library.pins(of: principal))
        return try await NoteLibrary.Entry.list(try await library.page(query, for: principal), users: users) { entry in
            Self.wire(entry, isPinned: pins.contains(entry.item.id))
        }
    }

    // MARK: Changing

    private func create(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        var fields = FieldReader(try await request.jsonObject(limit: Self.bodyLimit))
        let draft = NoteLibrary.Draft(title: fields.string("title"), data: fields.optionalObject("data"), meta: fields.optionalObject("meta"))
        let grants = fields.optionalArray("access_grants") ?? []
        try fields.check()
        let id = makeID()
        let entry = try await library.create(
            draft, grants: AccessGrant.list(grants, for: ResourceID(.note, id)), id: id, by: context.requirePrincipal())
        return .json(.object(Self.wire(entry, isPinned: false)))
    }

    private func update(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        var fields = FieldReader(try await request.jsonObject(limit: Self.bodyLimit))
        let draft = NoteLibrary.Draft(
            title: fields.optionalString("title"), data: fields.optionalObject("data"), meta: fields.optionalObject("meta"))
        try fields.check()
        let principal = try context.requirePrincipal()
        let entry = try await library.update(context.parameters.require("id"), draft, by: principal)
        return .json(.object(try await wire(entry, principal)))
    }

    private func share(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        let id = try context.parameters.require("id")
        let grants = try await SharedItemRequest.grants(request, for: ResourceID(.note, id))
        let principal = try context.requirePrincipal()
        let entry = try await library.share(id, grants: grants, by: principal)
        await audit.record("note.share", request, context, objectID: id)
        return .json(.object(try await wire(entry, principal)))
    }

    // MARK: The wire

    private func wire(_ entry: NoteLibrary.Entry, _ principal: Principal) async throws -> JSONObject {
        Self.wire(entry, isPinned: try await library.pins(of: principal).contains(entry.item.id))
    }

    private static func wire(_ entry: NoteLibrary.Entry, isPinned: Bool) -> JSONObject {
        let note = entry.item
        return [
            "id": .string(note.id), "user_id": .string(note.userID), "title": .string(note.title), "data": .object(note.data ?? [:]),
            "meta": note.meta.map(JSONValue.object) ?? .null, "is_pinned": .bool(isPinned),
            "access_grants": .array(entry.grants.map { .object($0.wire) }), "created_at": .int(note.createdAt), "updated_at": .int(note.updatedAt),
        ]
    }
}
