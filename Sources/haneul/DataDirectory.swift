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
        // What is made here is nobody else's to read: the database holds people's texts.
        umask(0o077)
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

    deinit {
        // Let go in words: a child that is being started beside this holds the descriptor until its exec, and with it the lock.
        if !isShared { flock(lock, LOCK_UN) }
        close(lock)
    }

    var databasePath: String { path + "/haneul.db" }
    var uploadsPath: String { path + "/uploads" }

    // MARK: Secrets

    private var secretFile: String { path + "/secret.key" }
    private var earlierSecretsFile: String { path + "/secret.previous" }

    /// The server's secrets. In force: `WEBUI_SECRET_KEY`, else the content of `secret.key`, which is made at the first start.
    /// Earlier ones: `WEBUI_SECRET_KEY_PREVIOUS` and the lines of `secret.previous`.
    func secrets(_ settings: Settings) throws -> ServerSecrets {
        let current = try secret(configured: settings[.secretKey])
        let kept = (try? String(contentsOfFile: earlierSecretsFile, encoding: .utf8)) ?? ""
        let earlier = settings[.earlierSecretKeys] + kept.split(separator: "\n").map { String($0).trimmed }
        return ServerSecrets(current: current, earlier: earlier)
    }

    private func secret(configured: String) throws -> String {
        if !configured.isEmpty { return configured }
        if let kept = try? String(contentsOfFile: secretFile, encoding: .utf8).trimmed, !kept.isEmpty { return kept }
        let secret = Self.makeSecret()
        try write(secret, to: secretFile)
        return secret
    }

    /// Makes a new secret and puts it in force; the earlier one goes to `secret.previous` first, so that whatever happens in
    /// between, nothing is lost.
    func rotateSecret(_ settings: Settings) throws -> ServerSecrets {
        guard settings[.secretKey].isEmpty else {
            throw AppError(
                .badRequest,
                "WEBUI_SECRET_KEY is set. Set it to a new value, put the earlier one into WEBUI_SECRET_KEY_PREVIOUS and run this with --configured.")
        }
        let before = try secrets(settings)
        try keepEarlier(before.current, settings)
        let fresh = Self.makeSecret()
        try write(fresh, to: secretFile)
        return try secrets(settings)
    }

    /// Adds a secret whose tokens and sealed texts go on being accepted.
    func keepEarlier(_ secret: String, _ settings: Settings) throws {
        let kept = ((try? String(contentsOfFile: earlierSecretsFile, encoding: .utf8)) ?? "").split(separator: "\n").map(String.init)
        if kept.contains(secret) { return }
        try write(([secret] + kept).joined(separator: "\n"), to: earlierSecretsFile)
    }

    /// Tokens signed with earlier secrets stop working. Call when nothing is sealed with them any more.
    func forgetEarlierSecrets() throws {
        guard unlink(earlierSecretsFile) == 0 || errno == ENOENT else { throw AppError(.forbidden, "Cannot delete \(earlierSecretsFile).") }
    }

    private static func makeSecret() -> String {
        var generator = SystemRandomNumberGenerator()
        return (0..<32).map { _ in String(UInt8.random(in: 0...255, using: &generator), radix: 16) }
            .map { $0.count == 1 ? "0" + $0 : $0 }.joined()
    }

    /// Written aside, synced, renamed: the file has either the earlier content or the new one.
    private func write(_ text: String, to file: String) throws {
        let aside = file + ".new"
        unlink(aside)
        let descriptor = open(aside, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw AppError(.forbidden, "Cannot write \(file).") }
        defer { close(descriptor) }
        let bytes = Array(text.utf8)
        guard systemWrite(descriptor, bytes) == bytes.count, fsync(descriptor) == 0, rename(aside, file) == 0 else {
            throw AppError(.internalError, "Cannot write \(file).")
        }
        let folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { return }
        fsync(folder)
        close(folder)
    }
}

/// The method of the same name hides it.
private func systemWrite(_ descriptor: Int32, _ bytes: [UInt8]) -> Int { write(descriptor, bytes, bytes.count) }

/// What signs sessions and seals what lies encrypted.
struct ServerSecrets: Sendable {
    let current: String
    /// Verify and open only.
    let earlier: [String]

    init(current: String, earlier: [String] = []) {
        self.current = current
        self.earlier = earlier.filter { !$0.isEmpty && $0 != current }
    }
}
