package import Domain
import HTTPTypes
import Hummingbird
import Wire

/// `/api/v1/files`: uploads and what became of them.
package struct FilesController: Controller {
    private let library: FileLibrary
    private let settings: Settings
    private let upload: FileUpload
    private let answers: FileAnswers
    /// Whether a user is an administrator now.
    private let isAdmin: @Sendable (String) async throws -> Bool

    package init(
        library: FileLibrary, settings: Settings, makeDigest: @escaping DigestMaker, isAdmin: @escaping @Sendable (String) async throws -> Bool
    ) {
        self.library = library
        self.settings = settings
        self.isAdmin = isAdmin
        upload = FileUpload(library: library, settings: settings, makeDigest: makeDigest)
        answers = FileAnswers(library: library)
    }

    package func addRoutes(to routes: RouteTable) {
        func on(_ method: HTTPRequest.Method, _ path: String, _ documentation: RouteDocumentation, handler: @escaping RouteTable.Handler) {
            routes.on(method, "/api/v1/files" + path, access: .user, scope: .files, documentation, handler: handler)
        }
        on(.post, "/", FilesSchema.upload, handler: receive)
        on(.get, "/", FilesSchema.list, handler: list)
        on(.get, "/search", FilesSchema.search, handler: search)
        on(.get, "/user/search", FilesSchema.ownSearch, handler: searchOwn)
        on(.get, "/count", FilesSchema.count) { _, context in try await count(context, onlyOwn: false) }
        on(.get, "/user/count", FilesSchema.count) { _, context in try await count(context, onlyOwn: true) }
        routes.on(.delete, "/api/v1/files/all", access: .admin, scope: .admin, FilesSchema.deleteAll) { _, context in
            try CollectionAccess.requireUnlimited(context.requirePrincipal())
            try await library.deleteAll()
            return .json(["message": "All files deleted successfully"])
        }
        on(.get, "/{id}", FilesSchema.one, handler: one)
        on(.get, "/{id}/process/status", FilesSchema.status, handler: status)
        on(.get, "/{id}/data/content", FilesSchema.text, handler: text)
        on(.post, "/{id}/data/content/update", FilesSchema.replaceText, handler: replaceText)
        on(.get, "/{id}/content", FilesSchema.content, handler: content)
        on(.get, "/{id}/content/html", FilesSchema.page, handler: page)
        on(.get, "/{id}/content/{name}", FilesSchema.content, handler: attachment)
        on(.post, "/{id}/rename", FilesSchema.rename, handler: rename)
        on(.delete, "/{id}", FilesSchema.delete, handler: delete)
    }

    // MARK: Uploading

    private func receive(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        let principal = try context.requirePrincipal()
        var query = QueryReader(request)
        let isProcessed = query.bool("process", default: true)
        let isInBackground = query.bool("process_in_background", default: true)
        try query.check()
        let requestKey = try IdempotencyKey.text(in: request)
        let (form, bytes, metadata) = try await received(request, context, isProcessed: isProcessed)
        var file = File(
            userID: principal.userID, filename: form.filename, contentType: form.contentType ?? FileKind.contentType(of: form.filename),
            size: form.size, fileHash: metadata["file_hash"]?.string ?? form.hash, state: .pending, metadata: metadata)
        var isRepeated = false
        let added: File
        if let requestKey {
            file.requestKey = File.RequestKey(text: requestKey, fingerprint: upload.fingerprint(of: form, isProcessed: isProcessed))
            (added, isRepeated) = try await addOnce(file, bytes: bytes, isProcessed: isProcessed, principal: principal)
        } else {
            added = try await library.add(file, bytes: bytes, isProcessed: isProcessed, principal: principal)
        }
        if isProcessed, !isInBackground { _ = try? await library.queue.wait(for: added.id) }
        var object = FileWire.object(added)
        if isProcessed {
            object["status"] = true
            object["path"] = .string(Self.path(of: added))
        }
        return .json(.object(object), headers: isRepeated ? [.idempotencyReplayed: "true"] : [:])
    }

    /// The file that was made for the key before, or a new one. Of uploads that race, one makes the file.
    private func addOnce(
        _ file: File, bytes: any BlobWriter, isProcessed: Bool, principal: Principal
    ) async throws -> (File, isRepeated: Bool) {
        let cutoff = EpochSeconds.now() - settings[.idempotencySeconds]
        let key = file.requestKey
        func earlier() async throws -> File? {
            guard let key, let found = try await library.files.find(requestKey: key.text, ownerID: file.userID, since: cutoff) else { return nil }
            guard found.requestKey?.fingerprint == key.fingerprint else {
                throw AppError(.validation, "The Idempotency-Key was used for another upload.")
            }
            return found
        }
        do {
            if let found = try await earlier() {
                await bytes.abort()
                return (found, true)
            }
        } catch {
            await bytes.abort()
            throw error
        }
        do {
            return (try await library.add(file, bytes: bytes, isProcessed: isProcessed, keyCutoff: cutoff, principal: principal), false)
        } catch let error as AppError where error.code == .conflict {
            guard let found = try await earlier() else { throw error }
            return (found, true)
        }
    }

    private func received(
        _ request: Request, _ context: AppRequestContext, isProcessed: Bool
    ) async throws -> (form: FileUpload.Form, bytes: any BlobWriter, metadata: JSONObject) {
        do {
            return try await upload.receive(request, isProcessed: isProcessed)
        } catch {
            // What the client still wants to send is of no use to anybody.
            context.closeConnectionSoon()
            throw error
        }
    }

    /// Where the original says a file lies. Ours is a name for people, without the server's folders.
    private static func path(of file: File) -> String { "uploads/\(file.id)_\(file.filename)" }

    // MARK: Lists

    private func list(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        var query = QueryReader(request)
        let page = query.int("page", default: 1, in: 1...Int.max)
        let hasContent = query.bool("content", default: true)
        try query.check()
        let found = try await library.list(by: try context.requirePrincipal(), page: PageRequest(page: page, size: 50))
        return await answers.page(found, hasContent: hasContent)
    }

    private func search(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        var query = QueryReader(request)
        let pattern = query.string("filename")
        let hasContent = query.bool("content", default: true)
        let page = Self.window(&query)
        try query.check()
        let found = try await library.search(pattern, onlyOwn: false, by: try context.requirePrincipal(), page: page)
        guard !found.isEmpty else { throw AppError(.notFound, "No files found matching the pattern.") }
        return await answers.list(found, hasContent: hasContent)
    }

    private func searchOwn(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        var query = QueryReader(request)
        let pattern = query.optionalString("filename") ?? "*"
        let hasContent = query.bool("content", default: false)
        let page = Self.window(&query)
        try query.check()
        let found = try await library.search(pattern, onlyOwn: true, by: try context.requirePrincipal(), page: page)
        return await answers.list(found, hasContent: hasContent)
    }

    private static func window(_ query: inout QueryReader) -> PageRequest {
        PageRequest(limit: query.int("limit", default: 100, in: 1...1000), offset: query.int("skip", default: 0, in: 0...Int.max))
    }

    private func count(_ context: AppRequestContext, onlyOwn: Bool) async throws -> Response {
        .json(.int(try await library.count(onlyOwn: onlyOwn, by: try context.requirePrincipal())))
    }

    // MARK: One file

    private func readable(_ context: AppRequestContext) async throws -> File {
        try await library.readable(try context.parameters.require("id"), by: try context.requirePrincipal())
    }

    private func writable(_ context: AppRequestContext) async throws -> File {
        try await library.writable(try context.parameters.require("id"), by: try context.requirePrincipal())
    }

    private func one(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        let file = try await readable(context)
        return await answers.file(file, path: Self.path(of: file))
    }

    private func status(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        var query = QueryReader(request)
        let isStream = query.bool("stream", default: false)
        try query.check()
        let file = try await readable(context)
        return isStream ? answers.statusStream(of: file) : await answers.status(of: file)
    }

    private func text(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        .json(["content": .string(try await library.text(of: try await readable(context)))])
    }

    private func replaceText(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        let body = try await request.jsonObject(limit: settings[.maximumBodyMegabytes] << 20)
        var fields = FieldReader(body)
        let content = fields.string("content")
        try fields.check()
        let file = try await library.replaceText(of: try await writable(context), with: content)
        return .json(["content": .string(try await library.text(of: file))])
    }

    private func rename(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        var fields = FieldReader(try await request.jsonObject())
        let name = fields.string("filename")
        try fields.check()
        let file = try await writable(context)
        guard !name.trimmed.isEmpty else { throw AppError(.badRequest, "The file name is empty.") }
        return await answers.file(try await library.rename(file, to: try FileUpload.baseName(name)))
    }

    private func delete(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        try await library.delete(try await writable(context).id)
        return .json(["message": "File deleted successfully"])
    }

    // MARK: Bytes

    private func content(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        var query = QueryReader(request)
        let isAttachment = query.bool("attachment", default: false)
        try query.check()
        let file = try await readable(context)
        guard let path = await library.originalPath(of: file) else { throw AppError.notFound }
        return try await FileDownload(file: file, presentation: isAttachment ? .attachment : .byKind)
            .response(path: path, request: request, context: context)
    }

    private func attachment(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        let file = try await readable(context)
        let download = FileDownload(file: file, presentation: .attachment)
        guard let path = await library.originalPath(of: file) else {
            guard file.documentID != nil else { throw AppError.notFound }
            return download.textResponse(library: library)
        }
        return try await download.response(path: path, request: request, context: context)
    }

    /// Pages are shown for administrators' files only: what others upload is not to be seen under this server's name.
    private func page(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        let file = try await readable(context)
        guard try await isAdmin(file.userID), let path = await library.originalPath(of: file) else { throw AppError.notFound }
        return try await FileDownload(file: file, presentation: .page).response(path: path, request: request, context: context)
    }
}
