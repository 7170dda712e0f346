import Domain
import Foundation

#if canImport(Glibc)
    import Glibc
#endif

extension ImportRun {
    private static let fileColumns = """
        id, user_id, filename, meta, created_at, updated_at, path, CASE WHEN json_valid(data) THEN json_extract(data, '$.status') END AS status, \
        CASE WHEN json_valid(data) THEN length(json_extract(data, '$.content')) END AS text_length
        """

    /// Files with their bytes. They wait for their turn in the ingestion queue of the next start, whatever the old server had made
    /// of them: its passages and vectors are of another kind.
    func takeFiles(_ grants: [String: [SourceRow]]) async throws {
        var position: Int64 = 0
        while true {
            let (rows, next) = try await source.page("file", columns: Self.fileColumns, after: position, limit: 50)
            if rows.isEmpty { break }
            position = next
            try await take("files", rows, name: { $0.text("filename") ?? "" }) { row in
                let verdict = try await takeFile(row)
                if case .leftOut = verdict { return verdict }
                try await bringGrants(.file, row.id, grants)
                files.insert(row.id)
                return verdict
            }
            for row in rows where !files.contains(row.id) {
                if try await here.files.find(row.id) != nil { files.insert(row.id) }
            }
        }
    }

    private func takeFile(_ row: SourceRow) async throws -> Verdict {
        guard let owner = users[row.text("user_id") ?? ""] else { return .leftOut(Self.ownerMissing) }
        guard Self.isFileID(row.id) else { return .leftOut("its id cannot be a file name here") }
        if try await here.files.find(row.id) != nil { return .already }
        let path: String
        switch place(of: row) {
        case .found(let found): path = found
        case .missing(let reason): return .leftOut(reason)
        }
        if isDryRun { return .taken }
        let meta = row.object("meta") ?? [:]
        let (size, hash) = try await copy(path, as: row.id)
        let createdAt = row.time("created_at") ?? .now()
        // Uploaded without processing: it has neither a state nor a text.
        let isRaw = row.text("status") == nil && row.number("text_length") == 0
        try await here.files.insert(
            File(
                id: row.id, userID: owner, filename: row.text("filename") ?? meta["name"]?.string ?? row.id,
                contentType: meta["content_type"]?.string ?? "application/octet-stream", size: size, fileHash: hash, state: isRaw ? .raw : .pending,
                metadata: meta["data"]?.object ?? [:], createdAt: createdAt, updatedAt: row.time("updated_at") ?? createdAt))
        return .taken
    }

    /// What `BlobStore` takes.
    private static func isFileID(_ id: String) -> Bool {
        !id.isEmpty && id.utf8.count <= 64 && id.utf8.allSatisfy { ($0 >= 0x30 && $0 <= 0x39) || ($0 >= 0x61 && $0 <= 0x7A) || $0 == 0x2D }
    }

    private enum Place {
        case found(String)
        case missing(String)
    }

    /// Only the last part of the stored path counts: the folder may have been moved here from a container, and nothing outside of it
    /// is read.
    private func place(of row: SourceRow) -> Place {
        guard let stored = row.text("path"), !stored.isEmpty else { return .missing("it has no stored bytes") }
        if let scheme = stored.range(of: "://") {
            return .missing("its bytes are in cloud storage (\(stored[..<scheme.lowerBound]))")
        }
        let name = stored.split(whereSeparator: { $0 == "/" || $0 == "\\" }).last.map(String.init) ?? ""
        guard !name.isEmpty, name != ".", name != ".." else { return .missing("its path makes no sense") }
        guard let uploads else { return .missing("there is no uploads folder") }
        var status = stat()
        guard lstat(uploads + "/" + name, &status) == 0 else { return .missing("its bytes are not in the uploads folder") }
        guard status.st_mode & S_IFMT == S_IFREG else { return .missing("what stands in the uploads folder is no plain file") }
        return .found(uploads + "/" + name)
    }

    /// Copies the bytes; they are on the disk when this returns.
    /// - Returns: how many, and their SHA-256.
    private func copy(_ path: String, as id: String) async throws -> (size: Int, hash: String) {
        // A link that was put in its place meanwhile is not followed.
        let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else { throw AppError(.forbidden, "Cannot read \(path).") }
        defer { close(descriptor) }
        let writer = try await here.blobs.begin()
        var digest = here.makeDigest()
        var size = 0
        do {
            while true {
                let bytes = try [UInt8](unsafeUninitializedCapacity: 1 << 20) { buffer, count in
                    let read = read(descriptor, buffer.baseAddress, buffer.count)
                    guard read >= 0 else { throw AppError(.forbidden, "Cannot read \(path).") }
                    count = read
                }
                if bytes.isEmpty { break }
                bytes.withUnsafeBytes { digest.update($0) }
                size += bytes.count
                try await writer.write(bytes)
            }
            try await writer.commit(as: id)
        } catch {
            await writer.abort()
            throw error
        }
        return (size, digest.hex())
    }
}
