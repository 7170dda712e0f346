/// Pieces of a vocabulary by their UTF-8 bytes: an open-addressing hash table over one block of bytes, so that a quarter
/// of a million pieces need three arrays and not as many strings.
struct PieceTable: Sendable {
    /// FNV-1a, which can be continued byte by byte while a candidate grows.
    struct Hash {
        private(set) var value: UInt32 = 2_166_136_261

        mutating func add(_ byte: UInt8) { value = (value ^ UInt32(byte)) &* 16_777_619 }
    }

    private(set) var longest = 1
    private var bytes: [UInt8] = []
    private var starts: [UInt32] = [0]
    private var ids: [Int32] = []
    private var slots: [Int32]
    private let mask: Int

    /// - Parameter capacity: how many pieces will be added at most.
    init(capacity: Int) {
        var size = 16
        while size < capacity * 2 { size *= 2 }
        slots = Array(repeating: -1, count: size)
        mask = size - 1
        ids.reserveCapacity(capacity)
        starts.reserveCapacity(capacity + 1)
    }

    /// Of equal pieces the last one counts.
    mutating func insert(_ piece: ArraySlice<UInt8>, id: Int32) {
        var hash = Hash()
        for index in piece.indices { hash.add(piece[index]) }
        longest = max(longest, piece.count)
        var slot = Self.slot(hash, mask)
        while slots[slot] >= 0 {
            let other = Int(slots[slot])
            if holds(other, piece) {
                ids[other] = id
                return
            }
            slot = (slot + 1) & mask
        }
        precondition(ids.count < slots.count / 2 + 1, "more pieces than announced")
        slots[slot] = Int32(ids.count)
        ids.append(id)
        bytes.append(contentsOf: piece)
        starts.append(UInt32(bytes.count))
    }

    private func holds(_ entry: Int, _ piece: ArraySlice<UInt8>) -> Bool {
        let start = Int(starts[entry])
        guard Int(starts[entry + 1]) - start == piece.count else { return false }
        for offset in 0..<piece.count where bytes[start + offset] != piece[piece.startIndex + offset] { return false }
        return true
    }

    private static func slot(_ hash: Hash, _ mask: Int) -> Int { Int(hash.value ^ (hash.value >> 15)) & mask }

    /// - Parameter hash: of exactly the bytes of `text[range]`.
    func id(of text: UnsafeBufferPointer<UInt8>, _ range: Range<Int>, hash: Hash) -> Int32? {
        var slot = Self.slot(hash, mask)
        while true {
            let piece = Int(slots[slot])
            if piece < 0 { return nil }
            let start = Int(starts[piece])
            if Int(starts[piece + 1]) - start == range.count {
                var offset = 0
                while offset < range.count, bytes[start + offset] == text[range.lowerBound + offset] { offset += 1 }
                if offset == range.count { return ids[piece] }
            }
            slot = (slot + 1) & mask
        }
    }

    var largestID: Int { Int(ids.max() ?? 0) }

    func id(of piece: String) -> Int32? {
        var hash = Hash()
        let utf8 = Array(piece.utf8)
        for byte in utf8 { hash.add(byte) }
        return utf8.withUnsafeBufferPointer { id(of: $0, 0..<$0.count, hash: hash) }
    }
}
