/// How to cut.
package struct ChunkingOptions: Sendable, Hashable {
    package enum Unit: Sendable, Hashable { case characters, tokens }

    package var unit: Unit
    package var size: Int
    package var overlap: Int
    /// Pieces shorter than this join their neighbour; 0 for off.
    package var minimum: Int
    /// Whether a heading starts a new piece.
    package var markdownHeadings: Bool

    package init(unit: Unit = .characters, size: Int = 1000, overlap: Int = 100, minimum: Int = 0, markdownHeadings: Bool = true) {
        self.unit = unit
        self.size = size
        self.overlap = overlap
        self.minimum = minimum
        self.markdownHeadings = markdownHeadings
    }

    /// Throws `badRequest` when nothing can be cut this way. Settings accept such values (clients depend on that), so
    /// the file that meets them has to say what is wrong.
    package func validate() throws {
        guard size > 0 else { throw AppError(.badRequest, "The chunk size must be greater than 0, but it is \(size).") }
        guard overlap >= 0 else { throw AppError(.badRequest, "The chunk overlap must not be negative, but it is \(overlap).") }
        guard overlap <= size else {
            throw AppError(.badRequest, "The chunk overlap (\(overlap)) must not be larger than the chunk size (\(size)).")
        }
    }
}
