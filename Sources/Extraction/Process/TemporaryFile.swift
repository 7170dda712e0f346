import Domain
import SystemPackage

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Bytes that a reader or a tool wants to have at a path. Gone with its owner; on Linux also when the process is killed, for
/// the file has no name of its own.
final class TemporaryFile {
    let path: String
    private let descriptor: FileDescriptor

    init(_ bytes: [UInt8]) throws {
        let base = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var template = Array("\(base)/haneul-extract-XXXXXX".utf8CString)
        let number = mkstemp(&template)
        guard number >= 0 else {
            throw AppError(.internalError, "Something went wrong on our side.", cause: AppError(.internalError, "mkstemp: errno \(errno)"))
        }
        descriptor = FileDescriptor(rawValue: number)
        #if os(Linux)
            unlink(template)
            path = "/proc/\(getpid())/fd/\(number)"
        #else
            path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        #endif
        do { try descriptor.writeAll(bytes) } catch { throw ExtractionFailure.unreadable(cause: error) }
    }

    deinit {
        #if !os(Linux)
            unlink(path)
        #endif
        try? descriptor.close()
    }
}
