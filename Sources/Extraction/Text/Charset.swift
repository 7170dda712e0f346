import CUchardet

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// In which encoding a text is written.
struct Charset: Hashable {
    /// As iconv calls it.
    let name: String
    /// Bytes of the byte order mark in front.
    let markLength: Int

    static let utf8 = Charset(name: "UTF-8", markLength: 0)
    static let utf16LittleEndian = Charset(name: "UTF-16LE", markLength: 0)
    static let utf16BigEndian = Charset(name: "UTF-16BE", markLength: 0)
    /// Microsoft's extension of EUC-KR: all 11,172 syllables.
    static let korean = Charset(name: "CP949", markLength: 0)

    /// The encoding that a byte order mark announces.
    static func marked(_ bytes: some Collection<UInt8>) -> Charset? {
        let head = Array(bytes.prefix(4))
        if head.starts(with: [0xEF, 0xBB, 0xBF]) { return Charset(name: "UTF-8", markLength: 3) }
        if head == [0xFF, 0xFE, 0, 0] { return Charset(name: "UTF-32LE", markLength: 4) }
        if head == [0, 0, 0xFE, 0xFF] { return Charset(name: "UTF-32BE", markLength: 4) }
        if head.starts(with: [0xFF, 0xFE]) { return Charset(name: "UTF-16LE", markLength: 2) }
        if head.starts(with: [0xFE, 0xFF]) { return Charset(name: "UTF-16BE", markLength: 2) }
        return nil
    }

    /// A name from a mail header or an HTML page, as iconv knows it; `nil` when iconv does not.
    static func named(_ label: String) -> Charset? {
        let name = label.uppercased().filter { !$0.isWhitespace && $0 != "\"" && $0 != "'" }
        guard !name.isEmpty, name.utf8.count <= 40 else { return nil }
        switch name {
        case "UTF-8", "UTF8", "ASCII", "US-ASCII", "UNICODE-1-1-UTF-8": return .utf8
        case "UHC", "EUC-KR", "EUCKR", "KS_C_5601-1987", "KS_C_5601-1989", "KSC5601", "KSC_5601", "KOREAN", "WINDOWS-949", "MS949", "CP949":
            return .korean
        case "ISO-8859-1", "LATIN1", "ISO8859-1": return Charset(name: "WINDOWS-1252", markLength: 0)
        case "SHIFT_JIS", "SHIFT-JIS", "SJIS", "WINDOWS-31J": return Charset(name: "CP932", markLength: 0)
        case "GB2312", "GBK": return Charset(name: "GB18030", markLength: 0)
        case "BIG5": return Charset(name: "CP950", markLength: 0)
        case "UNICODE", "UTF-16": return .utf16LittleEndian
        default: break
        }
        guard let converter = CharsetConverter.open(name) else { return nil }
        iconv_close(converter)
        return Charset(name: name, markLength: 0)
    }
}

/// Looks at a text block by block and says in the end how it is written.
struct CharsetDetector {
    /// What is kept for a guess when the text is not UTF-8.
    private static let sampleLength = 1 << 20

    private var head: [UInt8] = []
    private var sample: [UInt8] = []
    private var validator = UTF8Validator()
    private var hasNull = false

    /// Whether more bytes cannot change the answer.
    private(set) var isCertain = false

    mutating func add(_ bytes: UnsafeRawBufferPointer) {
        if head.count < 4 {
            head.append(contentsOf: bytes.prefix(4 - head.count))
            if head.count == 4, Charset.marked(head) != nil { isCertain = true }
        }
        if sample.count < Self.sampleLength { sample.append(contentsOf: bytes.prefix(Self.sampleLength - sample.count)) }
        if validator.isValid { validator.add(bytes) }
        if !hasNull { hasNull = bytes.contains(0) }
        if !validator.isValid, sample.count == Self.sampleLength { isCertain = true }
    }

