import AsyncHTTPClient
import Domain
import Foundation
import NIOCore
import NIOHTTP1

/// A knowledge base of a running server, over its HTTP API. What fails for the moment (429, 502 to 504, no connection) is tried
/// again with growing pauses, or after the pause that the server asks for.
struct HTTPKnowledge: RemoteKnowledge {
    let server: KnowledgeAPI
    let id: String

    private var prefix: String { "/api/v1/knowledge/\(id)" }

    func compare(_ folder: [FolderComparison.Item]) async throws -> RemoteDifference {
        let manifest = folder.map { item -> JSONValue in
            ["filename": .string(item.filename), "path": .string(item.path), "checksum": .string(item.checksum)]
        }
        let answer = try await server.call(.POST, prefix + "/sync/diff", ["manifest": .array(manifest)])
        func place(_ value: JSONValue) -> RemoteDifference.Place {
            RemoteDifference.Place(filename: value["filename"]?.string ?? "", path: value["path"]?.string ?? "")
        }
        var difference = RemoteDifference()
        difference.added = (answer["added"]?.array ?? []).map(place)
        difference.modified = (answer["modified"]?.array ?? []).compactMap { value in
            value["stale_file_id"]?.string.map { (place(value), $0) }
        }
        difference.deleted = (answer["deleted"]?.array ?? []).compactMap { value in value["file_id"]?.string.map { (place(value), $0) } }
        difference.directoriesToMake = (answer["mkdir"]?.array ?? []).compactMap(\.string)
        difference.directoriesToRemove = (answer["rmdir"]?.array ?? []).compactMap(\.string)
        for (path, id) in answer["directory_map"]?.object ?? [:] { difference.directories[path] = id.string }
        difference.unmodified = answer["unmodified_count"]?.int ?? 0
        return difference
    }

    func makeDirectory(_ name: String, in parentID: String?) async throws -> String {
        let answer = try await server.call(.POST, prefix + "/dirs/create", ["name": .string(name), "parent_id": .optional(parentID)])
        guard let id = answer["id"]?.string else { throw KnowledgeAPI.strange }
        return id
    }

    func upload(_ file: LocalFile, to directoryID: String?) async throws -> String {
        var metadata: JSONObject = ["knowledge_id": .string(id)]
        if let directoryID { metadata["directory_id"] = .string(directoryID) }
        let answer = try await server.upload(file, metadata: metadata)
        guard let id = answer["id"]?.string else { throw KnowledgeAPI.strange }
        return id
    }

    func failure(of fileID: String) async throws -> String? {
        var pause = 100
        while true {
            let answer = try await server.call(.GET, "/api/v1/files/\(fileID)/process/status")
            switch answer["status"]?.string {
            case "completed": return nil
            case "failed": return try await server.lastEvent("/api/v1/files/\(fileID)/process/status?stream=true")["error"]?.string ?? "It failed."
            case "pending", "processing": break
            default: throw KnowledgeAPI.strange
            }
            try await Task.sleep(for: .milliseconds(pause))
            pause = min(pause * 2, 2000)
        }
    }

    func discard(_ fileID: String) async throws {
        do {
            _ = try await server.call(.DELETE, "/api/v1/files/\(fileID)")
        } catch let error as AppError where error.code == .notFound {}
    }

    func remove(fileIDs: [String], directoryIDs: [String]) async throws {
        guard !fileIDs.isEmpty || !directoryIDs.isEmpty else { return }
        _ = try await server.call(.POST, prefix + "/sync/cleanup", ["file_ids": .strings(fileIDs), "dir_ids": .strings(directoryIDs)])
    }
}

/// Calls of the HTTP API with a key.
struct KnowledgeAPI: Sendable {
    private let base: String
    private let key: String
    /// Pauses before each repetition, in seconds.
    private let pauses: [Double]

