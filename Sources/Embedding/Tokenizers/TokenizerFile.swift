import Domain

/// Reads `tokenizer.json`. The vocabulary, up to 17 MB of it, is scanned in place; only the rest becomes a JSON tree.
struct TokenizerFile {
    private let bytes: [UInt8]
    private let path: String
    private(set) var settings = JSONObject()
    private(set) var model = JSONObject()
    private var vocabulary: Range<Int>?

    /// - Throws: `AppError(.unavailable)` when it is not a tokenizer's description.
    init(bytes: [UInt8], path: String) throws {
        self.bytes = bytes
        self.path = path
        var top = Scanner(bytes: bytes)
        var modelRange: Range<Int>?
        try failing {
            try top.object { key, range in
                if key == "model" {
                    modelRange = range
                } else {
                    settings[key] = try JSONValue(parsing: bytes[range])
                }
            }
        }
        guard let modelRange else { throw AppError(.unavailable, "\(path) describes no model") }
        var inner = Scanner(bytes: bytes, at: modelRange.lowerBound)
        try failing {
            try inner.object { key, range in
                if key == "vocab" {
                    vocabulary = range
                } else if key != "merges" {
                    model[key] = try JSONValue(parsing: bytes[range])
                }
            }
        }
    }

    /// Pieces in order, with the number beside each: a log probability (`[["a", -1.5], ...]`) or an id (`{"a": 7, ...}`).
    func forEachPiece(_ body: (ArraySlice<UInt8>, Double) throws -> Void) throws {
        guard let vocabulary else { throw AppError(.unavailable, "\(path) has no vocabulary") }
        var scanner = Scanner(bytes: bytes, at: vocabulary.lowerBound)
        try failing { try scanner.pairs(body) }
    }

    private func failing(_ body: () throws -> Void) throws {
        do {
            try body()
        } catch let error as AppError {
            throw error
        } catch {
            throw AppError(.unavailable, "\(path) is not a readable tokenizer: \(error)")
        }
    }

    private struct Malformed: Error, CustomStringConvertible {
        let offset: Int
        var description: String { "unexpected text at byte \(offset)" }
    }

    /// Walks over JSON without building it.
    private struct Scanner {
        let bytes: [UInt8]
        var position: Int

        init(bytes: [UInt8], at position: Int = 0) {
            self.bytes = bytes
            self.position = position
        }

        mutating func space() {
            while position < bytes.count {
                switch bytes[position] {
                case 0x20, 0x0A, 0x0D, 0x09: position += 1
                default: return
                }
            }
        }

        mutating func next(is character: Unicode.Scalar) -> Bool {
            space()
            guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
            position += 1
            return true
        }

        mutating func expect(_ character: Unicode.Scalar) throws {
            guard next(is: character) else { throw Malformed(offset: position) }
        }

        /// The range between the quotes.
        mutating func string() throws -> (range: Range<Int>, escaped: Bool) {
            try expect("\"")
            let start = position
            var escaped = false
            while position < bytes.count, bytes[position] != UInt8(ascii: "\"") {
                if bytes[position] == UInt8(ascii: "\\") {
                    escaped = true
                    position += 1
                }
                position += 1
            }
            guard position < bytes.count else { throw Malformed(offset: start) }
            position += 1
            return (start..<(position - 1), escaped)
        }

        mutating func text() throws -> ArraySlice<UInt8> {
            let (range, escaped) = try string()
            guard escaped else { return bytes[range] }
            guard let text = try JSONValue(parsing: bytes[(range.lowerBound - 1)...range.upperBound]).string else {
                throw Malformed(offset: range.lowerBound)
            }
            return ArraySlice(text.utf8)
        }

        mutating func skip() throws {
            var depth = 0
            repeat {
                space()
                guard position < bytes.count else { throw Malformed(offset: position) }
                switch bytes[position] {
                case UInt8(ascii: "\""): _ = try string()
                case UInt8(ascii: "{"), UInt8(ascii: "["):
                    depth += 1
                    position += 1
                case UInt8(ascii: "}"), UInt8(ascii: "]"):
                    depth -= 1
                    position += 1
                case UInt8(ascii: ","), UInt8(ascii: ":"):
                    guard depth > 0 else { throw Malformed(offset: position) }
                    position += 1
                default: scalar()
                }
            } while depth > 0
        }

        private mutating func scalar() {
            while position < bytes.count {
                switch bytes[position] {
                case UInt8(ascii: ","), UInt8(ascii: "}"), UInt8(ascii: "]"), UInt8(ascii: ":"), 0x20, 0x0A, 0x0D, 0x09: return
                default: position += 1
                }
            }
        }

        mutating func number() throws -> Double {
            space()
            let start = position
            scalar()
            guard let value = Double(String(decoding: bytes[start..<position], as: UTF8.self)) else { throw Malformed(offset: start) }
            return value
        }

        mutating func object(_ member: (String, Range<Int>) throws -> Void) throws {
            try expect("{")
            if next(is: "}") { return }
            repeat {
                let key = String(decoding: try text(), as: UTF8.self)
                try expect(":")
                space()
                let start = position
                try skip()
                try member(key, start..<position)
            } while next(is: ",")
            try expect("}")
        }

        mutating func pairs(_ body: (ArraySlice<UInt8>, Double) throws -> Void) throws {
            if next(is: "{") {
                if next(is: "}") { return }
                repeat {
                    let piece = try text()
                    try expect(":")
                    try body(piece, number())
                } while next(is: ",")
                return try expect("}")
            }
            try expect("[")
            if next(is: "]") { return }
            repeat {
                try expect("[")
                let piece = try text()
                try expect(",")
                try body(piece, number())
                try expect("]")
            } while next(is: ",")
            try expect("]")
        }
    }
}
