/// The token counts of an answer: the last `"usage"` object in its bytes. Nothing is parsed but the two numbers.
struct TokenUsage: Equatable {
    var promptTokens = 0
    var completionTokens = 0

    init?(lastIn bytes: UnsafeRawBufferPointer) {
        // The object stands at the end of an answer. Text that a model wrote cannot contain the unescaped key.
        let start = max(0, bytes.count - 16 * 1024)
        var position = bytes.count - 8
        while position >= start {
            if bytes[position] == UInt8(ascii: "\""), bytes[position + 1] == UInt8(ascii: "u"),
                bytes.slice(position..<(position + 7)).equals("\"usage\""), let object = Self.object(bytes, after: position + 7)
            {
                promptTokens = Self.number("\"prompt_tokens\"", in: object) ?? 0
                completionTokens = Self.number("\"completion_tokens\"", in: object) ?? 0
                return
            }
            position -= 1
        }
        return nil
    }

    /// The bytes from the value's brace on; `nil` when the value is no object (`null` in most chunks of a stream).
    private static func object(_ bytes: UnsafeRawBufferPointer, after position: Int) -> UnsafeRawBufferPointer? {
        var position = position
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x0A, 0x0D, 0x09, UInt8(ascii: ":"): position += 1
            case UInt8(ascii: "{"): return bytes.slice(position..<min(bytes.count, position + 2048))
            default: return nil
            }
        }
        return nil
    }

    private static func number(_ key: StaticString, in bytes: UnsafeRawBufferPointer) -> Int? {
        let length = key.utf8CodeUnitCount
        var position = 0
        while position + length < bytes.count {
            guard bytes[position] == UInt8(ascii: "\""), bytes.slice(position..<(position + length)).equals(key) else {
                position += 1
                continue
            }
            position += length
            while position < bytes.count, bytes[position] == 0x20 || bytes[position] == UInt8(ascii: ":") { position += 1 }
            let start = position
            while position < bytes.count, bytes[position] &- 0x30 <= 9 { position += 1 }
            return bytes.decimal(start..<position)
        }
        return nil
    }
}
