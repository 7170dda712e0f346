import CKernels
import Domain

/// One pass over a request body: checks that it is JSON exactly as `JSONValue(parsing:)` does, and notes what stands at the top.
///
/// The buffer is only read and outlives the scanner, which lives inside `ChatBodyScan.init`.
struct ChatBodyScanner {
    private let bytes: UnsafeRawBufferPointer
    private var position = 0
    private var depth = 0
    private var inlineDataBytes = 0
    private static let maximumDepth = 256

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    /// - Returns: whether the bytes are one regular JSON object (see `ChatBodyScan.init`).
    mutating func scan(into result: inout ChatBodyScan) -> Bool {
        skipSpace()
        guard take(UInt8(ascii: "{")) else { return false }
        depth = 1
        skipSpace()
        if !take(UInt8(ascii: "}")) {
            guard members(into: &result) else { return false }
        }
        skipSpace()
        result.inlineDataBytes = inlineDataBytes
        return position == bytes.count
    }

    private mutating func members(into result: inout ChatBodyScan) -> Bool {
        var hasStream = false
        var isFirstKept = true
        /// Start of a run of own members at the very beginning, which takes the comma behind it along.
        var leadingCut: Int?
        var comma = position
        while true {
            skipSpace()
            let start = position
            guard let key = plainKey() else { return false }
            let own = Self.ownField(key)
            if own == nil, let cut = leadingCut {
                result.cuts.append(cut..<start)
                leadingCut = nil
            }
            skipSpace()
            guard take(UInt8(ascii: ":")) else { return false }
            skipSpace()
            let valueStart = position
            guard position < bytes.count else { return false }
            if own == nil, Self.equals(key, "messages") {
                guard messages(into: &result) else { return false }
            } else {
                guard value() else { return false }
            }
            let value = valueStart..<position
            if let own {
                note(own, value, into: &result)
                if isFirstKept { leadingCut = leadingCut ?? start } else { result.cuts.append(comma..<value.upperBound) }
            } else {
                isFirstKept = false
                if Self.isOtherSpelling(key, of: "model") { return false }
                if Self.equals(key, "model") {
                    guard result.modelValue == nil else { return false }
                    result.modelValue = value
                    result.model = text(value)
                } else if Self.equals(key, "stream_options") {
                    result.isResumable = result.isResumable || mentions("\"resumable\"", value)
                } else if Self.equals(key, "stream") {
                    guard !hasStream else { return false }
                    hasStream = true
                    switch bytes[value.lowerBound] {
                    case UInt8(ascii: "t"): result.stream = true
                    case UInt8(ascii: "f"), UInt8(ascii: "n"): break
                    default: return false
                    }
                }
            }
            skipSpace()
            comma = position
            if take(UInt8(ascii: ",")) { continue }
            guard take(UInt8(ascii: "}")) else { return false }
            if let cut = leadingCut { result.cuts.append(cut..<value.upperBound) }
            return true
        }
    }

    // MARK: What is at the top

    private func note(_ field: ChatOwnFields, _ value: Range<Int>, into result: inout ChatBodyScan) {
        result.ownFields.insert(field)
        let first = bytes[value.lowerBound]
        let isEffective: Bool
        switch field {
        case .chatID:
            // A chat that lives in the client only is called `local:...`.
            let text = text(value) ?? ""
            isEffective = !text.isEmpty && !text.hasPrefix("local:")
        case .parentID: isEffective = true  // `null` means "make a chat"
        case .files, .toolIDs, .filterIDs, .skillIDs: isEffective = first == UInt8(ascii: "[") && !isEmptyContainer(value)
        case .params, .variables: isEffective = first == UInt8(ascii: "{") && !isEmptyContainer(value)
        // Of the features, memories alone change what the model reads.
        case .features: isEffective = first == UInt8(ascii: "{") && mentions("\"memory\"", value)
        case .save: isEffective = first == UInt8(ascii: "t")
        default: isEffective = false
        }
        if isEffective { result.effective.insert(field) }
    }

    private func mentions(_ name: StaticString, _ value: Range<Int>) -> Bool {
        let length = name.utf8CodeUnitCount
        guard value.count > length else { return false }
        return (value.lowerBound...(value.upperBound - length)).contains {
            bytes[$0] == UInt8(ascii: "\"") && Self.equals(UnsafeRawBufferPointer(rebasing: bytes[$0..<($0 + length)]), name)
        }
    }

    private func isEmptyContainer(_ value: Range<Int>) -> Bool {
        for index in (value.lowerBound + 1)..<(value.upperBound - 1) where !Self.isSpace(bytes[index]) { return false }
        return true
    }

    /// The text of a string value; `nil` for other values.
    private func text(_ value: Range<Int>) -> String? {
        guard bytes[value.lowerBound] == UInt8(ascii: "\"") else { return nil }
        let inner = UnsafeRawBufferPointer(rebasing: bytes[(value.lowerBound + 1)..<(value.upperBound - 1)])
        guard inner.contains(UInt8(ascii: "\\")) else { return String(decoding: inner, as: UTF8.self) }
        return (try? JSONValue(parsing: UnsafeRawBufferPointer(rebasing: bytes[value])))?.string
    }

    private static func ownField(_ key: UnsafeRawBufferPointer) -> ChatOwnFields? {
        let table = ChatOwnFields.byLength
        guard key.count < table.count else { return nil }
        for (name, field) in table[key.count] where key.elementsEqual(name) { return field }
        return nil
    }

