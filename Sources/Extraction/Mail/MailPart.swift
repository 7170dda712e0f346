/// One part of a mail message: its header fields and its body.
struct MailPart {
    private var fields: [(name: String, value: [UInt8])] = []
    private let body: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) {
        var rest = bytes
        while !rest.isEmpty {
            let line = Self.line(&rest)
            if line.isEmpty { break }
            if let first = line.first, first == 0x20 || first == 0x09, !fields.isEmpty {
                fields[fields.count - 1].value += [0x20] + line.drop { $0 == 0x20 || $0 == 0x09 }
                continue
            }
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")), fields.count < 1_000 else { continue }
            fields.append((String(decoding: line[..<colon], as: UTF8.self).lowercased(), Array(line[(colon + 1)...])))
        }
        body = rest
    }

    /// The line at the start of `rest`, without its end; `rest` is then behind it.
    private static func line(_ rest: inout ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let end = rest.firstIndex(of: 0x0A) ?? rest.endIndex
        var line = rest[..<end]
        rest = rest[min(end + 1, rest.endIndex)...]
        if line.last == 0x0D { line.removeLast() }
        return line
    }

    private func raw(_ name: String) -> String? {
        guard let value = fields.first(where: { $0.name == name })?.value else { return nil }
        var detector = CharsetDetector()
        value.withUnsafeBytes { detector.add($0) }
        return CharsetConverter.decode(value, as: detector.charset() ?? .utf8).collapsingWhiteSpace
    }

    /// The field's text with encoded words decoded.
    func header(_ name: String) -> String? { raw(name).map(EncodedWords.decode) }

    /// `text/plain` when the part does not say.
    var contentType: String {
        let value = raw("content-type")?.prefix { $0 != ";" }.lowercased().collapsingWhiteSpace ?? ""
        return value.contains("/") ? value : "text/plain"
    }

    /// The parameter of a field: `boundary="x"`, also in the form of RFC 2231, `filename*=UTF-8''x`.
    func parameter(_ name: String, of field: String) -> String? {
        guard let value = raw(field) else { return nil }
        var isQuoted = false
        let parts = value.split { character in
            if character == "\"" { isQuoted.toggle() }
            return character == ";" && !isQuoted
        }
        for part in parts.dropFirst() {
            guard let equals = part.firstIndex(of: "=") else { continue }
            let key = String(part[..<equals]).collapsingWhiteSpace.lowercased()
            var text = String(part[part.index(after: equals)...]).collapsingWhiteSpace
            if text.hasPrefix("\""), text.hasSuffix("\""), text.count > 1 { text = String(text.dropFirst().dropLast()) }
            if key == name { return EncodedWords.decode(text) }
            if key == name + "*" { return EncodedWords.decodeExtended(text) }
        }
        return nil
    }

    /// Of an attachment.
    var filename: String? { parameter("filename", of: "content-disposition") ?? parameter("name", of: "content-type") }

    var decodedBody: [UInt8] {
        switch raw("content-transfer-encoding")?.lowercased() {
        case "base64": EncodedWords.base64(body)
        case "quoted-printable": EncodedWords.quotedPrintable(body, isHeader: false)
        default: Array(body)
        }
    }

    var text: String {
        let bytes = decodedBody
        if let charset = parameter("charset", of: "content-type").flatMap(Charset.named) { return CharsetConverter.decode(bytes, as: charset) }
        var detector = CharsetDetector()
        bytes.withUnsafeBytes { detector.add($0) }
        return CharsetConverter.decode(bytes, as: detector.charset() ?? .utf8)
    }

    /// What stands between the boundary lines.
    func parts(boundary: String) -> [MailPart] {
        let mark = Array("--\(boundary)".utf8)
        var parts: [MailPart] = []
        var start: Int?
        var rest = body
        while !rest.isEmpty, parts.count < 1_000 {
            let position = rest.startIndex
            let line = Self.line(&rest)
            guard line.starts(with: mark) else { continue }
            if let start { parts.append(MailPart(body[start..<position])) }
            start = rest.startIndex
            if line.dropFirst(mark.count).starts(with: [0x2D, 0x2D]) { return parts }
        }
        if let start, start < body.endIndex { parts.append(MailPart(body[start...])) }
        return parts
    }
}

