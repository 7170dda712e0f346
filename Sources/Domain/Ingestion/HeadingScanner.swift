/// Finds Markdown headings (`# ` to `###### `) line by line, not those inside of fenced code.
struct HeadingScanner {
    enum Line: Equatable {
        case heading(level: Int, title: String)
        case other
    }

    /// How much of a line has to be seen to know what it is; longer titles are cut.
    static let lookahead = 1024
    private static let longestTitle = 200

    private var fence: (mark: UInt8, length: Int)?

    /// - Parameter line: the line, or its first `lookahead` bytes, without the line end.
    mutating func classify(_ line: some RandomAccessCollection<UInt8>) -> Line {
        let content = line.drop { $0 == 0x20 }
        let indent = line.count - content.count
        guard indent <= 3, let first = content.first else { return .other }
        if first == UInt8(ascii: "`") || first == UInt8(ascii: "~") {
            toggleFence(content, mark: first)
            return .other
        }
        guard fence == nil, first == UInt8(ascii: "#") else { return .other }
        let level = content.prefix { $0 == UInt8(ascii: "#") }.count
        let rest = content.dropFirst(level)
        guard level <= 6, let next = rest.first, next == 0x20 || next == 0x09 else { return .other }
        var title = String(decoding: rest, as: UTF8.self)[...]
        while title.last?.isWhitespace == true { title.removeLast() }
        // `## Title ##` closes with the same signs.
        let closed = title.reversed().drop { $0 == "#" }
        if closed.count < title.count, closed.first?.isWhitespace == true { title = title.prefix(closed.count) }
        while title.last?.isWhitespace == true { title.removeLast() }
        title = title.drop { $0.isWhitespace }
        guard !title.isEmpty else { return .other }
        return .heading(level: level, title: String(title.prefix(Self.longestTitle)))
    }

    private mutating func toggleFence(_ content: some RandomAccessCollection<UInt8>, mark: UInt8) {
        let length = content.prefix { $0 == mark }.count
        guard length >= 3 else { return }
        let rest = content.dropFirst(length)
        if let open = fence {
            if mark == open.mark, length >= open.length, rest.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) { fence = nil }
        } else if mark != UInt8(ascii: "`") || !rest.contains(mark) {
            fence = (mark, length)
        }
    }
}
