import Domain

/// One kind of file: how it is recognised and who reads it.
struct ExtractorKind: Sendable {
    /// As people call it: `PDF`, `Word`.
    let name: String
    /// Lower case, without the dot.
    let extensions: Set<String>
    let mediaTypes: Set<String>
    /// Whether it is read in a child process: everything that is more than text.
    let isIsolated: Bool
    let makeReader: @Sendable (ExtractionLimits) -> any FormatReader

    init(
        _ name: String, extensions: Set<String>, mediaTypes: Set<String>, isIsolated: Bool = true,
        reader: @escaping @Sendable (ExtractionLimits) -> any FormatReader
    ) {
        self.name = name
        self.extensions = extensions
        self.mediaTypes = mediaTypes
        self.isIsolated = isIsolated
        makeReader = reader
    }

    /// Whether its files are ZIP or OLE containers, and never text.
    var isContainer: Bool { !extensions.isDisjoint(with: ["docx", "xlsx", "pptx", "odt", "epub", "hwpx", "hwp"]) }
}

/// Reads one format. Throws as `TextExtractor` does.
protocol FormatReader: Sendable {
    func read(_ request: ExtractionRequest, into receive: @Sendable (ExtractionEvent) async throws -> Void) async throws
}
