/// Writes a zip archive entry by entry, uncompressed, with names in UTF-8. What it returns is written to the client at once;
/// only the directory is kept until the end.
///
/// Format: APPNOTE.TXT 6.3.10, sections 4.3.7, 4.3.12 and 4.3.16. No zip64: at most 65,535 entries and 4 GiB.
struct ZipWriter {
    static let mostEntries = 65_535

    private var directory: [UInt8] = []
    private var count = 0
    private var offset = 0

    /// The bytes of one entry; empty when the archive is full.
    mutating func entry(name: String, _ content: [UInt8]) -> [UInt8] {
        let name = Array(name.utf8)
        guard count < Self.mostEntries, offset + content.count + name.count + directory.count + 4096 < Int(UInt32.max) else { return [] }
        // Version 2.0, UTF-8 names, stored, 1 January 1980.
        var common: [UInt8] = []
        Self.append(20, 2, to: &common)
        Self.append(0x0800, 2, to: &common)
        Self.append(0, 2, to: &common)
        Self.append(0, 2, to: &common)
        Self.append(0x21, 2, to: &common)
        Self.append(Int(Self.checksum(content)), 4, to: &common)
        Self.append(content.count, 4, to: &common)
        Self.append(content.count, 4, to: &common)
        Self.append(name.count, 2, to: &common)
        Self.append(0, 2, to: &common)

        Self.append(0x0201_4B50, 4, to: &directory)
        Self.append(20, 2, to: &directory)
        directory += common
        for width in [2, 2, 2, 4] { Self.append(0, width, to: &directory) }
        Self.append(offset, 4, to: &directory)
        directory += name

        var bytes: [UInt8] = []
        bytes.reserveCapacity(30 + name.count + content.count)
        Self.append(0x0403_4B50, 4, to: &bytes)
        bytes += common
        bytes += name
        bytes += content
        offset += bytes.count
        count += 1
        return bytes
    }

    /// The directory that ends the archive.
    func end() -> [UInt8] {
        var bytes = directory
        Self.append(0x0605_4B50, 4, to: &bytes)
        Self.append(0, 2, to: &bytes)
        Self.append(0, 2, to: &bytes)
        Self.append(count, 2, to: &bytes)
        Self.append(count, 2, to: &bytes)
        Self.append(directory.count, 4, to: &bytes)
        Self.append(offset, 4, to: &bytes)
        Self.append(0, 2, to: &bytes)
        return bytes
    }

    private static func append(_ value: Int, _ width: Int, to bytes: inout [UInt8]) {
        for index in 0..<width { bytes.append(UInt8(truncatingIfNeeded: value >> (8 * index))) }
    }

    private static let table: [UInt32] = (0..<256).map { index in
        (0..<8).reduce(UInt32(index)) { value, _ in value & 1 == 1 ? 0xEDB8_8320 ^ (value >> 1) : value >> 1 }
    }

    /// CRC-32 of IEEE 802.3.
    static func checksum(_ bytes: [UInt8]) -> UInt32 {
        ~bytes.reduce(~UInt32(0)) { Self.table[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] ^ ($0 >> 8) }
    }

    /// A file name that cannot leave the folder it is unpacked to.
    static func safe(_ name: String) -> String {
        let safe = String(String.UnicodeScalarView(name.unicodeScalars.map { $0.value < 0x20 || $0 == "/" || $0 == "\\" || $0 == ":" ? "_" : $0 }))
        return safe == "." || safe == ".." || safe.isEmpty ? "_" : safe
    }

    /// The name, with a number when it is taken.
    static func unique(_ name: String, _ taken: inout Set<String>) -> String {
        var candidate = name
        var number = 2
        while !taken.insert(candidate).inserted {
            let stem = name.hasSuffix(".txt") ? String(name.dropLast(4)) : name
            candidate = "\(stem) (\(number)).txt"
            number += 1
        }
        return candidate
    }
}
