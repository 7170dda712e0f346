import CArchive
import Domain

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The parts of a ZIP container that a reader wants, unpacked under limits.
struct ZipArchive {
    let parts: [String: [UInt8]]
    /// All names in the container, wanted or not.
    let names: [String]

    subscript(name: String) -> [UInt8]? { parts[name] }

    /// - Parameters:
    ///   - kind: what the document is called in an error.
    ///   - wants: whether a part is unpacked.
    init(path: String, kind: String, limits: ExtractionLimits, wants: (String) -> Bool) throws {
        let archive = try Handle(path: path, kind: kind)
        var parts: [String: [UInt8]] = [:]
        var names: [String] = []
        var total = 0
        let allowed = min(limits.unpackedBytes, max(32 << 20, archive.fileSize.multipliedReportingOverflow(by: limits.expansion).partialValue))
        while let entry = try archive.next() {
            guard names.count < limits.entries else { throw ExtractionFailure.tooManyEntries }
            let name = Self.name(of: entry)
            names.append(name)
            guard wants(name), parts[name] == nil else { continue }
            if archive_entry_is_data_encrypted(entry) != 0 { throw ExtractionFailure.encrypted(kind) }
            let bytes = try archive.data(limit: allowed - total, of: allowed)
            total += bytes.count
            parts[name] = bytes
        }
        guard !names.isEmpty else { throw ExtractionFailure.damaged(kind) }
        self.parts = parts
        self.names = names
    }

    /// What kind of document a ZIP file is, as a file name extension; `nil` for a plain archive.
    static func documentExtension(path: String) throws -> String? {
        var limits = ExtractionLimits()
        limits.unpackedBytes = 1 << 20
        guard let archive = try? ZipArchive(path: path, kind: "ZIP", limits: limits, wants: { $0 == "mimetype" }) else { return nil }
        let names = Set(archive.names)
        if names.contains("word/document.xml") { return "docx" }
        if names.contains("xl/workbook.xml") { return "xlsx" }
        if names.contains("ppt/presentation.xml") { return "pptx" }
        switch archive["mimetype"].map({ String(decoding: $0, as: UTF8.self).trimmedBlock }) {
        case "application/epub+zip": return "epub"
        case "application/hwp+zip": return "hwpx"
        case "application/vnd.oasis.opendocument.text": return "odt"
        case "application/vnd.oasis.opendocument.spreadsheet": return "ods"
        case "application/vnd.oasis.opendocument.presentation": return "odp"
        default: return nil
        }
    }

    private static func name(of entry: OpaquePointer) -> String {
        let pointer = archive_entry_pathname_utf8(entry) ?? archive_entry_pathname(entry)
        var name = pointer.map { String(cString: $0) } ?? ""
        while name.hasPrefix("./") { name.removeFirst(2) }
        if name.contains("\\") { name = String(name.map { $0 == "\\" ? "/" : $0 }) }
        return name
    }

    /// libarchive's reader.
    private final class Handle {
        private let archive: OpaquePointer
        private let kind: String
        private let path: String
        let fileSize: Int

        init(path: String, kind: String) throws {
            var status = stat()
            guard stat(path, &status) == 0 else { throw ExtractionFailure.unreadable(cause: AppError(.internalError, "stat \(errno)")) }
            guard let archive = archive_read_new() else { throw ExtractionFailure.damaged(kind) }
            archive_read_support_format_zip(archive)
            guard archive_read_open_filename(archive, path, 1 << 16) == ARCHIVE_OK else {
                archive_read_free(archive)
                throw try Self.reason(path: path, kind: kind)
            }
            self.archive = archive
            self.kind = kind
            self.path = path
            fileSize = Int(status.st_size)
        }

        deinit { archive_read_free(archive) }

        /// A document with a password, and one of the formats of old, is an OLE file and no ZIP.
        static func reason(path: String, kind: String) throws -> AppError {
            let head = try TextFile.head(of: path, count: 8)
            guard head == CompoundFile.magic, let file = CompoundFile(try TextFile.contents(of: path, limit: 128 << 20)) else {
                return ExtractionFailure.damaged(kind)
            }
            if file.names.contains("EncryptedPackage") { return ExtractionFailure.encrypted(kind) }
            return ExtractionFailure.damaged(kind, "it is in the old binary format. Save it in the current one.")
        }

        func next() throws -> OpaquePointer? {
            var entry: OpaquePointer?
            switch archive_read_next_header(archive, &entry) {
            case ARCHIVE_OK, ARCHIVE_WARN: return entry
            case ARCHIVE_EOF: return nil
            default: throw try Self.reason(path: path, kind: kind)
            }
        }

        func data(limit: Int, of total: Int) throws -> [UInt8] {
            var bytes: [UInt8] = []
            var block = [UInt8](repeating: 0, count: 1 << 16)
            while true {
                let count = archive_read_data(archive, &block, block.count)
                if count == 0 { return bytes }
                guard count > 0 else {
                    let message = archive_error_string(archive).map { String(cString: $0) } ?? ""
                    if message.contains("assphrase") || message.contains("ncrypt") { throw ExtractionFailure.encrypted(kind) }
                    throw ExtractionFailure.damaged(kind, "a part of it cannot be unpacked.")
                }
                guard bytes.count + count <= limit else { throw ExtractionFailure.unpacksTooLarge(total) }
                bytes.append(contentsOf: block[..<count])
            }
        }
    }
}
