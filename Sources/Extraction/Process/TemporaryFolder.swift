import Domain
import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A folder that disappears with its owner, and all that is in it.
struct TemporaryFolder: ~Copyable {
    let path: String

    init() throws {
        let base = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var template = Array("\(base)/haneul-extract-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw AppError(.internalError, "Something went wrong on our side.", cause: AppError(.internalError, "mkdtemp: errno \(errno)"))
        }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}
