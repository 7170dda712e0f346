/// Checks that a stream of bytes is UTF-8, without decoding it.
struct UTF8Validator {
    private(set) var isValid = true
    /// Whether there was a whole character beyond ASCII.
    private(set) var sawLongScalar = false
    private var missing = 0
    /// What the next continuation byte may be: narrower after E0, ED, F0 and F4.
    private var allowed: ClosedRange<UInt8> = 0x80...0xBF

    /// Whether the bytes so far end in the middle of a scalar.
    var isInsideScalar: Bool { missing > 0 }

    mutating func add(_ bytes: UnsafeRawBufferPointer) {
        var index = 0
        while index < bytes.count {
            if missing == 0 {
                // Eight ASCII bytes at a time.
                while index + 8 <= bytes.count, bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self) & 0x8080_8080_8080_8080 == 0 {
                    index += 8
                }
                guard index < bytes.count else { return }
            }
            let byte = bytes[index]
            index += 1
            if missing > 0 {
                guard allowed.contains(byte) else { return isValid = false }
                missing -= 1
                if missing == 0 { sawLongScalar = true }
                allowed = 0x80...0xBF
                continue
            }
            guard byte >= 0x80 else { continue }
            switch byte {
            case 0xC2...0xDF: missing = 1
            case 0xE0: (missing, allowed) = (2, 0xA0...0xBF)
            case 0xED: (missing, allowed) = (2, 0x80...0x9F)
            case 0xE1...0xEF: missing = 2
            case 0xF0: (missing, allowed) = (3, 0x90...0xBF)
            case 0xF4: (missing, allowed) = (3, 0x80...0x8F)
            case 0xF1...0xF3: missing = 3
            default: return isValid = false
            }
        }
    }
}
