package import Domain
import HTTPTypes
import Hummingbird
import Wire

/// Directories of knowledge bases, and keeping one in step with a folder.
package struct KnowledgeDirectoriesController: Controller {
    private let knowledge: KnowledgeLibrary

    package init(knowledge: KnowledgeLibrary) { self.knowledge = knowledge }

    package func addRoutes(to routes: RouteTable) {
        func on(
            _ method: HTTPRequest.Method, _ path: String, _ summary: String, _ handler: @escaping RouteTable.Handler
        ) {
            routes.on(
                method, KnowledgeController.prefix + path, access: .user, scope: .knowledge, RouteDocumentation("Knowledge", summary),
                handler: handler)
        }
        on(.get, "/{id}/dirs", "All directories of a knowledge base.") { _, context in
            let base = try await base(context, .read)
            return .json(.array(try await knowledge.store.directories(of: base.id).map { .object(KnowledgeWire.directory($0)) }))
        }
        on(.post, "/{id}/dirs/create", "Make a directory.") {
            try await create($0, $1)
        }
        on(
            .post, "/{id}/dirs/{dir_id}/update", "Rename or move a directory."
        ) { try await update($0, $1) }
        on(.delete, "/{id}/dirs/{dir_id}/delete", "Delete a directory; its files move to the top.") { _, context in
            let base = try await base(context, .write)
            let directory = try await knowledge.directory(context.parameters.require("dir_id"), of: base)
            try await knowledge.store.deleteDirectory(directory.id)
            return .json(true)
        }
        on(
            .post, "/{id}/file/move", "Move a file to a directory."
        ) { try await move($0, $1) }
        on(.post, "/{id}/sync/diff", "What differs from a folder.") { try await compare($0, $1) }
        on(
            .post, "/{id}/sync/cleanup", "Delete stale files and directories."
        ) { try await cleanUp($0, $1) }
    }

    private func base(_ context: AppRequestContext, _ permission: AccessGrant.Permission) async throws -> KnowledgeBase {
        try await knowledge.base(context.parameters.require("id"), permission, by: context.requirePrincipal())
    }

    private func create(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        var fields = FieldReader(try await request.jsonObject())
        let name = fields.string("name")
        let parentID = fields.optionalString("parent_id")
        if fields.issues.isEmpty, !KnowledgeLibrary.isDirectoryName(name) { fields.report("value_error", "name", "Not a directory name") }
        try fields.check()
        let base = try await base(context, .write)
        let directory = try await knowledge.makeDirectory(name, in: parentID, of: base, by: context.requirePrincipal())
        return .json(.object(KnowledgeWire.directory(directory)))
    }

    private func update(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        let body = try await request.jsonObject()
        var fields = FieldReader(body)
        let name = fields.optionalString("name")
        // `null` moves it to the top; absent, or what the original's clients send for absent, leaves it where it is.
        let parentID: String?? = body["parent_id"].flatMap { $0 == "__unset__" ? nil : .some(fields.optionalString("parent_id")) }
        if let name, !KnowledgeLibrary.isDirectoryName(name) { fields.report("value_error", "name", "Not a directory name") }
        try fields.check()
        let base = try await base(context, .write)
        let directory = try await knowledge.directory(context.parameters.require("dir_id"), of: base)
        return .json(.object(KnowledgeWire.directory(try await knowledge.change(directory, name: name, parentID: parentID, of: base))))
    }

    private func move(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        var fields = FieldReader(try await request.jsonObject())
        let id = fields.string("file_id")
        let directoryID = fields.optionalString("directory_id")
        try fields.check()
        let base = try await base(context, .write)
        if let directoryID { _ = try await knowledge.directory(directoryID, of: base) }
        guard try await knowledge.store.move(fileID: id, in: base.id, to: directoryID) else {
            throw AppError(.badRequest, AppError.notFound.message)
        }
        return .json(true)
    }

    // MARK: Folders

    private func compare(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        var fields = FieldReader(try await request.jsonObject())
        let manifest = fields.array("manifest")
        let folder = manifest.compactMap(Self.item)
        if fields.issues.isEmpty, folder.count != manifest.count {
            fields.report("value_error", "manifest", "Value error, an entry has a filename, a checksum and, unless it is at the top, a path")
        }
        try fields.check()
        let base = try await base(context, .write)
        let tree = DirectoryTree(try await knowledge.store.directories(of: base.id))
        // Those on their way, too: nobody should bring them again.
        let links = try await knowledge.store.links(
            KnowledgeFileFilter(knowledgeIDs: [base.id], state: .any), page: PageRequest(limit: .max, offset: 0)
        ).items
        let files = Dictionary(try await knowledge.library.files.find(links.map(\.fileID)).map { ($0.id, $0) }) { first, _ in first }
        let members = links.compactMap { link in
            files[link.fileID].map { file in
                FolderComparison.Member(
                    fileID: file.id,
                    item: FolderComparison.Item(
                        filename: file.filename, path: link.directoryID.flatMap { tree.paths[$0] } ?? "", checksum: file.fileHash),
                    isFailed: file.state == .failed)
            }
        }
        let difference = FolderComparison(folder: folder, members: members, tree: tree)
        return .json([
            "added": .array(difference.added.map { ["filename": .string($0.filename), "path": .string($0.path)] }),
            "modified": .array(
                difference.modified.map {
                    ["filename": .string($0.item.filename), "path": .string($0.item.path), "stale_file_id": .string($0.staleFileID)]
                }),
            "deleted": .array(
                difference.deleted.map {
                    ["file_id": .string($0.fileID), "filename": .string($0.item.filename), "path": .string($0.item.path)]
                }),
            "mkdir": .strings(difference.directoriesToMake), "rmdir": .strings(difference.directoriesToRemove),
            "unmodified_count": .int(difference.unmodified),
            "directory_map": .object(JSONObject(tree.ids.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) })),
        ])
    }

    private static func item(_ value: JSONValue) -> FolderComparison.Item? {
        guard let name = value["filename"]?.string, let checksum = value["checksum"]?.string else { return nil }
        let place = value["path"] ?? .null
        guard place.isNull || place.string != nil else { return nil }
        let path = (place.string ?? "").split(separator: "/").filter { $0 != "." }.joined(separator: "/")
        return FolderComparison.Item(filename: name, path: path, checksum: checksum)
    }

    private func cleanUp(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        var fields = FieldReader(try await request.jsonObject())
        let fileIDs = fields.strings("file_ids")
        let directoryIDs = fields.optionalStrings("dir_ids") ?? []
        try fields.check()
        let principal = try context.requirePrincipal()
        let base = try await base(context, .write)
        let inside = Set(try await knowledge.store.fileIDs(of: base.id))
        var deleted = 0
        // What is gone already is what the caller wants.
        for file in try await knowledge.library.files.find(fileIDs.filter(inside.contains)) {
            try await knowledge.take(file, outOf: base, deleting: true, by: principal)
            deleted += 1
        }
        var removed = 0
        for id in directoryIDs {
            guard let directory = try await knowledge.store.directory(id), directory.knowledgeID == base.id else { continue }
            try await knowledge.store.deleteDirectory(id)
            removed += 1
        }
        return .json(["status": true, "files_removed": .int(deleted), "dirs_removed": .int(removed)])
    }
}
