/// `haneul-quotes`: a search model. It quotes the passages that fit the question best, with the number and name of their
/// source, and adds nothing of its own.
package struct QuotesModel: BuiltInModel {
    package let id = "haneul-quotes"
    package let name = "Haneul Quotes"

    private let retriever: Retriever
    private let access: CollectionAccess
    private let settings: Settings

    package init(retriever: Retriever, access: CollectionAccess, settings: Settings) {
        self.retriever = retriever
        self.access = access
        self.settings = settings
    }

    /// Passages quoted at most, and of one of them at most so many characters.
    private static let mostQuotes = 4
    private static let longestQuote = 700

    package func answer(messages: [JSONValue], items: [JSONValue], principal: Principal) async throws -> BuiltInAnswer {
        let question = Self.question(messages)
        let language = Language(of: question)
        guard !question.trimmed.isEmpty else { return Self.answer([], language.askSomething) }
        var sources: [ContextSource] = []
        var warnings: [String] = []
        var searched = false
        let attached = items.compactMap(\.object)
        if attached.isEmpty {
            let keys = try await access.readable(by: principal)
            let passages = try await relevant(keys, question: question)
            searched = true
            sources = passages.map { passage in
                var item: JSONObject = ["type": "file"]
                if let id = passage.fileID { item["id"] = .string(id) }
                item["name"] = passage.metadata["name"] ?? ""
                return ContextSource(item: item, documents: [passage.chunk.text], metadata: [passage.metadata], distances: [passage.score])
            }
            sources = Self.joined(sources)
        } else {
            for item in attached {
                do {
                    if let source = try await source(for: item, question: question, principal: principal) {
                        searched = true
                        sources.append(source)
                    } else {
                        warnings.append(ItemWarning.text(item, ItemWarning.unknown))
                    }
                } catch let error as AppError where error.code == .forbidden {
                    warnings.append(ItemWarning.text(item, error.message))
                }
            }
            sources = sources.filter { !$0.documents.isEmpty }
        }
        guard searched else { return Self.answer([], language.nothingToRead, warnings) }
        guard !sources.isEmpty else { return Self.answer([], language.nothingFound, warnings) }
        return Self.answer(sources, Self.text(sources, language), warnings)
    }

    private static func question(_ messages: [JSONValue]) -> String {
        guard let message = messages.last(where: { $0["role"]?.string == "user" }) else { return "" }
        if let text = message["content"]?.string { return text }
        return (message["content"]?.array ?? []).compactMap { $0["type"]?.string == "text" ? $0["text"]?.string : nil }.joined(separator: "\n")
    }

    private func source(for item: JSONObject, question: String, principal: Principal) async throws -> ContextSource? {
        if item["type"]?.string == "text", let content = item["content"]?.string, !content.isEmpty {
            return ContextSource(item: item, documents: [content], metadata: [["name": item["name"] ?? ""]])
        }
        var name = item["collection_name"]?.string
        if let id = item["id"]?.string {
            switch item["type"]?.string {
            case "file": name = "file-" + id
            case "collection": name = id
            default: break
            }
        }
        guard let name else { return nil }
        guard let key = try await access.resolve(name, for: principal) else { return nil }
        let passages = try await relevant([key], question: question)
        return ContextSource(
            item: item, documents: passages.map(\.chunk.text), metadata: passages.map(\.metadata), distances: passages.map(\.score))
    }

    /// What is worth quoting: passages that have a good part of the question's words, or whose meaning stands out from what
    /// unrelated texts score; of these, those that come near the best one.
    private func relevant(_ keys: [CollectionKey], question: String) async throws -> [Passage] {
        var query = RetrievalQuery(text: question, collections: keys, settings: settings)
        query.mode = .fused
        query.limit = Self.mostQuotes
        let result = try await retriever.passages(query)
        let reads = result.encoderCoverage >= 0.5
        let fitting = result.passages.filter { passage in
            if (passage.reason.keywordCoverage ?? 0) >= 0.34 { return true }
            guard reads, let cosine = passage.reason.cosine else { return false }
            return cosine >= result.background.threshold
        }
        guard let best = fitting.compactMap(\.reason.fused).max() else { return fitting }
        return fitting.filter { ($0.reason.fused ?? best) >= best * 0.6 }
    }

    /// Passages of one file become one source.
    private static func joined(_ sources: [ContextSource]) -> [ContextSource] {
        var joined: [ContextSource] = []
        for source in sources {
            if let index = joined.firstIndex(where: { $0.item == source.item }) {
                joined[index].documents += source.documents
                joined[index].metadata += source.metadata
                joined[index].distances = (joined[index].distances ?? []) + (source.distances ?? [])
            } else {
                joined.append(source)
            }
        }
        return joined
    }

    private static func text(_ sources: [ContextSource], _ language: Language) -> String {
        var numbers: [String: Int] = [:]
        var parts = [language.introduction]
        for (position, source) in sources.enumerated() {
            for (index, document) in source.documents.enumerated() {
                let metadata = source.metadata[index]
                let number = ContextTemplate.number(of: metadata, item: source.item, position: position, &numbers)
                let name = metadata["name"]?.string ?? source.item["name"]?.string ?? ""
                var place = name
                if let page = metadata["page"]?.int { place += ", " + language.page(metadata["page_label"]?.string ?? "\(page + 1)") }
                let quote = shortened(document.trimmed).split(separator: "\n", omittingEmptySubsequences: false).map { "> \($0)" }.joined(
                    separator: "\n")
                parts.append("[\(number)] \(place)\n\(quote)")
            }
        }
        return parts.joined(separator: "\n\n")
    }

    private static func shortened(_ text: String) -> String {
        guard text.count > longestQuote else { return text }
        let cut = text.prefix(longestQuote)
        let end = cut.lastIndex { $0.isWhitespace || $0 == "." || $0 == "。" } ?? cut.endIndex
        return cut[..<end] + " …"
    }

    private static func answer(_ sources: [ContextSource], _ text: String, _ warnings: [String] = []) -> BuiltInAnswer {
        // A paragraph at a time: there is nothing to wait for.
        let pieces = text.split(separator: "\n\n", omittingEmptySubsequences: false)
        return BuiltInAnswer(
            sources: sources, warnings: warnings,
            deltas: AsyncThrowingStream { continuation in
                for (index, piece) in pieces.enumerated() { continuation.yield(index == 0 ? String(piece) : "\n\n" + piece) }
                continuation.finish()
            })
    }

    /// The answer speaks the language of the question.
    private enum Language {
        case english, korean

        init(of text: String) {
            self = text.unicodeScalars.contains { (0xAC00...0xD7A3).contains($0.value) || (0x1100...0x11FF).contains($0.value) } ? .korean : .english
        }

        var introduction: String {
            switch self {
            case .english: "These passages fit your question best. I only quote; I do not write answers of my own."
            case .korean: "질문에 가장 잘 맞는 구절입니다. 저는 인용만 하며 스스로 답을 지어내지 않습니다."
            }
        }
        var nothingFound: String {
            switch self {
            case .english: "I found nothing in the documents that fits this question."
            case .korean: "문서에서 이 질문에 맞는 내용을 찾지 못했습니다."
            }
        }
        var nothingToRead: String {
            switch self {
            case .english: "There are no documents that I could search. Attach a file or a collection, or upload one first."
            case .korean: "검색할 문서가 없습니다. 파일이나 컬렉션을 첨부하거나 먼저 업로드해 주세요."
            }
        }
        var askSomething: String {
            switch self {
            case .english: "Ask me something, and I will quote the passages of your documents that fit."
            case .korean: "질문해 주시면 문서에서 알맞은 구절을 인용해 드립니다."
            }
        }
        func page(_ label: String) -> String {
            switch self {
            case .english: "page \(label)"
            case .korean: "\(label)쪽"
            }
        }
    }
}
