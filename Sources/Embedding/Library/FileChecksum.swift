import CKernels
import Domain
import Foundation

enum FileChecksum {
    /// SHA-256 in lower-case hexadecimal.
    static func sha256(ofFile path: String) throws -> String {
        guard let handle = FileHandle(forReadingAtPath: path) else { throw AppError(.unavailable, "Cannot read \(path)") }
        defer { try? handle.close() }
        var context = haneul_sha256()
        haneul_sha256_init(&context)
        while let data = try handle.read(upToCount: 1 << 20), !data.isEmpty {
            data.withUnsafeBytes { haneul_sha256_update(&context, $0.baseAddress, $0.count) }
        }
        var digest = [UInt8](repeating: 0, count: 32)
        haneul_sha256_final(&context, &digest)
        return digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
