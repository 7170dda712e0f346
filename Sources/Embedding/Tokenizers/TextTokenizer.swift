/// Cuts a text into a model's tokens, exactly as the Hugging Face `tokenizers` library does.
protocol TextTokenizer: Sendable {
    /// The ids without special tokens around them, at most `limit`; work stops soon after the limit is reached.
    func tokens(of text: String, limit: Int) -> [Int32]

    /// 0 to 1: how much of the text the model can make sense of. 1 for a text without letters or digits.
    func coverage(of text: String) -> Double

    /// Of all ids that `tokens(of:limit:)` can give.
    var largestID: Int { get }
}

/// The special tokens around one text or a pair.
struct TokenTemplate: Sendable {
    enum Part: Sendable, Equatable {
        case special(Int32, type: Int32)
        case text(Int, type: Int32)

        func fits(_ vocabulary: Int) -> Bool { if case .special(let id, _) = self { (0..<vocabulary).contains(Int(id)) } else { true } }
    }

    var single: [Part]
    var pair: [Part]

    static func specials(in parts: [Part]) -> Int { parts.count { if case .special = $0 { true } else { false } } }

    /// Puts the special tokens around `texts` (one or two). Types are those of `token_type_ids`.
    func assemble(_ texts: [[Int32]]) -> TokenSequence {
        var sequence = TokenSequence()
        for part in texts.count == 1 ? single : pair {
            switch part {
            case .special(let id, let type):
                sequence.ids.append(id)
                sequence.types.append(type)
            case .text(let index, let type):
                sequence.ids.append(contentsOf: texts[index])
                sequence.types.append(contentsOf: repeatElement(type, count: texts[index].count))
            }
        }
        return sequence
    }
}

/// What goes into the model for one text or pair.
struct TokenSequence: Sendable, Equatable {
    var ids: [Int32] = []
    var types: [Int32] = []
}
