package import Domain

/// Reads every supported kind of file in this process. Hostile files belong into `ChildProcessExtractor`, whose child
/// runs this.
package struct FileTextExtractor: TextExtractor {
    private let limits: ExtractionLimits

    package init(limits: ExtractionLimits = ExtractionLimits()) { self.limits = limits }

    package func extract(_ request: ExtractionRequest) async throws -> ExtractedDocument {
        let collector = EventCollector()
        try await read(request) { await collector.add($0) }
        return await collector.document
    }

    package func read(_ request: ExtractionRequest, into receive: @Sendable (ExtractionEvent) async throws -> Void) async throws {
        let kind = try ExtractorKinds.kind(of: request)
        try await kind.makeReader(limits).read(request, into: receive)
    }
}

/// Puts the events of a stream together to a document.
actor EventCollector {
    private(set) var document = ExtractedDocument(sections: [])

    func add(_ event: ExtractionEvent) { document.apply(event) }
}
