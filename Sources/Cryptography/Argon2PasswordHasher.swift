import CArgon2
import CCrypt
package import Domain
import Foundation

/// Argon2id (19 MiB, two passes, one lane: OWASP's first choice) as PHC strings, on a queue of its own. Bcrypt hashes
/// (`$2a$`, `$2b$`, `$2y$`) and argon2id ones with other parameters are accepted and reported as stale.
package final class Argon2PasswordHasher: PasswordHasher {
    private static let passes: UInt32 = 2
    private static let kibibytes: UInt32 = 19 * 1024
    private static let hashLength = 32
    private static let saltLength = 16

    /// Runs a bounded number of hashes at a time: each takes 19 MiB and some 50 ms of a core.
    private let queue: OperationQueue
    private let longestQueue: Int

    /// - Parameters:
    ///   - width: hashes at the same time.
    ///   - longestQueue: how many may wait before more are refused.
    package init(width: Int = max(1, ProcessInfo.processInfo.activeProcessorCount / 2), longestQueue: Int = 200) {
        queue = OperationQueue()
        queue.name = "haneul.passwords"
        queue.maxConcurrentOperationCount = width
        queue.qualityOfService = .userInitiated
        self.longestQueue = longestQueue
    }

    package func hash(_ password: String) async throws -> String {
        try await run { try Self.argon2(password) }
    }

    package func verify(_ password: String, against hash: String?) async throws -> PasswordVerdict {
        try await run {
            guard let hash else {
                _ = try Self.argon2(password)
                return .wrong
            }
            if hash.hasPrefix("$argon2id$") {
                guard Self.argon2Matches(password, hash) else { return .wrong }
                return hash.hasPrefix("$argon2id$v=19$m=\(Self.kibibytes),t=\(Self.passes),p=1$") ? .right : .rightButStale
            }
            if ["$2a$", "$2b$", "$2y$"].contains(where: hash.hasPrefix) {
                return Self.bcryptMatches(password, hash) ? .rightButStale : .wrong
            }
            _ = try Self.argon2(password)
            return .wrong
        }
    }

    private func run<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
        guard queue.operationCount < longestQueue else {
            throw AppError(.unavailable, "Too many people are signing in at the moment. Please try again.", retryAfter: 5)
        }
        return try await withCheckedThrowingContinuation { continuation in
            queue.addOperation { continuation.resume(with: Result(catching: work)) }
        }
    }

    // MARK: Argon2id

    private static func argon2(_ password: String) throws -> String {
        var generator = SystemRandomNumberGenerator()
        let salt = (0..<saltLength).map { _ in UInt8.random(in: 0...255, using: &generator) }
        let length = argon2_encodedlen(passes, kibibytes, 1, UInt32(saltLength), UInt32(hashLength), Argon2_id)
        var encoded = [CChar](repeating: 0, count: length)
        let bytes = Array(password.utf8)
        let code = argon2id_hash_encoded(passes, kibibytes, 1, bytes, bytes.count, salt, salt.count, hashLength, &encoded, length)
        guard code == ARGON2_OK.rawValue else {
            throw AppError(
                .internalError, "The password could not be hashed.", cause: AppError(.internalError, String(cString: argon2_error_message(code))))
        }
        return String(decoding: encoded.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private static func argon2Matches(_ password: String, _ hash: String) -> Bool {
        guard isAffordable(hash) else { return false }
        let bytes = Array(password.utf8)
        return argon2id_verify(hash, bytes, bytes.count) == ARGON2_OK.rawValue
    }

    /// An imported hash may not ask for more than 256 MiB and 16 passes.
    private static func isAffordable(_ hash: String) -> Bool {
        let fields = hash.split(separator: "$")
        guard fields.count == 5 else { return false }
        var values: [Substring: Int] = [:]
        for pair in fields[2].split(separator: ",") {
            let parts = pair.split(separator: "=")
            guard parts.count == 2, let value = Int(parts[1]) else { return false }
            values[parts[0]] = value
        }
        return (values["m"] ?? .max) <= 256 * 1024 && (values["t"] ?? .max) <= 16 && (values["p"] ?? .max) <= 16
    }

    // MARK: Bcrypt

    private static func bcryptMatches(_ password: String, _ hash: String) -> Bool {
        // Bcrypt ends at a NUL byte; a cost beyond 16 would take minutes.
        guard hash.utf8.count == 60, !password.utf8.contains(0), let cost = Int(hash.dropFirst(4).prefix(2)), (4...16).contains(cost) else {
            return false
        }
        return withUnsafeTemporaryAllocation(of: crypt_data.self, capacity: 1) { buffer in
            let data = buffer.baseAddress!
            memset(data, 0, MemoryLayout<crypt_data>.size)
            defer { memset(data, 0, MemoryLayout<crypt_data>.size) }
            guard let result = crypt_r(password, hash, data) else { return false }
            return ConstantTime.equal(Array(String(cString: result).utf8), Array(hash.utf8))
        }
    }
}
