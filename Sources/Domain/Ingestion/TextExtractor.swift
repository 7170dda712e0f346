/// Reads the text out of files.
///
/// Throws `AppError(.badRequest, reason)` with a reason a person understands when the file is corrupt, encrypted, too
/// large when unpacked, or of a kind nobody reads. A document without text is not an error here. Hostile files must not
/// hurt the process: limits on time, memory and output hold.
package protocol TextExtractor: Sendable {
    /// The whole document in memory.
    func extract(_ request: ExtractionRequest) async throws -> ExtractedDocument

    /// The document as a stream, for files of any size: `receive` is called with one event after the other and holds the
    /// reading up while it works. What it throws ends the reading and is thrown on.
    func read(_ request: ExtractionRequest, into receive: @Sendable (ExtractionEvent) async throws -> Void) async throws
}

extension TextExtractor {
    /// For extractors that have the whole document anyway.
    package func read(_ request: ExtractionRequest, into receive: @Sendable (ExtractionEvent) async throws -> Void) async throws {
        for event in try await extract(request).events { try await receive(event) }
    }
}
