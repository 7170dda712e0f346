#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Decodes a text block by block, with iconv where it is not UTF-8. What is not valid becomes U+FFFD.
final class CharsetConverter {
    private let charset: Charset
    private let converter: iconv_t?
    /// The start of a character whose rest is in the next block.
    private var rest: [UInt8] = []
    private var markLeft: Int

    /// `nil` when iconv does not know the encoding.
    init?(_ charset: Charset) {
        self.charset = charset
        markLeft = charset.markLength
        if charset.name == "UTF-8" {
            converter = nil
        } else {
            guard let converter = Self.open(charset.name) else { return nil }
            self.converter = converter
        }
    }

    deinit {
        if let converter { iconv_close(converter) }
    }

    static func open(_ name: String) -> iconv_t? {
        let converter = iconv_open("UTF-8", name)
        return converter == iconv_t(bitPattern: -1) ? nil : converter
    }

    /// The whole of `bytes`, byte order mark removed.
    static func decode(_ bytes: [UInt8], as charset: Charset) -> String {
        guard let converter = CharsetConverter(charset) else { return String(decoding: bytes, as: UTF8.self) }
        return bytes.withUnsafeBytes { converter.decode($0, isLast: true) }
    }

    static func canDecode(_ bytes: [UInt8], as charset: Charset) -> Bool {
        // The sample may end inside of a character.
        !decode(bytes, as: charset).dropLast(1).contains("\u{FFFD}")
    }

    func decode(_ block: UnsafeRawBufferPointer, isLast: Bool) -> String {
        let skipped = min(markLeft, block.count)
        markLeft -= skipped
        let block = UnsafeRawBufferPointer(rebasing: block.dropFirst(skipped))
        guard converter != nil else { return decodeUTF8(block, isLast: isLast) }
        guard !rest.isEmpty else { return convert(block, isLast: isLast) }
        let joined = rest + block
        rest = []
        return joined.withUnsafeBytes { convert($0, isLast: isLast) }
    }

    private func decodeUTF8(_ block: UnsafeRawBufferPointer, isLast: Bool) -> String {
        let joined = rest.isEmpty ? nil : rest + block
        rest = []
        let count = joined?.count ?? block.count
        func byte(_ index: Int) -> UInt8 { joined?[index] ?? block[index] }
        var end = count
        if !isLast {
            // At most three bytes of an unfinished scalar stay for the next block.
            var start = count - 1
            while start >= 0, start > count - 4, byte(start) & 0xC0 == 0x80 { start -= 1 }
            if start >= 0 {
                let lead = byte(start)
                let length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1
                if start + length > count { end = start }
            }
            for index in end..<count { rest.append(byte(index)) }
        }
        if let joined { return String(decoding: joined[..<end], as: UTF8.self) }
        return String(decoding: block[..<end], as: UTF8.self)
    }

    private func convert(_ block: UnsafeRawBufferPointer, isLast: Bool) -> String {
        var output: [UInt8] = []
        output.reserveCapacity(block.count * 3 / 2 + 16)
        var room = [CChar](repeating: 0, count: 1 << 15)
        var input = UnsafeMutablePointer(mutating: block.baseAddress?.assumingMemoryBound(to: CChar.self))
        var inputLeft = block.count
        while inputLeft > 0 {
            let (status, written, code) = room.withUnsafeMutableBufferPointer { buffer -> (Int, Int, Int32) in
                var out = buffer.baseAddress
                var outLeft = buffer.count
                let status = iconv(converter, &input, &inputLeft, &out, &outLeft)
                return (status == Int.max || status == -1 ? -1 : 0, buffer.count - outLeft, errno)
            }
            output.append(contentsOf: room[..<written].lazy.map { UInt8(bitPattern: $0) })
            guard status == -1, code != E2BIG else { continue }
            if code == EINVAL, !isLast {
                rest = Array(block.suffix(inputLeft))
                break
            }
            output.append(contentsOf: "\u{FFFD}".utf8)
            guard code == EILSEQ, inputLeft > 1 else { break }
            input = input?.advanced(by: 1)
            inputLeft -= 1
        }
        return String(decoding: output, as: UTF8.self)
    }
}
