import Domain
import Foundation

/// A cross-encoder that runs in this process: it reads question and passage together and scores how well they fit.
///
/// `BertForSequenceClassification` and `XLMRobertaForSequenceClassification` (`bge-reranker-v2-m3`, `ms-marco-MiniLM-...`).
package final class LocalReranker: Reranker {
    private let transformer: Transformer
    private let tokenizer: LoadedTokenizer
    private let threads: EncoderThreads

    /// - Throws: `AppError(.badRequest)` when the model is not a cross-encoder with one score, `.unavailable` for missing or
    ///   broken files.
    package init(folder path: String, threads: Int = 0, precision: EncoderPrecision = .automatic) throws {
        let folder = ModelFolder(path: path)
        let shape = try EncoderShape(folder: folder)
        guard shape.labels == 1 else {
            throw AppError(.badRequest, "The model in \(path) is no reranker: it does not give one score for a question and a passage")
        }
        transformer = Transformer(weights: try TransformerWeights(folder: folder, shape: shape), precision: precision)
        tokenizer = try LoadedTokenizer(folder: folder, vocabulary: shape.vocabulary)
        self.threads = EncoderThreads(name: "rerank", count: threads > 0 ? threads : EncoderThreads.cores, stepsBack: false)
    }

    package func score(query: String, passages: [String]) async throws -> [Float] {
        let query = HangulComposition.composed(query)
        return try await withThrowingTaskGroup(of: (Int, [Float]).self) { tasks in
            for start in stride(from: 0, to: passages.count, by: 4) {
                let group = Array(passages[start..<min(start + 4, passages.count)])
                tasks.addTask { (start, try await self.threads.run { self.score(query, group, $0) }) }
            }
            var scores = [Float](repeating: 0, count: passages.count)
            for try await (start, part) in tasks { scores.replaceSubrange(start..<(start + part.count), with: part) }
            return scores
        }
    }

    /// The ids that the model sees for a pair.
    package func tokens(query: String, passage: String) -> [Int32] { pair(query, passage).ids }

    private func score(_ query: String, _ passages: [String], _ workspace: EncoderWorkspace) -> [Float] {
        let outputs = transformer.classify(passages.map { pair(query, HangulComposition.composed($0)) }, workspace: workspace)
        return outputs.map { transformer.shape.appliesLogistic ? 1 / (1 + exp(-$0[0])) : $0[0] }
    }

    private func pair(_ query: String, _ passage: String) -> TokenSequence {
        let room = max(0, transformer.shape.maximumLength - TokenTemplate.specials(in: tokenizer.template.pair))
        var first = tokenizer.tokenizer.tokens(of: query, limit: room)
        var second = tokenizer.tokenizer.tokens(of: passage, limit: room)
        let (a, b) = Self.lengths(first.count, second.count, room: room)
        first.removeLast(first.count - a)
        second.removeLast(second.count - b)
        return tokenizer.template.assemble([first, second])
    }

    /// What remains of two texts that together must fit into `room`: the longer one is cut first.
    static func lengths(_ first: Int, _ second: Int, room: Int) -> (Int, Int) {
        guard first + second > room else { return (first, second) }
        let short = min(first, second)
        let long = max(short, room - short)
        guard short + long > room else { return first <= second ? (short, long) : (long, short) }
        // Both are longer than half the room.
        let half = room / 2
        return first <= second ? (half, half + room % 2) : (half + room % 2, half)
    }
}
