/// The embedder in force now; an admin may change it while the server runs. Asked again for every document.
package typealias EmbedderSource = @Sendable () async throws -> any Embedder
