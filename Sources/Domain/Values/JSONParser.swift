/// Why a text is not JSON: what was wrong and at which byte.
package struct JSONSyntaxError: Error, Sendable, Equatable {
    package let message: String
    package let offset: Int
}

extension JSONValue {
    /// Parses one JSON document (RFC 8259).
    ///
    /// - Parameters:
    ///   - bytes: UTF-8; a byte order mark is not accepted. Bytes that are not UTF-8 inside a string are an error.
    ///   - maximumDepth: how deep arrays and objects may nest.
    /// - Throws: `JSONSyntaxError`. A lone surrogate escape (`\ud800`) becomes U+FFFD instead of an error.
    package init(parsing bytes: some Sequence<UInt8>, maximumDepth: Int = 256) throws(JSONSyntaxError) {
        let result: Result<JSONValue, JSONSyntaxError>? = bytes.withContiguousStorageIfAvailable { buffer in
            var parser = JSONParser(buffer, maximumDepth: maximumDepth)
            return parser.document()
        }
        if let result {
            self = try result.get()
            return
        }
        let copy = ContiguousArray(bytes)
        let copied = copy.withUnsafeBufferPointer { buffer in
            var parser = JSONParser(buffer, maximumDepth: maximumDepth)
            return parser.document()
        }
        self = try copied.get()
    }

    package init(parsing text: String, maximumDepth: Int = 256) throws(JSONSyntaxError) {
        try self.init(parsing: Array(text.utf8), maximumDepth: maximumDepth)
    }
}

/// A recursive descent over a byte buffer. The buffer is only read, and outlives the parser (see `init(parsing:)`).
private struct JSONParser {
    let bytes: UnsafeBufferPointer<UInt8>
    var position = 0
    var depth = 0
    let maximumDepth: Int

    init(_ bytes: UnsafeBufferPointer<UInt8>, maximumDepth: Int) {
        self.bytes = bytes
        self.maximumDepth = maximumDepth
    }

    mutating func document() -> Result<JSONValue, JSONSyntaxError> {
        do throws(JSONSyntaxError) {
            let value = try value()
            skipSpace()
            guard position == bytes.count else { throw failure("Extra data") }
            return .success(value)
        } catch {
            return .failure(error)
        }
    }

    func failure(_ message: String) -> JSONSyntaxError { JSONSyntaxError(message: message, offset: position) }

