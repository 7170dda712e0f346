/// What the first bytes say when neither name nor content type do.
enum MagicNumber {
    enum Answer: Equatable {
        /// Read like a file with this extension.
        case kind(String)
        /// A media type that is not read.
        case unsupported(String)
        case unknown
    }

    private struct Signature {
        let bytes: [UInt8]
        let offset: Int
        let type: String

        init(_ bytes: [UInt8], at offset: Int = 0, _ type: String) {
            self.bytes = bytes
            self.offset = offset
            self.type = type
        }

        init(_ text: String, at offset: Int = 0, _ type: String) { self.init(Array(text.utf8), at: offset, type) }
    }

    private static let signatures: [Signature] = [
        Signature([0x89, 0x50, 0x4E, 0x47], "image/png"),
        Signature([0xFF, 0xD8, 0xFF], "image/jpeg"),
        Signature("GIF8", "image/gif"),
        Signature("WEBP", at: 8, "image/webp"),
        Signature("II*\0", "image/tiff"),
        Signature("MM\0*", "image/tiff"),
        Signature([0x1F, 0x8B], "application/gzip"),
        Signature([0x37, 0x7A, 0xBC, 0xAF], "application/x-7z-compressed"),
        Signature("Rar!", "application/vnd.rar"),
        Signature([0x7F, 0x45, 0x4C, 0x46], "application/x-executable"),
        Signature("SQLite format 3", "application/vnd.sqlite3"),
        Signature("ftyp", at: 4, "video/mp4"),
        Signature("ID3", "audio/mpeg"),
        Signature("OggS", "audio/ogg"),
        Signature("fLaC", "audio/flac"),
        Signature([0x1A, 0x45, 0xDF, 0xA3], "video/webm"),
    ]

    static func look(at path: String) throws -> Answer {
        let head = try TextFile.head(of: path, count: 1024)
        func begins(_ bytes: [UInt8], at offset: Int = 0) -> Bool { head.dropFirst(offset).starts(with: bytes) }
        func begins(_ text: String, at offset: Int = 0) -> Bool { begins(Array(text.utf8), at: offset) }

        if begins("%PDF-") { return .kind("pdf") }
        if begins("{\\rtf") { return .kind("rtf") }
        if begins([0x50, 0x4B, 0x03, 0x04]) {
            return try ZipArchive.documentExtension(path: path).map(Answer.kind) ?? .unsupported("application/zip")
        }
        if begins([0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]) { return .kind("hwp") }
        for signature in signatures where begins(signature.bytes, at: signature.offset) { return .unsupported(signature.type) }
        let start = String(decoding: head, as: UTF8.self).drop { $0.isWhitespace || $0 == "\u{FEFF}" }.prefix(64).lowercased()
        if ["<!doctype html", "<html", "<head", "<meta", "<table"].contains(where: start.hasPrefix) { return .kind("html") }
        return .unknown
    }
}
