/// Tokens that are found in the raw text before anything else happens to it, such as `[SEP]` or `<mask>`.
struct AddedTokens: Sendable {
    struct Token: Sendable {
        var content: [UInt8]
        var id: Int32
        /// White space on this side belongs to the token.
        var stripsLeft = false
        var stripsRight = false
    }

    enum Section: Equatable {
        case text(String)
        case token(Int32)
    }

    private let tokens: [Token]
    private let firstBytes: Set<UInt8>

    init(_ tokens: [Token]) {
        // The longest of those that start at one place wins.
        self.tokens = tokens.filter { !$0.content.isEmpty }.sorted { $0.content.count > $1.content.count }
        firstBytes = Set(self.tokens.map { $0.content[0] })
    }

    var largestID: Int { Int(tokens.map(\.id).max() ?? 0) }

    /// Texts in between are never empty.
    func split(_ text: String) -> [Section] {
        let bytes = Array(text.utf8)
        guard bytes.contains(where: { firstBytes.contains($0) }) else { return text.isEmpty ? [] : [.text(text)] }
        var sections: [Section] = []
        var start = 0
        var position = 0
        func add(_ end: Int) {
            if end > start { sections.append(.text(String(decoding: bytes[start..<end], as: UTF8.self))) }
        }
        while position < bytes.count {
            guard firstBytes.contains(bytes[position]), let token = tokens.first(where: { bytes[position...].starts(with: $0.content) }) else {
                position += 1
                continue
            }
            var end = position
            if token.stripsLeft { end = start + Self.withoutTrailingSpace(bytes[start..<position]) }
            add(end)
            sections.append(.token(token.id))
            position += token.content.count
            if token.stripsRight { position += Self.leadingSpace(bytes[position...]) }
            start = position
        }
        add(bytes.count)
        return sections
    }

    private static func withoutTrailingSpace(_ bytes: ArraySlice<UInt8>) -> Int {
        var scalars = Array(String(decoding: bytes, as: UTF8.self).unicodeScalars)
        while let last = scalars.last, last.properties.isWhitespace { scalars.removeLast() }
        return scalars.reduce(0) { $0 + UTF8.width($1) }
    }

    private static func leadingSpace(_ bytes: ArraySlice<UInt8>) -> Int {
        String(decoding: bytes, as: UTF8.self).unicodeScalars.prefix { $0.properties.isWhitespace }.reduce(0) { $0 + UTF8.width($1) }
    }
}
