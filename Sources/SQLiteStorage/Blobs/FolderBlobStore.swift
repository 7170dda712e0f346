package import Domain
import Foundation
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// Blobs as files in one folder, beside the database: `<id>` for a whole one, `.tmp-<id>` for an upload in progress.
package struct FolderBlobStore: BlobStore {
    private let folder: String
    /// Blocking file calls run here, never on the threads that serve requests.
    private let queue = DispatchQueue(label: "haneul.blobs", qos: .userInitiated, attributes: .concurrent)

    /// - Throws: `AppError` in one line when the folder cannot be made.
    package init(folder: String) throws {
        self.folder = folder
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        } catch {
            throw AppError(.forbidden, "Cannot make the folder \(folder) for uploads.", cause: error)
        }
    }

    package func begin() async throws -> any BlobWriter {
        try await queue.run { [folder, queue] in
            let path = folder + "/.tmp-" + makeID()
            let descriptor = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0o600)
            guard descriptor >= 0 else { throw FolderBlobWriter.failure("create") }
            return FolderBlobWriter(folder: folder, temporaryPath: path, descriptor: descriptor, queue: queue)
        }
    }

    package func path(of id: String) async -> String? {
        guard Self.isID(id) else { return nil }
        let path = folder + "/" + id
        return try? await queue.run { access(path, R_OK) == 0 ? path : nil }
    }

    package func delete(_ id: String) async throws {
        guard Self.isID(id) else { return }
        let path = folder + "/" + id
        try await queue.run {
            if unlink(path) != 0, errno != ENOENT { throw FolderBlobWriter.failure("delete") }
        }
    }

    package func all() async throws -> [String] {
        try await queue.run { [folder] in
            try FileManager.default.contentsOfDirectory(atPath: folder).filter(Self.isID)
        }
    }

    package func removeLeftovers() async throws {
        try await queue.run { [folder] in
            for name in try FileManager.default.contentsOfDirectory(atPath: folder) where name.hasPrefix(".tmp-") {
                unlink(folder + "/" + name)
            }
        }
    }

    /// Ids become file names: only what `makeID` makes.
    private static func isID(_ id: String) -> Bool {
        !id.isEmpty && id.utf8.count <= 64 && id.utf8.allSatisfy { ($0 >= 0x30 && $0 <= 0x39) || ($0 >= 0x61 && $0 <= 0x7A) || $0 == 0x2D }
    }
}

/// A file that gets its name only when it is whole and on the disk.
final class FolderBlobWriter: BlobWriter {
    private let folder: String
    private let temporaryPath: String
    private let queue: DispatchQueue
    /// -1 once closed.
    private let descriptor: Mutex<Int32>

    init(folder: String, temporaryPath: String, descriptor: Int32, queue: DispatchQueue) {
        self.folder = folder
        self.temporaryPath = temporaryPath
        self.queue = queue
        self.descriptor = Mutex(descriptor)
    }

    deinit { discard() }

    func write(_ bytes: [UInt8]) async throws {
        try await queue.run { [self] in
            try descriptor.withLock { descriptor in
                guard descriptor >= 0 else { throw AppError(.conflict, "The upload was aborted.") }
                try bytes.withUnsafeBytes { buffer in
                    var rest = buffer[...]
                    while !rest.isEmpty {
                        let count = systemWrite(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                        if count < 0 {
                            if errno == EINTR { continue }
                            throw Self.failure("write")
                        }
                        rest = rest.dropFirst(count)
                    }
                }
            }
        }
    }

    func commit(as id: String) async throws {
        try await queue.run { [self] in
            try descriptor.withLock { descriptor in
                guard descriptor >= 0 else { throw AppError(.conflict, "The upload was aborted.") }
                guard fsync(descriptor) == 0 else { throw Self.failure("sync") }
                close(descriptor)
                descriptor = -1
            }
            guard rename(temporaryPath, folder + "/" + id) == 0 else {
                let failure = Self.failure("rename")
                unlink(temporaryPath)
                throw failure
            }
            // The name is on the disk only when its folder is.
            let directory = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            guard directory >= 0 else { throw Self.failure("open") }
            defer { close(directory) }
            guard fsync(directory) == 0 else { throw Self.failure("sync") }
        }
    }

    func abort() async { try? await queue.run { [self] in discard() } }

    private func discard() {
        descriptor.withLock { descriptor in
            guard descriptor >= 0 else { return }
            close(descriptor)
            descriptor = -1
            unlink(temporaryPath)
        }
    }

    /// From `errno`.
    static func failure(_ what: String) -> AppError {
        let code = errno
        if code == ENOSPC || code == EDQUOT { return AppError(.unavailable, "The server's disk is full.") }
        return AppError(.internalError, "The uploaded file could not be stored.", cause: BlobFailure(operation: what, code: code))
    }
}

/// For the log.
struct BlobFailure: Error, CustomStringConvertible {
    let operation: String
    let code: Int32
    var description: String { "\(operation): \(String(cString: strerror(code)))" }
}

extension DispatchQueue {
    /// Runs blocking work here and waits for it without holding a thread of the caller's.
    fileprivate func run<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            async { continuation.resume(with: Result(catching: work)) }
        }
    }
}

/// `write(2)`; the method of the same name hides it.
private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int { write(descriptor, bytes, count) }
