/// Processes one file or text while a caller waits for it.
package protocol FileProcessing: Sendable {
    /// Processes the file unless it is done, and waits until it is: the file as it is then, `completed` or `failed`.
    /// Waiting costs nothing; leaving (cancelling) does not stop the processing.
    /// - Throws: `AppError.notFound` when the file is gone, also while it was being processed.
    func finished(_ id: String) async throws -> File
    /// Processes the file again from its original bytes, and waits.
    func reprocess(_ id: String) async throws -> File
    /// Makes `text` the text of the file, indexes it, and waits.
    func replaceText(of id: String, with text: String) async throws -> File
    /// Starts processing a file nobody asked to process, without waiting. Nothing happens when it is on its way.
    func start(_ id: String) async throws
    /// Indexes a text that is no file and waits. Nobody uses the document yet: the caller must, or `release` it.
    /// - Throws: `AppError.emptyContent` for blank text.
    func index(text: String, title: String) async throws -> Document
}
