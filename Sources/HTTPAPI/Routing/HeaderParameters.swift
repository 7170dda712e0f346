import Domain

/// A header value with parameters: `form-data; name="file"; filename="a \"b\".txt"`.
///
/// In quoted values only `\"` is an escape: browsers and Python's clients send file names with backslashes as they are.
package struct HeaderParameters {
    package let value: String
    private var parameters: [String: String] = [:]

    package init(_ text: String) {
        var fields: [String] = []
        var current = ""
        var isQuoted = false
        var previous: Character?
        for character in text {
            if character == "\"", previous != "\\" || !isQuoted { isQuoted.toggle() }
            if character == ";", !isQuoted {
                fields.append(current)
                current = ""
            } else {
                current.append(character)
            }
            previous = character
        }
        fields.append(current)
        value = fields[0].trimmed
        for field in fields.dropFirst() {
            guard let equals = field.firstIndex(of: "=") else { continue }
            let name = String(field[..<equals]).trimmed.lowercased()
            if parameters[name] == nil { parameters[name] = Self.unquoted(String(field[field.index(after: equals)...]).trimmed) }
        }
    }

    /// - Parameter name: in lower case.
    package subscript(name: String) -> String? { parameters[name] }

    private static func unquoted(_ text: String) -> String {
        guard text.count >= 2, text.first == "\"", text.last == "\"" else { return text }
        return String(text.dropFirst().dropLast()).replacing("\\\"", with: "\"")
    }

    /// `UTF-8''%EB%B3%B4.txt` (RFC 5987); `nil` for other charsets and bytes that are not UTF-8.
    package static func extendedValue(_ text: String) -> String? {
        let fields = text.split(separator: "'", maxSplits: 2, omittingEmptySubsequences: false)
        guard fields.count == 3, fields[0].lowercased() == "utf-8" else { return nil }
        return fields[2].strictlyPercentDecoded
    }

    /// For `filename*=`: everything but RFC 5987's attr-char as `%XX` in UTF-8.
    package static func percentEncoded(_ text: String) -> String {
        let hex = Array("0123456789ABCDEF")
        var encoded = ""
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "~"):
                encoded.unicodeScalars.append(Unicode.Scalar(byte))
            default: encoded += "%\(hex[Int(byte >> 4)])\(hex[Int(byte & 15)])"
            }
        }
        return encoded
    }
}
