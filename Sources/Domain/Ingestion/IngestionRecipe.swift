/// Everything that decides what passages a text is cut into.
package struct IngestionRecipe: Sendable, Hashable {
    /// `nil`: only the text is kept, nothing is cut or embedded.
    package var chunking: ChunkingOptions?

    package init(chunking: ChunkingOptions?) { self.chunking = chunking }

    /// What the settings say now.
    package init(_ settings: Settings) {
        guard !settings[.bypassRetrieval] else {
            chunking = nil
            return
        }
        chunking = ChunkingOptions(
            unit: settings[.textSplitter] == "token" ? .tokens : .characters, size: settings[.chunkSize], overlap: settings[.chunkOverlap],
            minimum: settings[.chunkMinimum], markdownHeadings: settings[.markdownHeaderSplitter])
    }

    /// Version of the cutting itself: raise it when the same options begin to give other passages.
    private static let version = 1

    /// The recipe's part of a document's key.
    package var key: String {
        guard let chunking else { return "text" }
        let unit = chunking.unit == .tokens ? "t" : "c"
        return "v\(Self.version)\(unit)\(chunking.size).\(chunking.overlap).\(chunking.minimum).\(chunking.markdownHeadings ? 1 : 0)"
    }

    /// The key of the document with this text and outline.
    package func key(contentHash: String, outlineHash: String) -> String { "\(contentHash):\(outlineHash.prefix(16)):\(key)" }

    /// Whether a document was cut this way.
    package func made(_ document: Document) -> Bool { document.key.hasSuffix(":" + key) }
}
