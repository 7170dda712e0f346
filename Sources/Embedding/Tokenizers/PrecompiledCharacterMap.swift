/// SentencePiece's compiled normalisation rules: a double-array trie (darts-clone) from byte sequences to offsets in a
/// block of zero-terminated replacements.
struct PrecompiledCharacterMap: Sendable {
    private let units: [UInt32]
    private let replacements: [UInt8]

    /// - Parameter bytes: 4 bytes little-endian size of the trie in bytes, the trie, the replacements.
    init?(_ bytes: [UInt8]) {
        guard bytes.count >= 4 else { return nil }
        func word(_ at: Int) -> UInt32 {
            UInt32(bytes[at]) | UInt32(bytes[at + 1]) << 8 | UInt32(bytes[at + 2]) << 16 | UInt32(bytes[at + 3]) << 24
        }
        let size = Int(word(0))
        guard size > 0, size.isMultiple(of: 4), 4 + size <= bytes.count else { return nil }
        units = stride(from: 4, to: 4 + size, by: 4).map(word)
        replacements = Array(bytes[(4 + size)...])
    }

    /// What stands for the whole of `chunk`: the replacement of its shortest prefix that has one. `nil` when none has.
    ///
    /// That it is the shortest, and that the rest of the chunk is dropped, is what the `tokenizers` library does.
    func replacement(of chunk: some Sequence<UInt8>) -> ArraySlice<UInt8>? {
        var node = 0
        var unit = units[0]
        node ^= Self.offset(unit)
        for byte in chunk {
            guard byte != 0 else { return nil }
            node ^= Int(byte)
            guard node < units.count else { return nil }
            unit = units[node]
            guard unit & (1 << 31 | 0xFF) == UInt32(byte) else { return nil }
            node ^= Self.offset(unit)
            guard node < units.count else { return nil }
            if unit >> 8 & 1 == 1 {
                let start = Int(units[node] & 0x7FFF_FFFF)
                guard start <= replacements.count else { return nil }
                return replacements[start...].prefix { $0 != 0 }
            }
        }
        return nil
    }

    private static func offset(_ unit: UInt32) -> Int { Int((unit >> 10) << ((unit & (1 << 9)) >> 6)) }

    /// Replaces grapheme by grapheme; one of six bytes and more scalar by scalar.
    func normalize(_ text: String) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(text.utf8.count + 16)
        for character in text {
            let utf8 = character.utf8
            if utf8.count == 1 || utf8.count < 6 {
                if let replacement = replacement(of: utf8) {
                    out.append(contentsOf: replacement)
                    continue
                }
                if utf8.count == 1 {
                    out.append(contentsOf: utf8)
                    continue
                }
            }
            for scalar in character.unicodeScalars {
                let encoded = UTF8.encode(scalar)!
                if let replacement = replacement(of: encoded) {
                    out.append(contentsOf: replacement)
                } else {
                    out.append(contentsOf: encoded)
                }
            }
        }
        return out
    }
}
