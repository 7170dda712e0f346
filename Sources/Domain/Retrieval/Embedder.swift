/// Turns texts into vectors. All vectors of one embedder have the same dimension and length 1.
package protocol Embedder: Sendable {
    /// Identifies engine and model; vectors of different identities cannot be compared.
    var identity: EmbedderIdentity { get }

    /// One vector per text, in order. An empty text has a vector, too.
    ///
    /// - Throws: `AppError(.unavailable)` when the engine cannot be used now (trying again later makes sense),
    ///   `AppError(.badRequest)` when it never will with these settings.
    func embed(_ texts: [String], as role: EmbeddingRole) async throws -> [[Float]]

    /// The share of `text`'s tokens that the model knows, 0 to 1: how far its answer can be trusted. 1 when unknown.
    func coverage(of text: String) -> Double
}

extension Embedder {
    package func coverage(of text: String) -> Double { 1 }
}

/// Some models put different prefixes in front of questions and passages.
package enum EmbeddingRole: Sendable, Hashable { case query, passage }

package struct EmbedderIdentity: Sendable, Hashable {
    /// Empty for the local engine, else `openai`, `ollama`.
    package var engine: String
    package var model: String
    /// 0 while not yet known (a remote engine that has not answered).
    package var dimension: Int

    package init(engine: String, model: String, dimension: Int) {
        self.engine = engine
        self.model = model
        self.dimension = dimension
    }

    /// A stable text form, stored with every vector: `local:all-MiniLM-L6-v2`.
    package var key: String { (engine.isEmpty ? "local" : engine) + ":" + model }
}

/// Scores passages against a question with a cross-encoder.
package protocol Reranker: Sendable {
    /// One score per passage, in order; higher is better, any scale.
    func score(query: String, passages: [String]) async throws -> [Float]
}
