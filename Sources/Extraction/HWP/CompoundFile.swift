import Domain

/// The streams of an OLE compound file (MS-CFB), whole in memory. Everything in the file is checked before it is used:
/// chains may be broken, looped or lead outside.
struct CompoundFile {
    static let magic: [UInt8] = [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]

    private struct Entry {
        var name: String
        var isStream: Bool
        var start: UInt32
        var size: Int
    }

    private let bytes: [UInt8]
    private let sectorSize: Int
    private let miniSectorSize: Int
    private let miniCutoff: Int
    private var table: [UInt32] = []
    private var miniTable: [UInt32] = []
    private var miniStream: [UInt8] = []
    private var entries: [String: Entry] = [:]

    /// Paths of all streams, `BodyText/Section0`.
    var names: [String] { entries.filter(\.value.isStream).map(\.key) }

    /// `nil` when the bytes are no compound file.
    init?(_ bytes: [UInt8]) {
        guard bytes.count >= 512, bytes.starts(with: Self.magic) else { return nil }
        self.bytes = bytes
        let shift = Self.u16(bytes, 30)
        let miniShift = Self.u16(bytes, 32)
        guard shift == 9 || shift == 12, miniShift == 6 else { return nil }
        sectorSize = 1 << shift
        miniSectorSize = 1 << miniShift
        miniCutoff = Int(Self.u32(bytes, 56))
        readTable()
        let directory = chain(Self.u32(bytes, 48))
        readDirectory(directory)
        miniTable = Self.words(chain(Self.u32(bytes, 60)))
        if let root = entries[""] { miniStream = Array(chain(root.start).prefix(root.size)) }
    }

    subscript(path: String) -> [UInt8]? {
        guard let entry = entries[path], entry.isStream else { return nil }
        if entry.size >= miniCutoff { return Array(chain(entry.start).prefix(entry.size)) }
        var result: [UInt8] = []
        var sector = entry.start
        while result.count < entry.size, Int(sector) < miniTable.count {
            let offset = Int(sector) * miniSectorSize
            guard offset + miniSectorSize <= miniStream.count else { break }
            result += miniStream[offset..<offset + miniSectorSize]
            sector = miniTable[Int(sector)]
        }
        return Array(result.prefix(entry.size))
    }

    private mutating func readTable() {
        var sectors: [UInt32] = (0..<109).map { Self.u32(bytes, 76 + 4 * $0) }
        var next = Self.u32(bytes, 68)
        var left = bytes.count / sectorSize
        while left > 0, let sector = sector(next) {
            let words = Self.words(Array(sector))
            sectors += words.dropLast()
            next = words.last ?? .max
            left -= 1
        }
        let limit = bytes.count / sectorSize + 1
        for number in sectors.prefix(limit) {
            guard let sector = sector(number) else { continue }
            table += Self.words(Array(sector))
        }
    }

    private func sector(_ number: UInt32) -> ArraySlice<UInt8>? {
        let offset = (Int(number) + 1) * sectorSize
        guard number < 0xFFFF_FFFA, offset < bytes.count else { return nil }
        return bytes[offset..<min(offset + sectorSize, bytes.count)]
    }

    /// All sectors from `start` on; ends where the chain does, breaks or would be longer than the file.
    private func chain(_ start: UInt32) -> [UInt8] {
        var result: [UInt8] = []
        var number = start
        while result.count <= bytes.count, let sector = sector(number) {
            result += sector
            guard Int(number) < table.count else { break }
            number = table[Int(number)]
        }
        return result
    }

    private mutating func readDirectory(_ directory: [UInt8]) {
        let count = directory.count / 128
        guard count > 0 else { return }
        var visited: Set<Int> = [0]
        // (index, path of the storage around it)
        var pending: [(index: Int, path: String)] = []
        func child(_ offset: Int, _ field: Int) -> Int? {
            let index = Int(Self.u32(directory, offset + field))
            return index < count && !visited.contains(index) ? index : nil
        }
        entries[""] = Entry(name: "", isStream: false, start: Self.u32(directory, 116), size: Int(Self.u32(directory, 120)))
        if let first = child(0, 76) { pending.append((first, "")) }
        while let (index, path) = pending.popLast() {
            guard visited.insert(index).inserted else { continue }
            let offset = index * 128
            let length = max(0, min(Int(Self.u16(directory, offset + 64)), 64) - 2) / 2
            let name = String(decoding: (0..<length).map { Self.u16(directory, offset + 2 * $0) }, as: UTF16.self)
            let full = path.isEmpty ? name : path + "/" + name
            let type = directory[offset + 66]
            entries[full] = Entry(
                name: name, isStream: type == 2, start: Self.u32(directory, offset + 116), size: Int(Self.u32(directory, offset + 120)))
            for field in [68, 72] { if let sibling = child(offset, field) { pending.append((sibling, path)) } }
            if type == 1, let inner = child(offset, 76) { pending.append((inner, full)) }
        }
    }

    private static func words(_ bytes: [UInt8]) -> [UInt32] { stride(from: 0, to: bytes.count - 3, by: 4).map { u32(bytes, $0) } }

    static func u16(_ bytes: [UInt8], _ offset: Int) -> UInt16 {
        guard offset >= 0, offset + 2 <= bytes.count else { return 0 }
        return UInt16(bytes[offset]) | UInt16(bytes[offset + 1]) << 8
    }

    static func u32(_ bytes: [UInt8], _ offset: Int) -> UInt32 { UInt32(u16(bytes, offset)) | UInt32(u16(bytes, offset + 2)) << 16 }
}