    /// - Throws: `AppError` when the address is no HTTP address.
    init(url: String, key: String, pauses: [Double] = [1, 2, 4, 8, 15, 30]) throws {
        var base = url.trimmed
        while base.hasSuffix("/") { base.removeLast() }
        guard base.hasPrefix("http://") || base.hasPrefix("https://") else {
            throw AppError(.badRequest, "The server's address must begin with http:// or https://.")
        }
        self.base = base
        self.key = key
        self.pauses = pauses
    }

    static let strange = AppError(.upstreamFailed, "The server gave an answer that is not understood. Is it a Haneul or Open WebUI server?")

    /// The id of the knowledge base with this id or this name.
    /// - Throws: `AppError(.badRequest)` when several have that name.
    func knowledgeID(_ wanted: String) async throws -> String? {
        var page = 1
        var found: [String] = []
        while true {
            let answer = try await call(.GET, "/api/v1/knowledge/?page=\(page)")
            guard let items = answer["items"]?.array else { throw Self.strange }
            for item in items {
                if item["id"]?.string == wanted { return wanted }
                if item["name"]?.string == wanted, let id = item["id"]?.string { found.append(id) }
            }
            if items.isEmpty || page * 30 >= answer["total"]?.int ?? 0 { break }
            page += 1
        }
        if found.count > 1 {
            throw AppError(
                .badRequest, "There are \(found.count) knowledge bases named \(wanted). Name one by its id: \(found.joined(separator: ", "))")
        }
        return found.first
    }

    /// - Returns: the id of the new knowledge base.
    func createKnowledge(_ name: String) async throws -> String {
        let made = try await call(.POST, "/api/v1/knowledge/create", ["name": .string(name), "description": ""])
        guard let id = made["id"]?.string else { throw Self.strange }
        return id
    }

    func call(_ method: HTTPMethod, _ path: String, _ body: JSONObject? = nil) async throws -> JSONValue {
        let bytes = try await repeating {
            var request = request(method, path)
            if let body {
                request.headers.add(name: "Content-Type", value: "application/json")
                request.body = .bytes(ByteBuffer(bytes: JSONValue.object(body).jsonBytes))
            }
            return request
        }
        guard let value = try? JSONValue(parsing: bytes) else { throw Self.strange }
        return value
    }

    /// The last of a stream of events.
    func lastEvent(_ path: String) async throws -> JSONValue {
        let text = String(decoding: try await repeating { request(.GET, path) }, as: UTF8.self)
        let last = text.split(separator: "\n").last { $0.hasPrefix("data:") }
        return last.flatMap { try? JSONValue(parsing: String($0.dropFirst(5))) } ?? .null
    }

    func upload(_ file: LocalFile, metadata: JSONObject) async throws -> JSONValue {
        let form = UploadForm(file: file, metadata: JSONValue.object(metadata).jsonText)
        // An upload whose answer was lost must not be there twice.
        let uploadKey = makeID()
        let bytes = try await repeating {
            var request = request(.POST, "/api/v1/files/")
            request.headers.add(name: "Idempotency-Key", value: uploadKey)
            request.headers.add(name: "Content-Type", value: "multipart/form-data; boundary=\(form.boundary)")
            request.body = .stream(form, length: .known(Int64(form.length)))
            return request
        }
        guard let value = try? JSONValue(parsing: bytes) else { throw Self.strange }
        return value
    }

    private func request(_ method: HTTPMethod, _ path: String) -> HTTPClientRequest {
        var request = HTTPClientRequest(url: base + path)
        request.method = method
        request.headers.add(name: "Authorization", value: "Bearer \(key)")
        request.headers.add(name: "Accept", value: "application/json")
        return request
    }

