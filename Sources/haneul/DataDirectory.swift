import Domain
import Foundation

#if canImport(Glibc)
    import Glibc
#endif

/// The folder that holds everything the server keeps. One server at a time may use it.
struct DataDirectory: ~Copyable {
    let path: String
    private let lock: Int32
    /// Whether a running server has the folder and this is a command beside it.
    let isShared: Bool

    /// Makes the folder when it is missing and locks it.
    /// - Parameter sharing: goes on beside a running server instead of refusing.
    /// - Throws: `AppError` in one line when it cannot be written or another server uses it.
    init(path: String, sharing: Bool = false) throws {
        let path = URL(fileURLWithPath: path).path
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            throw AppError(.forbidden, "Cannot make the data folder \(path). Set DATA_DIR to a folder that can be written.", cause: error)
        }
        let descriptor = open(path + "/.lock", O_CREAT | O_RDWR | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw AppError(.forbidden, "Cannot write to the data folder \(path). Set DATA_DIR to a folder that can be written.")
        }
        let isLocked = flock(descriptor, LOCK_EX | LOCK_NB) == 0
        guard isLocked || sharing else {
            close(descriptor)
            throw AppError(.unavailable, "Another Haneul is already using the data folder \(path).")
        }
        self.path = path
        isShared = !isLocked
        lock = descriptor
    }

    deinit { close(lock) }

    var databasePath: String { path + "/haneul.db" }
    var uploadsPath: String { path + "/uploads" }

    /// The server's secret: `WEBUI_SECRET_KEY`, else the content of `secret.key`, which is made at the first start.
    func secret(configured: String) throws -> String {
        if !configured.isEmpty { return configured }
        let file = path + "/secret.key"
        if let kept = try? String(contentsOfFile: file, encoding: .utf8).trimmed, !kept.isEmpty { return kept }
        var generator = SystemRandomNumberGenerator()
        let secret = (0..<32).map { _ in String(UInt8.random(in: 0...255, using: &generator), radix: 16) }
            .map { $0.count == 1 ? "0" + $0 : $0 }.joined()
        let descriptor = open(file, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw AppError(.forbidden, "Cannot write \(file).") }
        defer { close(descriptor) }
        let bytes = Array(secret.utf8)
        guard write(descriptor, bytes, bytes.count) == bytes.count, fsync(descriptor) == 0 else {
            throw AppError(.internalError, "Cannot write \(file).")
        }
        return secret
    }
}
