import Domain

/// Cuts a byte stream into lines, wherever the pieces happen to be split. Lines end with LF or CRLF; the ends are left out.
package struct LineSplitter: Sendable {
    private var carry: [UInt8] = []
    private let limit: Int

    /// - Parameter limit: bytes of the longest line.
    package init(limit: Int = 32 << 20) { self.limit = limit }

    /// - Returns: the lines that are complete now.
    /// - Throws: `AppError(.upstreamFailed)` when a line grows beyond the limit.
    package mutating func push(_ piece: [UInt8]) throws -> [[UInt8]] {
        var lines: [[UInt8]] = []
        var start = 0
        while let end = piece[start...].firstIndex(of: 0x0A) {
            var line: [UInt8]
            if carry.isEmpty {
                line = Array(piece[start..<end])
            } else {
                line = carry
                line.append(contentsOf: piece[start..<end])
                carry = []
            }
            if line.last == 0x0D { line.removeLast() }
            lines.append(line)
            start = end + 1
        }
        carry.append(contentsOf: piece[start...])
        guard carry.count <= limit else { throw AppError(.upstreamFailed, "A line of the upstream's answer is too long.") }
        return lines
    }

    /// What came after the last line end; `nil` when nothing did.
    package mutating func finish() -> [UInt8]? {
        defer { carry = [] }
        return carry.isEmpty ? nil : carry
    }
}