    private func repeating(_ make: () throws -> HTTPClientRequest) async throws -> [UInt8] {
        var failure = AppError(.unavailable, "The server cannot be reached.")
        for pause in [0] + pauses {
            if pause > 0 { try await Task.sleep(for: .seconds(max(pause, Double(failure.retryAfter ?? 0)))) }
            do {
                let response = try await HTTPClient.shared.execute(try make(), timeout: .minutes(30))
                let body = try await response.body.collect(upTo: 64 << 20)
                let bytes = Array(body.readableBytesView)
                if (200..<300).contains(response.status.code) { return bytes }
                failure = Self.refusal(response, bytes)
                guard failure.code == .unavailable || failure.code == .tooManyRequests else { throw failure }
            } catch let error as AppError {
                if error.code != .unavailable, error.code != .tooManyRequests { throw error }
            } catch is CancellationError {
                throw CancellationError()
            } catch {
                failure = AppError(.unavailable, "The server \(base) cannot be reached.", cause: error)
            }
        }
        throw failure
    }

    private static func refusal(_ response: HTTPClientResponse, _ body: [UInt8]) -> AppError {
        let answer = try? JSONValue(parsing: body)
        let status = Int(response.status.code)
        let said = answer?["detail"]?.string ?? answer?["detail"]?[0]?["msg"]?.string ?? "status \(status)"
        let retryAfter = response.headers.first(name: "retry-after").flatMap { Int($0) }
        switch status {
        case 401: return AppError(.unauthorized, "The server refuses the API key: \(said)")
        case 403: return AppError(.forbidden, "The server does not allow it: \(said)")
        case 404: return AppError(.notFound, said)
        case 408, 429: return AppError(.tooManyRequests, said, retryAfter: retryAfter)
        case 413: return AppError(.tooLarge, said)
        case 502, 503, 504: return AppError(.unavailable, said, retryAfter: retryAfter)
        case 400..<500: return AppError(.badRequest, said)
        default: return AppError(.upstreamFailed, "The server failed: \(said)")
        }
    }
}

/// A form with one file, read from the disk while it is sent.
struct UploadForm: AsyncSequence, Sendable {
    typealias Element = ByteBuffer

    let boundary = "haneul-" + makeID()
    private let head: [UInt8]
    private let tail: [UInt8]
    private let file: LocalFile

    init(file: LocalFile, metadata: String) {
        self.file = file
        // Both forms of the name (RFC 7578 and 5987): the second says every character exactly.
        let name = file.item.filename.filter { $0 != "\"" && !$0.isNewline }
        let exact =
            file.item.filename.addingPercentEncoding(withAllowedCharacters: .alphanumerics.intersection(.init(charactersIn: "\0"..."~"))) ?? name
        head = Array(
            """
            --\(boundary)\r
            Content-Disposition: form-data; name="metadata"\r
            \r
            \(metadata)\r
            --\(boundary)\r
            Content-Disposition: form-data; name="file"; filename="\(name)"; filename*=UTF-8''\(exact)\r
            Content-Type: application/octet-stream\r
            \r

            """.utf8)
        tail = Array("\r\n--\(boundary)--\r\n".utf8)
    }

    var length: Int { head.count + file.size + tail.count }

    struct AsyncIterator: AsyncIteratorProtocol {
        private enum State { case head, file(FileHandle), over }
        private let form: UploadForm
        private var state = State.head
        private var left: Int

        init(_ form: UploadForm) {
            self.form = form
            left = form.file.size
        }

        mutating func next() async throws -> ByteBuffer? {
            switch state {
            case .head:
                guard let handle = FileHandle(forReadingAtPath: form.file.location) else {
                    throw AppError(.badRequest, "The file cannot be read.")
                }
                state = .file(handle)
                return ByteBuffer(bytes: form.head)
            case .file(let handle):
                if left > 0 {
                    guard let piece = try handle.read(upToCount: Swift.min(left, 256 << 10)), !piece.isEmpty else {
                        throw AppError(.badRequest, "The file changed while it was read.")
                    }
                    left -= piece.count
                    return ByteBuffer(bytes: piece)
                }
                try handle.close()
                state = .over
                return ByteBuffer(bytes: form.tail)
            case .over: return nil
            }
        }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(self) }
}