    /// `nil`: not a text.
    func charset() -> Charset? {
        if let marked = Charset.marked(head) { return marked }
        if hasNull { return wideCharset() }
        guard !looksBinary else { return nil }
        // A text that was cut off in the middle of a character is still UTF-8 when it has whole ones.
        if validator.isValid, !validator.isInsideScalar || validator.sawLongScalar { return .utf8 }
        if isKorean { return .korean }
        return guessed() ?? (CharsetConverter.canDecode(sample, as: .korean) ? .korean : Charset.named("ISO-8859-1"))
    }

    /// Control characters that no text file has.
    private var looksBinary: Bool {
        let controls = sample.lazy.filter { $0 < 0x20 && !(0x08...0x0D).contains($0) && $0 != 0x1B && $0 != 0x1A }.count
        return controls * 100 > sample.count
    }

    /// UTF-16 and UTF-32 without a byte order mark: nearly all code units must be characters that texts are made of.
    private func wideCharset() -> Charset? {
        if sample.count % 4 == 0 {
            for (name, isLittle) in [("UTF-32LE", true), ("UTF-32BE", false)] where shares(width: 4, isLittleEndian: isLittle).plausible > 0.98 {
                return Charset(name: name, markLength: 0)
            }
        }
        let little = shares(width: 2, isLittleEndian: true)
        let big = shares(width: 2, isLittleEndian: false)
        guard max(little.plausible, big.plausible) > 0.95 else { return nil }
        // A few words of Hangul are possible either way round: then the likelier characters decide.
        let isLittle = abs(little.plausible - big.plausible) > 0.02 ? little.plausible > big.plausible : little.usual >= big.usual
        return isLittle ? .utf16LittleEndian : .utf16BigEndian
    }

    /// Of all code units, those that may be in a text, and those that are in most.
    private func shares(width: Int, isLittleEndian: Bool) -> (plausible: Double, usual: Double) {
        let units = sample.count / width
        guard units > 0 else { return (0, 0) }
        var plausible = 0
        var usual = 0
        for unit in 0..<units {
            var value: UInt32 = 0
            for index in 0..<width { value = value << 8 | UInt32(sample[unit * width + (isLittleEndian ? width - 1 - index : index)]) }
            switch value {
            case 0x09, 0x0A, 0x0D, 0x20...0x7E, 0xAC00...0xD7A3, 0x3001, 0x3002, 0x3040...0x30FF:
                plausible += 1
                usual += 1
            case 0xA0...0x52F, 0x1100...0x11FF, 0x1E00...0x206F, 0x20A0...0x27BF, 0x3000...0x33FF, 0x3400...0x9FFF, 0xA960...0xA97F, 0xD7B0...0xD7FF,
                0xF900...0xFAFF, 0xFE30...0xFE4F, 0xFF00...0xFFEF:
                plausible += 1
            case 0xD800...0xDFFF where width == 2: plausible += 1
            case 0x1F000...0x1FAFF, 0x20000...0x3FFFF: plausible += 1
            default: break
            }
        }
        return (Double(plausible) / Double(units), Double(usual) / Double(units))
    }

    /// Nearly all double bytes are Hangul of KS X 1001: sure enough even for texts too short for a statistic.
    private var isKorean: Bool {
        var index = 0
        var pairs = 0
        var hangul = 0
        while index < sample.count {
            let lead = sample[index]
            guard lead >= 0x80 else {
                index += 1
                continue
            }
            guard index + 1 < sample.count else { break }
            let trail = sample[index + 1]
            guard (0x81...0xFE).contains(lead), trail >= 0x41, trail != 0x7F, trail != 0xFF else { return false }
            pairs += 1
            if (0xB0...0xC8).contains(lead), trail >= 0xA1 { hangul += 1 }
            index += 2
        }
        return pairs > 0 && hangul * 100 >= pairs * 85
    }

    private func guessed() -> Charset? {
        guard let detector = uchardet_new() else { return nil }
        defer { uchardet_delete(detector) }
        let isFed = sample.withUnsafeBytes { bytes in
            uchardet_handle_data(detector, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count) == 0
        }
        guard isFed else { return nil }
        uchardet_data_end(detector)
        guard let name = uchardet_get_charset(detector).map({ String(cString: $0) }), !name.isEmpty else { return nil }
        return Charset.named(name)
    }
}