    private static func equals(_ key: UnsafeRawBufferPointer, _ name: StaticString) -> Bool {
        guard key.count == name.utf8CodeUnitCount else { return false }
        for index in 0..<key.count where key[index] != name.utf8Start[index] { return false }
        return true
    }

    /// Whether upper and lower case alone tell the key from `name`, which is in lower case.
    private static func isOtherSpelling(_ key: UnsafeRawBufferPointer, of name: StaticString) -> Bool {
        guard key.count == name.utf8CodeUnitCount else { return false }
        var differs = false
        for index in 0..<key.count where key[index] != name.utf8Start[index] {
            guard key[index] | 0x20 == name.utf8Start[index] else { return false }
            differs = true
        }
        return differs
    }

    /// A key without escapes.
    private mutating func plainKey() -> UnsafeRawBufferPointer? {
        guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else { return nil }
        let start = position + 1
        guard string() else { return nil }
        let key = UnsafeRawBufferPointer(rebasing: bytes[start..<(position - 1)])
        return key.contains(UInt8(ascii: "\\")) ? nil : key
    }

    private mutating func messages(into result: inout ChatBodyScan) -> Bool {
        guard bytes[position] == UInt8(ascii: "[") else {
            result.hasMalformedMessages = bytes[position] != UInt8(ascii: "n")
            return value()
        }
        return container(close: UInt8(ascii: "]")) { scanner in
            if scanner.position < scanner.bytes.count, scanner.bytes[scanner.position] != UInt8(ascii: "{") {
                result.hasMalformedMessages = true
            }
            return scanner.value()
        }
    }

    // MARK: JSON

    private mutating func value() -> Bool {
        guard position < bytes.count else { return false }
        switch bytes[position] {
        case UInt8(ascii: "\""): return string()
        case UInt8(ascii: "{"): return container(close: UInt8(ascii: "}")) { $0.member() }
        case UInt8(ascii: "["): return container(close: UInt8(ascii: "]")) { $0.value() }
        case UInt8(ascii: "t"): return literal("true")
        case UInt8(ascii: "f"): return literal("false")
        case UInt8(ascii: "n"): return literal("null")
        default: return number()
        }
    }

    private mutating func member() -> Bool {
        guard position < bytes.count, bytes[position] == UInt8(ascii: "\""), string() else { return false }
        skipSpace()
        guard take(UInt8(ascii: ":")) else { return false }
        skipSpace()
        return value()
    }

    private mutating func container(close: UInt8, element: (inout ChatBodyScanner) -> Bool) -> Bool {
        position += 1
        depth += 1
        guard depth <= Self.maximumDepth else { return false }
        defer { depth -= 1 }
        skipSpace()
        if take(close) { return true }
        while true {
            skipSpace()
            guard element(&self) else { return false }
            skipSpace()
            if take(UInt8(ascii: ",")) { continue }
            return take(close)
        }
    }

    private mutating func literal(_ word: StaticString) -> Bool {
        let count = word.utf8CodeUnitCount
        guard position + count <= bytes.count else { return false }
        for offset in 0..<count where bytes[position + offset] != word.utf8Start[offset] { return false }
        position += count
        return true
    }

    private mutating func number() -> Bool {
        _ = take(UInt8(ascii: "-"))
        if !take(UInt8(ascii: "0")) {
            guard digits() > 0 else { return false }
        }
        if take(UInt8(ascii: ".")) {
            guard digits() > 0 else { return false }
        }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
            guard digits() > 0 else { return false }
        }
        return true
    }

    private mutating func digits() -> Int {
        let start = position
        while position < bytes.count, bytes[position] &- 0x30 <= 9 { position += 1 }
        return position - start
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 }

    private mutating func skipSpace() {
        while position < bytes.count, Self.isSpace(bytes[position]) { position += 1 }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard position < bytes.count, bytes[position] == byte else { return false }
        position += 1
        return true
    }

    /// A string, from quote to quote.
    private mutating func string() -> Bool {
        position += 1
        let start = position
        guard let base = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return false }
        while true {
            let end = haneul_plain_text_end(base, bytes.count, position)
            // Text that is no UTF-8 "ends" behind the last byte.
            guard end < bytes.count else { return false }
            position = Int(end)
            switch bytes[position] {
            case UInt8(ascii: "\""):
                // Only long ones: an image, not a word.
                if position - start > 512, bytes[start] == UInt8(ascii: "d"), bytes[start + 4] == UInt8(ascii: ":") {
                    inlineDataBytes += position - start
                }
                position += 1
                return true
            case UInt8(ascii: "\\"):
                guard escape() else { return false }
            default: return false
            }
        }
    }

    private mutating func escape() -> Bool {
        guard position + 1 < bytes.count else { return false }
        switch bytes[position + 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"), UInt8(ascii: "n"),
            UInt8(ascii: "r"), UInt8(ascii: "t"):
            position += 2
            return true
        case UInt8(ascii: "u"):
            guard position + 6 <= bytes.count else { return false }
            for offset in 2..<6 {
                switch bytes[position + offset] {
                case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"), UInt8(ascii: "A")...UInt8(ascii: "F"): continue
                default: return false
                }
            }
            position += 6
            return true
        default: return false
        }
    }
}
