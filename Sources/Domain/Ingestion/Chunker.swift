/// Cuts documents into passages: at headings first, then by size (see `RecursiveSplitter`).
package struct Chunker: Sendable {
    package let options: ChunkingOptions
    /// Counts tokens for `ChunkingOptions.Unit.tokens`; the count of a text must be close to the sum over its words.
    package let tokenCount: @Sendable (String) -> Int

    package init(options: ChunkingOptions = ChunkingOptions(), tokenCount: @escaping @Sendable (String) -> Int = Chunker.estimatedTokens) {
        self.options = options
        self.tokenCount = tokenCount
    }

    /// All passages of a document in memory.
    /// - Parameter title: what the document is called; goes in front of `indexText`.
    package func chunks(of document: ExtractedDocument, title: String) throws -> [ChunkDraft] {
        var stream = try stream(title: title)
        var drafts: [ChunkDraft] = []
        for event in document.events { drafts += stream.receive(event) }
        return drafts + stream.finish()
    }

    /// A chunker for a document that is still being read. Throws `badRequest` when the options make no sense.
    package func stream(title: String) throws -> StreamingChunker {
        try options.validate()
        return StreamingChunker(options: options, title: title, measure: options.unit == .tokens ? tokenCount : nil)
    }
}

extension Chunker {
    /// What a common sub-word vocabulary makes of a text, roughly: a token for four letters of a Latin word, for each
    /// character of other scripts, and for each sign.
    @Sendable
    package static func estimatedTokens(_ text: String) -> Int {
        var tokens = 0
        var letters = 0
        for scalar in text.unicodeScalars {
            if scalar.isASCII ? scalar.properties.isAlphabetic || scalar.properties.numericType != nil : scalar.value < 0x250 {
                letters += 1
                if letters % 4 == 1 { tokens += 1 }
            } else {
                letters = 0
                if !scalar.properties.isWhitespace { tokens += 1 }
            }
        }
        return tokens
    }
}
