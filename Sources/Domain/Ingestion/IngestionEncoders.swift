/// What embeds new passages.
package struct IngestionEncoders: Sendable {
    /// The one in the settings.
    package var wanted: any Embedder
    /// While the index moves to another encoder: the one that still answers, so that new passages are found at once. It may
    /// fail without harm.
    package var answering: (any Embedder)?

    package init(wanted: any Embedder, answering: (any Embedder)? = nil) {
        self.wanted = wanted
        self.answering = answering
    }
}

/// The encoders in force now; an admin may change them while the server runs. Asked again for every batch.
package typealias IngestionEncoderSource = @Sendable () async throws -> IngestionEncoders

/// The vectors of some passages by one encoder, in the order of the passages.
package struct PassageVectors: Sendable {
    package var embedder: EmbedderIdentity
    package var vectors: [[Float]]

    package init(embedder: EmbedderIdentity, vectors: [[Float]]) {
        self.embedder = embedder
        self.vectors = vectors
    }
}
