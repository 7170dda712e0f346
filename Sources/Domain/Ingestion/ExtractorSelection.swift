/// The extractor that the settings name, asked anew for every file. What is plain text never leaves the server.
package struct ExtractorSelection: TextExtractor {
    private let builtIn: any TextExtractor
    private let isPlain: @Sendable (ExtractionRequest) -> Bool
    private let external: @Sendable (String) throws -> any TextExtractor
    private let settings: Settings

    /// - Parameters:
    ///   - isPlain: whether a file is text that needs no engine.
    ///   - external: the engine of that name; composition decides how.
    package init(
        builtIn: any TextExtractor, isPlain: @escaping @Sendable (ExtractionRequest) -> Bool,
        external: @escaping @Sendable (String) throws -> any TextExtractor, settings: Settings
    ) {
        self.builtIn = builtIn
        self.isPlain = isPlain
        self.external = external
        self.settings = settings
    }

    package func extract(_ request: ExtractionRequest) async throws -> ExtractedDocument { try await chosen(request).extract(request) }

    package func read(_ request: ExtractionRequest, into receive: @Sendable (ExtractionEvent) async throws -> Void) async throws {
        try await chosen(request).read(request, into: receive)
    }

    private func chosen(_ request: ExtractionRequest) throws -> any TextExtractor {
        let engine = settings[.contentExtractionEngine]
        return engine.isEmpty || isPlain(request) ? builtIn : try external(engine)
    }
}
