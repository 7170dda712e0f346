package import Domain
import HTTPTypes
import Hummingbird
import Wire

/// Makes files, texts and pages searchable on request, and takes them out again.
package struct ProcessingController: Controller {
    private let knowledge: KnowledgeLibrary
    private let access: CollectionAccess
    private let builder: DocumentBuilder
    private let pages: any PageReader
    private let settings: Settings
    private let makeDigest: DigestMaker

    package init(
        knowledge: KnowledgeLibrary, access: CollectionAccess, builder: DocumentBuilder, pages: any PageReader, settings: Settings,
        makeDigest: @escaping DigestMaker
    ) {
        self.knowledge = knowledge
        self.access = access
        self.builder = builder
        self.pages = pages
        self.settings = settings
        self.makeDigest = makeDigest
    }

    package func addRoutes(to routes: RouteTable) {
        func on(_ path: String, _ access: RouteAccess, _ summary: String, _ handler: @escaping RouteTable.Handler) {
            routes.on(
                .post, RetrievalController.prefix + path, access: access, scope: access == .admin ? .admin : .knowledge,
                RouteDocumentation("Retrieval", summary), handler: handler)
        }
        on(
            "/process/text", .user, "Index a text under a collection name."
        ) { try await processText($0, $1) }
        on(
            "/process/file", .user, "Process a file now, or give it another text."
        ) { try await processFile($0, $1) }
        on(
            "/process/files/batch", .user, "Put processed files into a collection."
        ) { try await processFiles($0, $1) }
        for path in ["/process/web", "/process/youtube", "/process/url"] {
            on(
                path, .user, "Index a page. Addresses inside private networks are refused."
            ) { try await processPage($0, $1) }
        }
        on("/delete", .admin, "Take a file out of a collection.") {
            try await delete($0, $1)
        }
        on("/reset/db", .admin, "Delete every collection and every index; files stay.") { _, context in
            try CollectionAccess.requireUnlimited(context.requirePrincipal())
            try await resetIndex()
            return .json(.null)
        }
        on("/reset/uploads", .admin, "Delete the original bytes of all files; their texts stay.") { _, context in
            try CollectionAccess.requireUnlimited(context.requirePrincipal())
            try await knowledge.library.deleteOriginals()
            return .json(true)
        }
    }

    // MARK: Texts

    private func processText(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        var fields = FieldReader(try await request.jsonObject(limit: 64 << 20))
        let (name, content) = (fields.string("name"), fields.string("content"))
        let collection = fields.optionalString("collection_name")
        try fields.check()
        guard !content.trimmed.isEmpty else { throw AppError.emptyContent }
        let stored = try await index(content, title: name, metadata: [:], collection: collection, principal: context.requirePrincipal())
        return .json(["status": true, "collection_name": .string(stored), "content": .string(content)])
    }

    private func processPage(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        var fields = FieldReader(try await request.jsonObject())
        let url = fields.string("url")
        let collection = fields.optionalString("collection_name")
        try fields.check()
        let principal = try context.requirePrincipal()
        let page = try await pages.read(url)
        guard !page.text.trimmed.isEmpty else { throw AppError.emptyContent }
        let title = page.title.isEmpty ? page.url : page.title
        let stored = try await index(
            page.text, title: title, metadata: ["source": .string(page.url), "title": .string(page.title)],
            collection: collection, principal: principal)
        return .json([
            "status": true, "collection_name": .string(stored), "filename": .string(url), "content": .string(page.text),
            "file": [
                "data": ["content": .string(page.text)], "meta": ["name": .string(title), "source": .string(page.url)],
            ],
        ])
    }

    /// Puts a text under a name: the given one, else its own SHA-256.
    /// - Throws: `AppError(.forbidden)` when that name is somebody else's.
    private func index(
        _ text: String, title: String, metadata: JSONObject, collection: String?, principal: Principal
    ) async throws -> String {
        let name: String
        if let collection, !collection.isEmpty {
            try await checkWritable(collection, principal)
            name = collection
        } else {
            try CollectionAccess.requireUnlimited(principal)
            var digest = makeDigest()
            digest.update(text)
            name = digest.hex()
        }
        let recipe = IngestionRecipe(settings)
        let entry = TextCollectionEntry(name: name, userID: principal.userID, title: title, metadata: metadata)
        let document = try await builder.store(text, for: .collection(entry), recipe: recipe)
        try await builder.build(document.id, recipe: recipe)
        return name
    }

    private func checkWritable(_ name: String, _ principal: Principal) async throws {
        let owners = try await access.collections.textOwners(of: name)
        if owners.isEmpty, !name.hasPrefix("file-"), try await knowledge.store.find(name) == nil {
            try CollectionAccess.requireUnlimited(principal)
            // A new name; only its characters matter.
            guard name.utf8.count <= 256,
                name.utf8.allSatisfy({
                    $0 == 0x2D || $0 == 0x5F || ($0 < 0x80 && Character(Unicode.Scalar($0)).isLetter) || (0x30...0x39).contains($0)
                })
            else { throw CollectionAccess.refusal }
            return
        }
        switch try await access.resolve(name, for: principal, permission: .write) {
        case .knowledge, .text: return
        // A file's collection is the file's text and nothing else.
        default: throw CollectionAccess.refusal
        }
    }

    // MARK: Files

    private func processFile(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        var fields = FieldReader(try await request.jsonObject(limit: 64 << 20))
        let id = fields.string("file_id")
        let content = fields.optionalString("content")
        let collection = fields.optionalString("collection_name")
        try fields.check()
        let principal = try context.requirePrincipal()
        let library = knowledge.library
        var file = try await library.writable(id, by: principal)
        if let collection, collection != "file-\(id)" {
            let base: KnowledgeBase
            do {
                base = try await knowledge.base(collection, .write, by: principal)
            } catch let error as AppError where error.code == .badRequest {
                throw CollectionAccess.refusal
            }
            if let content { file = try await library.replaceText(of: file, with: content) }
            try await knowledge.add(id, to: base, by: principal)
            file = try await library.readable(id, by: principal)
        } else if let content {
            file = try await library.replaceText(of: file, with: content)
        } else {
            if file.state == .raw || file.state == .failed { try await library.queue.submit(id) }
            guard let done = try await library.queue.wait(for: id) else { throw AppError.notFound }
            if done.state == .failed { throw AppError(.badRequest, done.failure ?? AppError.emptyContent.message) }
            file = done
        }
        return .json([
            "status": true, "collection_name": .string(collection ?? "file-\(id)"), "filename": .string(file.filename),
            "content": .string(try await library.text(of: file)),
        ])
    }

    private func processFiles(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        var fields = FieldReader(try await request.jsonObject(limit: 64 << 20))
        let files = fields.array("files")
        let collection = fields.string("collection_name")
        let ids = files.compactMap { $0["id"]?.string }
        if fields.issues.isEmpty, ids.count != files.count { fields.report("missing", "files", "Field required") }
        try fields.check()
        let principal = try context.requirePrincipal()
        let base: KnowledgeBase
        do {
            base = try await knowledge.base(collection, .write, by: principal)
        } catch let error as AppError where error.code == .badRequest {
            throw CollectionAccess.refusal
        }
        var (results, errors): ([JSONValue], [JSONValue]) = ([], [])
        for id in ids {
            do {
                try await knowledge.add(id, to: base, by: principal)
                results.append(["file_id": .string(id), "status": "completed", "error": .null])
            } catch let error as AppError where error.code != .internalError {
                errors.append(["file_id": .string(id), "status": "failed", "error": .string(error.message)])
            }
        }
        return .json(["results": .array(results), "errors": .array(errors)])
    }

    // MARK: Taking out

    private func delete(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        var fields = FieldReader(try await request.jsonObject())
        let (collection, id) = (fields.string("collection_name"), fields.string("file_id"))
        try fields.check()
        let principal = try context.requirePrincipal()
        let file = try await knowledge.library.writable(id, by: principal)
        guard let key = try await access.resolve(collection, for: principal) else { return .json(["status": false]) }
        switch key {
        case .knowledge(let name):
            guard let base = try await knowledge.store.find(name) else { return .json(["status": false]) }
            try await knowledge.take(file, outOf: base, deleting: false, by: principal)
        case .file(file.id): try await forgetIndex(of: file)
        default: return .json(["status": false])
        }
        return .json(["status": true])
    }

    /// The file stays, unprocessed.
    private func forgetIndex(of file: File) async throws {
        await knowledge.library.queue.cancel(file.id)
        let document = file.documentID
        _ = try await knowledge.library.files.update(file.id) { file in
            file.documentID = nil
            file.collectionName = nil
            file.contentHash = nil
            file.state = .raw
        }
        if let document { try await knowledge.library.documents.release(document) }
    }

    private func resetIndex() async throws {
        for base in try await knowledge.store.all() { try await knowledge.delete(base) }
        try await access.collections.deleteAllTexts()
        try await access.collections.dropAllPassages()
    }
}
