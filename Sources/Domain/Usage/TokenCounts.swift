#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// What one call of a model cost in tokens.
package struct TokenCounts: Sendable, Hashable {
    package var input: Int
    package var output: Int
    /// Of the input: read from the upstream's cache.
    package var cached: Int
    /// Of the output: thinking.
    package var reasoning: Int

    package init(input: Int = 0, output: Int = 0, cached: Int = 0, reasoning: Int = 0) {
        self.input = input
        self.output = output
        self.cached = cached
        self.reasoning = reasoning
    }

    package var total: Int { input + output }

    /// The larger number of each kind: some upstreams report the input at the start of a stream and the output at its end.
    package func merging(_ other: TokenCounts) -> TokenCounts {
        TokenCounts(
            input: max(input, other.input), output: max(output, other.output), cached: max(cached, other.cached),
            reasoning: max(reasoning, other.reasoning))
    }
}

// MARK: - In the bytes of an answer

/// Nothing is parsed but a few numbers. Text that a model wrote cannot be mistaken for them: its quotes are escaped.
extension TokenCounts {
    /// The last `"usage"` object of OpenAI's and Anthropic's forms (`prompt_tokens`, `input_tokens`, ...), else Ollama's
    /// `prompt_eval_count` and `eval_count`. They stand at the end of an answer; only the last 16 KiB are looked at.
    package init?(lastIn bytes: UnsafeRawBufferPointer) {
        let start = max(0, bytes.count - 16 * 1024)
        var position = bytes.count - 8
        while position >= start {
            if bytes[position] == UInt8(ascii: "\""), bytes[position + 1] == UInt8(ascii: "u"), Self.matches("\"usage\"", bytes, position),
                let object = Self.object(bytes, after: position + 7)
            {
                self.init(usage: object)
                return
            }
            position -= 1
        }
        self.init(evalCountsIn: UnsafeRawBufferPointer(rebasing: bytes[max(0, bytes.count - 2048)...]))
    }

    /// The same at the beginning of an answer, where Anthropic's streams say what the input cost.
    package init?(firstIn bytes: UnsafeRawBufferPointer) {
        self.init(lastIn: UnsafeRawBufferPointer(rebasing: bytes[..<min(bytes.count, 4096)]))
    }

    private init(usage: UnsafeRawBufferPointer) {
        self.init(
            input: Self.number("\"prompt_tokens\"", in: usage) ?? Self.number("\"input_tokens\"", in: usage) ?? 0,
            output: Self.number("\"completion_tokens\"", in: usage) ?? Self.number("\"output_tokens\"", in: usage) ?? 0,
            cached: Self.number("\"cached_tokens\"", in: usage) ?? Self.number("\"cache_read_input_tokens\"", in: usage) ?? 0,
            reasoning: Self.number("\"reasoning_tokens\"", in: usage) ?? 0)
    }

    private init?(evalCountsIn bytes: UnsafeRawBufferPointer) {
        let input = Self.number("\"prompt_eval_count\"", in: bytes)
        let output = Self.number("\"eval_count\"", in: bytes)
        guard input != nil || output != nil else { return nil }
        self.init(input: input ?? 0, output: output ?? 0)
    }

    private static func matches(_ text: StaticString, _ bytes: UnsafeRawBufferPointer, _ position: Int) -> Bool {
        let count = text.utf8CodeUnitCount
        return position + count <= bytes.count && memcmp(bytes.baseAddress! + position, text.utf8Start, count) == 0
    }

    /// The value's bytes up to its closing brace; `nil` when it is no object (`null` in most chunks of a stream).
    private static func object(_ bytes: UnsafeRawBufferPointer, after position: Int) -> UnsafeRawBufferPointer? {
        var start = position
        while start < bytes.count, bytes[start] == 0x20 || bytes[start] == UInt8(ascii: ":") || (0x09...0x0D).contains(bytes[start]) { start += 1 }
        guard start < bytes.count, bytes[start] == UInt8(ascii: "{") else { return nil }
        var depth = 0
        var end = start
        while end < min(bytes.count, start + 2048) {
            if bytes[end] == UInt8(ascii: "{") { depth += 1 }
            if bytes[end] == UInt8(ascii: "}") { depth -= 1 }
            end += 1
            if depth == 0 { break }
        }
        return UnsafeRawBufferPointer(rebasing: bytes[start..<end])
    }

    /// The whole number behind a key; the last one when there are several.
    private static func number(_ key: StaticString, in bytes: UnsafeRawBufferPointer) -> Int? {
        let length = key.utf8CodeUnitCount
        var position = bytes.count - length - 1
        while position >= 0 {
            guard bytes[position] == UInt8(ascii: "\""), matches(key, bytes, position) else {
                position -= 1
                continue
            }
            var digit = position + length
            while digit < bytes.count, bytes[digit] == 0x20 || bytes[digit] == UInt8(ascii: ":") { digit += 1 }
            let first = digit
            var value = 0
            while digit < bytes.count, bytes[digit] &- 0x30 <= 9, digit - first < 15 {
                value = value * 10 + Int(bytes[digit] &- 0x30)
                digit += 1
            }
            if digit > first { return value }
            position -= 1
        }
        return nil
    }
}

// MARK: - Where nothing is reported

/// Guesses for upstreams that do not say what a call cost: OpenAI's streams, unless the client asked for `include_usage`.
package enum TokenEstimate {
    /// A token for four bytes of text.
    package static func tokens(bytes: Int) -> Int { (max(0, bytes) + 3) / 4 }

    /// An answer in one piece: its text without what frames it.
    package static func tokens(answerBytes: Int) -> Int { tokens(bytes: max(4, answerBytes - 250)) }

    /// Streams come a token an event; the first names the role, the last the reason for the end.
    package static func tokens(events: Int) -> Int { max(events > 0 ? 1 : 0, events - 2) }
}