    mutating func skipSpace() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x0A, 0x0D, 0x09: position += 1
            default: return
            }
        }
    }

    mutating func value() throws(JSONSyntaxError) -> JSONValue {
        skipSpace()
        guard position < bytes.count else { throw failure("Expecting value") }
        switch bytes[position] {
        case UInt8(ascii: "{"): return try object()
        case UInt8(ascii: "["): return try array()
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try literal("true", .bool(true))
        case UInt8(ascii: "f"): return try literal("false", .bool(false))
        case UInt8(ascii: "n"): return try literal("null", .null)
        default: return .number(try number())
        }
    }

    mutating func literal(_ word: StaticString, _ value: JSONValue) throws(JSONSyntaxError) -> JSONValue {
        let count = word.utf8CodeUnitCount
        guard position + count <= bytes.count else { throw failure("Expecting value") }
        for offset in 0..<count where bytes[position + offset] != word.utf8Start[offset] {
            throw failure("Expecting value")
        }
        position += count
        return value
    }

    mutating func object() throws(JSONSyntaxError) -> JSONValue {
        try enter()
        defer { depth -= 1 }
        var object = JSONObject()
        skipSpace()
        if take(UInt8(ascii: "}")) { return .object(object) }
        while true {
            skipSpace()
            guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else {
                throw failure("Expecting property name enclosed in double quotes")
            }
            let key = try string()
            skipSpace()
            guard take(UInt8(ascii: ":")) else { throw failure("Expecting ':' delimiter") }
            object[key] = try value()
            skipSpace()
            if take(UInt8(ascii: ",")) { continue }
            if take(UInt8(ascii: "}")) { return .object(object) }
            throw failure("Expecting ',' delimiter")
        }
    }

    mutating func array() throws(JSONSyntaxError) -> JSONValue {
        try enter()
        defer { depth -= 1 }
        var array: [JSONValue] = []
        skipSpace()
        if take(UInt8(ascii: "]")) { return .array(array) }
        while true {
            array.append(try value())
            skipSpace()
            if take(UInt8(ascii: ",")) { continue }
            if take(UInt8(ascii: "]")) { return .array(array) }
            throw failure("Expecting ',' delimiter")
        }
    }

    mutating func enter() throws(JSONSyntaxError) {
        position += 1
        depth += 1
        guard depth <= maximumDepth else { throw failure("Nested too deeply") }
    }

    mutating func take(_ byte: UInt8) -> Bool {
        guard position < bytes.count, bytes[position] == byte else { return false }
        position += 1
        return true
    }

    mutating func number() throws(JSONSyntaxError) -> JSONNumber {
        let start = position
        _ = take(UInt8(ascii: "-"))
        if take(UInt8(ascii: "0")) {
        } else {
            guard digits() > 0 else {
                position = start
                throw failure("Expecting value")
            }
        }
        if take(UInt8(ascii: ".")) {
            guard digits() > 0 else { throw failure("Expecting digits after the decimal point") }
        }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            _ = take(UInt8(ascii: "+")) || take(UInt8(ascii: "-"))
            guard digits() > 0 else { throw failure("Expecting digits in the exponent") }
        }
        return JSONNumber(validated: String(decoding: bytes[start..<position], as: UTF8.self))
    }

    mutating func digits() -> Int {
        let start = position
        while position < bytes.count, bytes[position] >= 0x30, bytes[position] <= 0x39 { position += 1 }
        return position - start
    }

    mutating func string() throws(JSONSyntaxError) -> String {
        position += 1
        let start = position
        // The common case has no escape: one scan, one copy.
        while position < bytes.count {
            let byte = bytes[position]
            if byte == UInt8(ascii: "\"") {
                let text = try utf8(start, position)
                position += 1
                return text
            }
            if byte == UInt8(ascii: "\\") { return try escapedString(from: start) }
            guard byte >= 0x20 else { throw failure("Invalid control character") }
            position += 1
        }
        throw failure("Unterminated string")
    }

    func utf8(_ start: Int, _ end: Int) throws(JSONSyntaxError) -> String {
        guard let text = String(validating: bytes[start..<end], as: UTF8.self) else {
            throw JSONSyntaxError(message: "Invalid UTF-8", offset: start)
        }
        return text
    }

    mutating func escapedString(from start: Int) throws(JSONSyntaxError) -> String {
        var text = try utf8(start, position)
        var runStart = position
        while position < bytes.count {
            let byte = bytes[position]
            if byte == UInt8(ascii: "\"") {
                text += try utf8(runStart, position)
                position += 1
                return text
            }
            guard byte >= 0x20 else { throw failure("Invalid control character") }
            if byte == UInt8(ascii: "\\") {
                text += try utf8(runStart, position)
                position += 1
                text.unicodeScalars.append(try escape())
                runStart = position
            } else {
                position += 1
            }
        }
        throw failure("Unterminated string")
    }

    mutating func escape() throws(JSONSyntaxError) -> Unicode.Scalar {
        guard position < bytes.count else { throw failure("Unterminated string") }
        let byte = bytes[position]
        position += 1
        switch byte {
        case UInt8(ascii: "\""): return "\""
        case UInt8(ascii: "\\"): return "\\"
        case UInt8(ascii: "/"): return "/"
        case UInt8(ascii: "b"): return "\u{08}"
        case UInt8(ascii: "f"): return "\u{0C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): return try unicodeEscape()
        default: throw failure("Invalid \\escape")
        }
    }

    mutating func unicodeEscape() throws(JSONSyntaxError) -> Unicode.Scalar {
        let unit = try hex4()
        if unit & 0xFC00 == 0xD800, position + 6 <= bytes.count, bytes[position] == UInt8(ascii: "\\"), bytes[position + 1] == UInt8(ascii: "u") {
            let mark = position
            position += 2
            let low = try hex4()
            if low & 0xFC00 == 0xDC00 {
                return Unicode.Scalar(0x10000 + ((unit & 0x3FF) << 10) + (low & 0x3FF)) ?? "\u{FFFD}"
            }
            position = mark
        }
        return Unicode.Scalar(unit) ?? "\u{FFFD}"
    }

    mutating func hex4() throws(JSONSyntaxError) -> UInt32 {
        guard position + 4 <= bytes.count else { throw failure("Invalid \\uXXXX escape") }
        var unit: UInt32 = 0
        for _ in 0..<4 {
            guard let digit = Character(Unicode.Scalar(bytes[position])).hexDigitValue else { throw failure("Invalid \\uXXXX escape") }
            unit = unit << 4 | UInt32(digit)
            position += 1
        }
        return unit
    }
}
