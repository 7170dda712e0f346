/// The part of a long text that is still needed, addressed by offsets in the whole text's UTF-8.
struct TextWindow {
    private(set) var bytes: [UInt8] = []
    /// Offset of `bytes[0]` in the whole text.
    private(set) var base = 0

    /// Offset behind the last byte received.
    var end: Int { base + bytes.count }

    subscript(offset: Int) -> UInt8 { bytes[offset - base] }

    mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }

    /// Forgets what lies before `offset`. Does so rarely, so that the cost stays linear.
    mutating func forget(before offset: Int) {
        let count = min(offset - base, bytes.count)
        guard count > 1 << 16, count > bytes.count / 2 else { return }
        bytes.removeFirst(count)
        base += count
    }

    func text(_ range: Range<Int>) -> String {
        String(decoding: bytes[(range.lowerBound - base)..<(range.upperBound - base)], as: UTF8.self)
    }

    /// Unicode scalars in `range`, which must begin and end between scalars.
    func scalarCount(_ range: Range<Int>) -> Int {
        var count = 0
        for index in (range.lowerBound - base)..<(range.upperBound - base) where bytes[index] & 0xC0 != 0x80 { count += 1 }
        return count
    }

    /// `cut` without white space (as Python's `str.strip` knows it) at both ends; `nil` when nothing is left.
    func stripped(_ cut: TextCut) -> TextCut? {
        var cut = cut
        while cut.start < cut.end {
            let length = whiteSpaceLength(at: cut.start, limit: cut.end)
            guard length > 0 else { break }
            cut.start += length
            cut.scalarStart += 1
            cut.scalars -= 1
        }
        while cut.start < cut.end {
            var start = cut.end - 1
            while start > cut.start, self[start] & 0xC0 == 0x80 { start -= 1 }
            guard whiteSpaceLength(at: start, limit: cut.end) == cut.end - start else { break }
            cut.end = start
            cut.scalars -= 1
        }
        return cut.start < cut.end ? cut : nil
    }

    /// Bytes of the white space character at `offset`; 0 when another character stands there.
    private func whiteSpaceLength(at offset: Int, limit: Int) -> Int {
        let byte = self[offset]
        if byte < 0x80 { return byte == 0x20 || (0x09...0x0D).contains(byte) || (0x1C...0x1F).contains(byte) ? 1 : 0 }
        let length = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : 2
        guard length < 4, offset + length <= limit else { return 0 }
        var value = UInt32(byte) & (length == 3 ? 0x0F : 0x1F)
        for index in 1..<length { value = value << 6 | UInt32(self[offset + index] & 0x3F) }
        switch value {
        case 0x85, 0xA0, 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000: return length
        default: return 0
        }
    }
}

/// A stretch of the text: byte offsets, the same start in Unicode scalars, and its length in scalars.
struct TextCut: Hashable {
    var start: Int
    var end: Int
    var scalarStart: Int
    var scalars: Int
}

/// The smallest piece that is not cut without need: a separator and the word behind it.
struct TextAtom {
    /// What begins here, strongest first. A splitter of one level starts a new piece at its own separators and at all
    /// stronger ones.
    enum Strength: Int, Comparable {
        case paragraph, line, word
        /// No separator: the rest of a word that is too long for one atom.
        case continuation

        static func < (left: Strength, right: Strength) -> Bool { left.rawValue < right.rawValue }
    }

    var cut: TextCut
    /// In the unit of the chunk size.
    var size: Int
    var strength: Strength
}
