import Domain

/// What a model wants in front of questions and passages.
package struct EncoderPrefixes: Sendable, Hashable {
    package var query: String
    package var passage: String

    package init(query: String = "", passage: String = "") {
        self.query = query
        self.passage = passage
    }

    /// From `config_sentence_transformers.json` where it names prompts, else from what is known about the model's name:
    /// many folders say it only in their model card.
    init(folder: ModelFolder, model: String) throws {
        let prompts = try folder.optionalObject("config_sentence_transformers.json")?["prompts"]
        let query = prompts?["query"]?.string
        let passage = prompts?["passage"]?.string ?? prompts?["document"]?.string
        if query ?? "" != "" || passage ?? "" != "" {
            self.init(query: query ?? "", passage: passage ?? "")
        } else {
            self = Self.known(for: model)
        }
    }

    /// - Parameter model: `multilingual-e5-small`, `BAAI/bge-small-en-v1.5`, or a path that ends so.
    package static func known(for model: String) -> EncoderPrefixes {
        let name = String(model.split(separator: "/").last ?? "").lowercased()
        if name.contains("e5-"), !name.contains("instruct") { return EncoderPrefixes(query: "query: ", passage: "passage: ") }
        if name.hasPrefix("bge-"), name.contains("-en") {
            return EncoderPrefixes(query: "Represent this sentence for searching relevant passages: ")
        }
        if name.hasPrefix("bge-"), name.contains("-zh") { return EncoderPrefixes(query: "为这个句子生成表示以用于检索相关文章：") }
        return EncoderPrefixes()
    }
}
