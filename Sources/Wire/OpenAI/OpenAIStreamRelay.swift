import Domain

/// Passes an OpenAI stream on byte for byte, comments, CRLF and malformed lines included, and sees to its end: `data: [DONE]` comes
/// exactly once, after an error event when the upstream broke off. Only whole lines leave, so that nothing half is followed by it.
package struct OpenAIStreamRelay: BodyConverter {
    package private(set) var isDone = false
    private var carry: [UInt8] = []
    /// The last bytes that left: whether an event is still open.
    private var tail: [UInt8] = []
    private static let limit = 32 << 20

    package init() {}

    package mutating func push(_ piece: [UInt8]) throws -> [UInt8] {
        guard !isDone, !piece.isEmpty else { return [] }
        guard let lastEnd = piece.lastIndex(of: 0x0A) else {
            carry += piece
            guard carry.count <= Self.limit else { throw AppError(.upstreamFailed, "A line of the upstream's answer is too long.") }
            return []
        }
        var block: [UInt8]
        if carry.isEmpty && lastEnd == piece.count - 1 {
            block = piece
        } else {
            block = carry + piece[...lastEnd]
            carry = Array(piece[(lastEnd + 1)...])
        }
        if let end = Self.doneLine(in: block) {
            isDone = true
            block.removeSubrange(end...)
            remember(block)
            return block + closing() + EventEncoding.done
        }
        remember(block)
        return block
    }

    package mutating func finish(_ failure: (any Error)?) -> [UInt8] {
        isDone = true
        guard failure == nil else {
            return closing() + EventEncoding.failure() + EventEncoding.done
        }
        var rest = carry
        carry = []
        if !rest.isEmpty {
            rest.append(0x0A)
            if let end = Self.doneLine(in: rest) { rest.removeSubrange(end...) }
            remember(rest)
        }
        return rest + closing() + EventEncoding.done
    }

    private mutating func remember(_ block: [UInt8]) {
        guard !block.isEmpty else { return }
        tail = Array((tail + block.suffix(4)).suffix(4))
    }

    /// What ends the event that is open.
    private func closing() -> [UInt8] {
        let lines = tail.filter { $0 != 0x0D }
        return tail.isEmpty || lines.suffix(2) == [0x0A, 0x0A] ? [] : [0x0A]
    }

    /// Where a line `data: [DONE]` begins. `block` ends with a line end.
    private static func doneLine(in block: [UInt8]) -> Int? {
        let mark = Array("[DONE]".utf8)
        var start = 0
        while let close = block[start...].firstIndex(of: UInt8(ascii: "]")) {
            start = close + 1
            guard close >= 10, block[(close - 5)...close].elementsEqual(mark) else { continue }
            var before = close - 6
            while before >= 0, block[before] == 0x20 { before -= 1 }
            guard before >= 4, block[(before - 4)...before].elementsEqual("data:".utf8) else { continue }
            let lineStart = before - 4
            guard lineStart == 0 || block[lineStart - 1] == 0x0A else { continue }
            var after = close + 1
            while after < block.count, block[after] == 0x20 || block[after] == 0x0D { after += 1 }
            if after < block.count, block[after] == 0x0A { return lineStart }
        }
        return nil
    }
}
