package import Domain
import HTTPTypes
import Hummingbird
import NIOCore
import Wire

/// The files of knowledge bases: put in, listed, indexed anew, taken out, exported.
package struct KnowledgeFilesController: Controller {
    private static let pageSize = 30

    private let knowledge: KnowledgeLibrary
    private let users: any UserStore

    package init(knowledge: KnowledgeLibrary, users: any UserStore) {
        self.knowledge = knowledge
        self.users = users
    }

    package func addRoutes(to routes: RouteTable) {
        func on(
            _ method: HTTPRequest.Method, _ path: String, _ access: RouteAccess, _ summary: String, responseType: String = "application/json",
            _ handler: @escaping RouteTable.Handler
        ) {
            routes.on(
                method, KnowledgeController.prefix + path, access: access, scope: access == .admin ? .admin : .knowledge,
                RouteDocumentation("Knowledge", summary, responseType: responseType), handler: handler)
        }
        on(.get, "/search/files", .user, "Files of all knowledge bases that the caller may read.") { try await search($0, $1) }
        on(
            .get, "/{id}/files", .user, "Files of a knowledge base, 30 a page."
        ) { try await list($0, $1) }
        on(.get, "/{id}/files/pending", .user, "Files that are still being processed.") { try await pending($0, $1) }
        on(.post, "/{id}/file/add", .user, "Put a file in; waits until it is processed.") { try await add($0, $1) }
        on(.post, "/{id}/files/batch/add", .user, "Put several files in.") { try await batchAdd($0, $1) }
        on(.post, "/{id}/file/update", .user, "Index a file anew.") { try await update($0, $1) }
        on(
            .post, "/{id}/file/remove", .user, "Take a file out and delete it."
        ) { try await remove($0, $1) }
        on(.post, "/reindex", .admin, "Cut and embed every file of every knowledge base anew.") { try await reindex($0, $1) }
        on(.post, "/metadata/reindex", .admin, "Kept for clients: names and descriptions are always up to date.") { _, _ in
            let total = try await knowledge.store.all().count
            return .json(["total": .int(total), "success": .int(total)])
        }
        on(.get, "/{id}/export", .admin, "The texts of all files as a zip.", responseType: "application/zip") { try await export($0, $1) }
    }

    private func base(_ context: AppRequestContext, _ permission: AccessGrant.Permission) async throws -> KnowledgeBase {
        try await knowledge.base(context.parameters.require("id"), permission, by: context.requirePrincipal())
    }

    private func answer(_ base: KnowledgeBase, warnings: JSONObject? = nil) async throws -> Response {
        let current = try await knowledge.store.find(base.id) ?? base
        let grants = try await knowledge.grants.grants(for: ResourceID(.knowledge, base.id))
        var object = KnowledgeWire.object(current, grants: grants, files: try await knowledge.contents(of: base))
        if let warnings { object["warnings"] = .object(warnings) }
        return .json(.object(object))
    }

    private static func fileID(_ request: Request) async throws -> (id: String, directoryID: String?) {
        var fields = FieldReader(try await request.jsonObject())
        let id = fields.string("file_id")
        let directoryID = fields.optionalString("directory_id")
        try fields.check()
        return (id, directoryID)
    }

    // MARK: Changing

    private func add(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        let (id, directoryID) = try await Self.fileID(request)
        let base = try await base(context, .write)
        try await knowledge.add(id, to: base, directoryID: directoryID, by: context.requirePrincipal())
        return try await answer(base)
    }

    private func batchAdd(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        let body = try await request.jsonValue()
        guard let items = body.array else {
            throw AppError.validation([ValidationIssue(type: "list_type", location: ["body"], message: "Input should be a valid list", input: body)])
        }
        var issues: [ValidationIssue] = []
        var ids: [String] = []
        var seen: Set<String> = []
        for (index, item) in items.enumerated() {
            if let id = item["file_id"]?.string {
                if seen.insert(id).inserted { ids.append(id) }
            } else {
                issues.append(
                    ValidationIssue(type: "missing", location: ["body", String(index), "file_id"], message: "Field required", input: item))
            }
        }
        if !issues.isEmpty { throw AppError.validation(issues) }
        let base = try await base(context, .write)
        let failures = try await knowledge.add(ids, to: base, by: context.requirePrincipal())
        guard !failures.isEmpty else { return try await answer(base) }
        let errors = failures.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
        return try await answer(base, warnings: ["message": "Some files failed to process", "errors": .strings(errors)])
    }

    private func update(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        let (id, _) = try await Self.fileID(request)
        let base = try await base(context, .write)
        try await knowledge.reindex(knowledge.member(id, of: base), in: base)
        return try await answer(base)
    }

    private func remove(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        var query = QueryReader(request)
        let deletes = query.bool("delete_file", default: true)
        try query.check()
        let (id, _) = try await Self.fileID(request)
        let base = try await base(context, .write)
        try await knowledge.take(knowledge.member(id, of: base), outOf: base, deleting: deletes, by: context.requirePrincipal())
        return try await answer(base)
    }

    private func reindex(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        try CollectionAccess.requireUnlimited(context.requirePrincipal())
        var waiting: [String] = []
        for base in try await knowledge.store.all() {
            for file in try await knowledge.contents(of: base) where file.state == .completed { waiting.append(file.id) }
        }
        for id in waiting { try await knowledge.library.queue.submit(id) }
        return .json(true)
    }

    // MARK: Reading

    private func list(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        var query = QueryReader(request)
        let number = query.int("page", default: 1, in: 1...Int(Int32.max))
        let limit = query.int("limit", default: Self.pageSize, in: 1...1000)
        try query.check()
        let principal = try context.requirePrincipal()
        let base = try await base(context, .read)
        let tree = DirectoryTree(try await knowledge.store.directories(of: base.id))
        let place = query.optionalString("directory_id")
        let directoryID = place.flatMap { $0.isEmpty || $0 == "root" ? nil : $0 }
        if let directoryID { _ = try await knowledge.directory(directoryID, of: base) }
        let page = try await knowledge.store.links(
            KnowledgeFileFilter(
                knowledgeIDs: [base.id], query: query.optionalString("query") ?? "", place: place == nil ? .anywhere : .directory(directoryID)),
            page: PageRequest(page: number, size: principal.isAdmin ? limit : min(limit, Self.pageSize)))
        return .json([
            "items": .array(try await items(page.items, trees: [base.id: tree])),
            "directories": .array(tree.children(of: directoryID).map { .object(KnowledgeWire.directory($0)) }),
            "breadcrumbs": .array(tree.breadcrumbs(to: directoryID).map { .object(KnowledgeWire.directory($0)) }), "total": .int(page.total),
        ])
    }

    private func search(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        var query = QueryReader(request)
        let number = query.int("page", default: 1, in: 1...Int(Int32.max))
        try query.check()
        let text = query.optionalString("query") ?? ""
        let bases = try await knowledge.list(by: context.requirePrincipal(), page: PageRequest(limit: .max, offset: 0)).items.map(\.base.id)
        let page = try await knowledge.store.links(
            KnowledgeFileFilter(knowledgeIDs: bases, query: text), page: PageRequest(page: number, size: Self.pageSize))
        var trees: [String: DirectoryTree] = [:]
        for id in Set(page.items.map(\.knowledgeID)) { trees[id] = DirectoryTree(try await knowledge.store.directories(of: id)) }
        return .json([
            "items": .array(try await items(page.items, trees: trees)), "directories": [], "breadcrumbs": [], "total": .int(page.total),
        ])
    }

    private func items(_ links: [KnowledgeLink], trees: [String: DirectoryTree]) async throws -> [JSONValue] {
        let files = Dictionary(try await knowledge.library.files.find(links.map(\.fileID)).map { ($0.id, $0) }) { first, _ in first }
        let owners = try await users.profiles(of: files.values.map(\.userID))
        var items: [JSONValue] = []
        for link in links {
            guard let file = files[link.fileID] else { continue }
            var item = FileWire.object(file)
            item["data"] = .null
            item.merge([
                "user": owners[file.userID] ?? .null, "knowledge_id": .string(link.knowledgeID), "directory_id": .optional(link.directoryID),
                "directory_path": .optional(link.directoryID.flatMap { trees[link.knowledgeID]?.paths[$0] }),
                "has_original": .bool(await knowledge.library.originalPath(of: file) != nil),
            ])
            items.append(.object(item))
        }
        return items
    }

    private func pending(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        let base = try await base(context, .read)
        let links = try await knowledge.store.links(
            KnowledgeFileFilter(knowledgeIDs: [base.id], state: .unfinished), page: PageRequest(limit: .max, offset: 0))
        let files = try await knowledge.library.files.find(links.items.map(\.fileID))
        return .json(.array(files.map { .object(FileWire.object($0)) }))
    }

    private func export(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        let base = try await base(context, .read)
        let tree = DirectoryTree(try await knowledge.store.directories(of: base.id))
        let links = try await knowledge.store.links(
            KnowledgeFileFilter(knowledgeIDs: [base.id]), page: PageRequest(limit: ZipWriter.mostEntries, offset: 0))
        var names = Set<String>()
        var entries: [(name: String, file: File)] = []
        let files = Dictionary(try await knowledge.library.files.find(links.items.map(\.fileID)).map { ($0.id, $0) }) { first, _ in first }
        for link in links.items {
            guard let file = files[link.fileID] else { continue }
            let folder = link.directoryID.flatMap { tree.paths[$0] }.map { $0 + "/" } ?? ""
            entries.append((ZipWriter.unique(folder + ZipWriter.safe(file.filename) + ".txt", &names), file))
        }
        let (library, named) = (knowledge.library, entries)
        let body = ResponseBody { writer in
            var zip = ZipWriter()
            for entry in named {
                let text = try await library.text(of: entry.file)
                try await writer.write(ByteBuffer(bytes: zip.entry(name: entry.name, Array(text.utf8))))
            }
            try await writer.write(ByteBuffer(bytes: zip.end()))
            try await writer.finish(nil)
        }
        let name = base.name.addingPercentEncoding() + ".zip"
        return Response(
            status: .ok,
            headers: [.contentType: "application/zip", .contentDisposition: "attachment; filename=\"knowledge.zip\"; filename*=UTF-8''\(name)"],
            body: body)
    }
}

extension String {
    /// As in `filename*=UTF-8''...`: everything but letters, digits, `-`, `.` and `_` as `%XX`.
    func addingPercentEncoding() -> String {
        var encoded = ""
        for byte in utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
                encoded.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let hex = String(byte, radix: 16, uppercase: true)
                encoded += "%" + (hex.count == 1 ? "0" + hex : hex)
            }
        }
        return encoded
    }
}