/// Encodings of mail: `=?UTF-8?B?...?=` (RFC 2047), base64, quoted-printable.
enum EncodedWords {
    static func decode(_ text: String) -> String {
        guard text.contains("=?") else { return text }
        var result = ""
        var pending: (charset: Charset, bytes: [UInt8])?
        func flush() {
            if let pending { result += CharsetConverter.decode(pending.bytes, as: pending.charset) }
            pending = nil
        }
        var rest = text[...]
        while let range = rest.firstRange(of: "=?") {
            let before = rest[..<range.lowerBound]
            // White space between two encoded words is none.
            if pending == nil || before.contains(where: { !$0.isWhitespace }) {
                flush()
                result += before
            }
            let fields = rest[range.upperBound...].split(separator: "?", maxSplits: 2, omittingEmptySubsequences: false)
            guard fields.count == 3, let end = fields[2].firstRange(of: "?="),
                let charset = Charset.named(String(fields[0].prefix { $0 != "*" }))
            else {
                flush()
                result += "=?"
                rest = rest[range.upperBound...]
                continue
            }
            let data = Array(fields[2][..<end.lowerBound].utf8)
            let bytes = fields[1].lowercased() == "b" ? base64(data[...]) : quotedPrintable(data[...], isHeader: true)
            // A character may be cut between two words of one encoding.
            if let last = pending, last.charset == charset {
                pending = (charset, last.bytes + bytes)
            } else {
                flush()
                pending = (charset, bytes)
            }
            rest = fields[2][end.upperBound...]
        }
        flush()
        return result + rest
    }

    /// `UTF-8''%EA%B0%80`
    static func decodeExtended(_ text: String) -> String {
        let fields = text.split(separator: "'", maxSplits: 2, omittingEmptySubsequences: false)
        guard fields.count == 3 else { return text }
        let bytes = quotedPrintable(Array(fields[2].utf8)[...], isHeader: false, escape: UInt8(ascii: "%"))
        return CharsetConverter.decode(bytes, as: Charset.named(String(fields[0])) ?? .utf8)
    }

    static func base64(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        var result: [UInt8] = []
        var value: UInt32 = 0
        var bits = 0
        for byte in bytes {
            let digit: UInt8
            switch byte {
            case 0x41...0x5A: digit = byte - 0x41
            case 0x61...0x7A: digit = byte - 0x61 + 26
            case 0x30...0x39: digit = byte - 0x30 + 52
            case UInt8(ascii: "+"), UInt8(ascii: "-"): digit = 62
            case UInt8(ascii: "/"), UInt8(ascii: "_"): digit = 63
            default: continue
            }
            value = value << 6 | UInt32(digit)
            bits += 6
            if bits >= 8 {
                bits -= 8
                result.append(UInt8(truncatingIfNeeded: value >> UInt32(bits)))
            }
        }
        return result
    }

    static func quotedPrintable(_ bytes: ArraySlice<UInt8>, isHeader: Bool, escape: UInt8 = UInt8(ascii: "=")) -> [UInt8] {
        var result: [UInt8] = []
        var rest = bytes
        while let byte = rest.popFirst() {
            if isHeader, byte == UInt8(ascii: "_") {
                result.append(0x20)
            } else if byte == escape {
                if rest.starts(with: [0x0D, 0x0A]) {
                    rest = rest.dropFirst(2)
                } else if rest.first == 0x0A {
                    rest = rest.dropFirst()
                } else if rest.count >= 2, let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) {
                    result.append(value)
                    rest = rest.dropFirst(2)
                } else {
                    result.append(byte)
                }
            } else {
                result.append(byte)
            }
        }
        return result
    }
}
