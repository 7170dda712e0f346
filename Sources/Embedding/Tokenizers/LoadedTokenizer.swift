import Domain
import Foundation

/// A model folder's tokenizer with the special tokens it puts around texts.
struct LoadedTokenizer: Sendable {
    let tokenizer: any TextTokenizer
    let template: TokenTemplate

    /// Reads `tokenizer.json`, or `vocab.txt` of an older BERT folder.
    ///
    /// - Throws: `AppError(.badRequest)` for a kind of tokenizer that is not known here, `.unavailable` for broken files.
    ///
    /// - Parameter vocabulary: how many embeddings the model has; ids beyond that are refused.
    init(folder: ModelFolder, vocabulary: Int) throws {
        try self.init(folder: folder)
        guard tokenizer.largestID < vocabulary, template.single.allSatisfy({ $0.fits(vocabulary) }), template.pair.allSatisfy({ $0.fits(vocabulary) })
        else { throw AppError(.unavailable, "The vocabulary of \(folder.path) has more tokens than its model") }
    }

    private init(folder: ModelFolder) throws {
        if folder.contains("tokenizer.json") {
            try self.init(file: TokenizerFile(bytes: folder.bytes("tokenizer.json"), path: folder.file("tokenizer.json")))
        } else if folder.contains("vocab.txt") {
            try self.init(vocabulary: folder)
        } else {
            throw AppError(.unavailable, "The encoder's folder \(folder.path) has neither tokenizer.json nor vocab.txt")
        }
    }

    private init(vocabulary folder: ModelFolder) throws {
        let pieces = String(decoding: try folder.bytes("vocab.txt"), as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
            .enumerated().map { (piece: $1.hasSuffix("\r") ? String($1.dropLast()) : String($1), id: Int32($0)) }
            .filter { !$0.piece.isEmpty }
        let ids = Dictionary(pieces.map { ($0.piece, $0.id) }, uniquingKeysWith: { $1 })
        guard let unknown = ids["[UNK]"], let first = ids["[CLS]"], let separator = ids["[SEP]"] else {
            throw AppError(.badRequest, "\(folder.file("vocab.txt")) lacks [UNK], [CLS] or [SEP]")
        }
        let config = try folder.optionalObject("tokenizer_config.json") ?? JSONObject()
        let lowercases = config["do_lower_case"]?.bool ?? true
        let normalizer = BertNormalizer(
            handlesChinese: config["tokenize_chinese_chars"]?.bool ?? true, stripsAccents: config["strip_accents"]?.bool ?? lowercases,
            lowercases: lowercases)
        let special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"].compactMap { name in
            ids[name].map { AddedTokens.Token(content: Array(name.utf8), id: $0) }
        }
        tokenizer = WordPieceTokenizer(vocabulary: pieces, unknown: unknown, added: AddedTokens(special), normalizer: normalizer)
        template = .bert(first: first, separator: separator)
    }

    private init(file: TokenizerFile) throws {
        let added = AddedTokens(
            (file.settings["added_tokens"]?.array ?? []).compactMap { token in
                guard let content = token["content"]?.string, let id = token["id"]?.int else { return nil }
                return AddedTokens.Token(
                    content: Array(content.utf8), id: Int32(id), stripsLeft: token["lstrip"]?.bool ?? false,
                    stripsRight: token["rstrip"]?.bool ?? false)
            })
        switch file.model["type"]?.string ?? (file.model["unk_id"] == nil ? "WordPiece" : "Unigram") {
        case "WordPiece": tokenizer = try Self.wordPiece(file, added)
        case "Unigram": tokenizer = try Self.unigram(file, added)
        case let other: throw AppError(.badRequest, "Tokenizers of the kind '\(other)' are not known here, only WordPiece and Unigram")
        }
        template = try TokenTemplate(postProcessor: file.settings["post_processor"] ?? .null)
    }

    private static func wordPiece(_ file: TokenizerFile, _ added: AddedTokens) throws -> WordPieceTokenizer {
        var pieces: [(piece: String, id: Int32)] = []
        try file.forEachPiece { pieces.append((String(decoding: $0, as: UTF8.self), Int32($1))) }
        let unknownPiece = file.model["unk_token"]?.string ?? "[UNK]"
        guard let unknown = pieces.first(where: { $0.piece == unknownPiece })?.id else {
            throw AppError(.badRequest, "The tokenizer has no \(unknownPiece)")
        }
        let settings = file.settings["normalizer"] ?? .null
        guard settings["type"]?.string == "BertNormalizer", file.settings["pre_tokenizer"]?["type"]?.string == "BertPreTokenizer" else {
            throw AppError(.badRequest, "WordPiece is known here only with BERT's normalizer and pre-tokenizer")
        }
        let lowercases = settings["lowercase"]?.bool ?? true
        let normalizer = BertNormalizer(
            cleansText: settings["clean_text"]?.bool ?? true, handlesChinese: settings["handle_chinese_chars"]?.bool ?? true,
            stripsAccents: settings["strip_accents"]?.bool ?? lowercases, lowercases: lowercases)
        return WordPieceTokenizer(
            vocabulary: pieces, unknown: unknown, added: added, normalizer: normalizer,
            prefix: file.model["continuing_subword_prefix"]?.string ?? "##",
            maximumWordLength: file.model["max_input_chars_per_word"]?.int ?? 100)
    }

    private static func unigram(_ file: TokenizerFile, _ added: AddedTokens) throws -> UnigramTokenizer {
        guard file.model["byte_fallback"]?.bool != true else { throw AppError(.badRequest, "Unigram with byte fallback is not known here") }
        var scores: [Double] = []
        var table = PieceTable(capacity: 300_000)
        try file.forEachPiece { piece, score in
            guard scores.count < 300_000 else { throw AppError(.badRequest, "The vocabulary has more than 300,000 pieces") }
            if !piece.isEmpty { table.insert(piece, id: Int32(scores.count)) }
            scores.append(score)
        }
        guard let unknown = file.model["unk_id"]?.int, scores.indices.contains(unknown) else {
            throw AppError(.badRequest, "The tokenizer names no unknown piece")
        }
        let (characterMap, collapses) = try normalization(file.settings["normalizer"] ?? .null)
        return UnigramTokenizer(
            pieces: table, scores: scores, unknown: Int32(unknown), added: added, characterMap: characterMap, collapsesSpaces: collapses,
            splitting: try splitting(file.settings["pre_tokenizer"] ?? .null))
    }

    private static func normalization(_ settings: JSONValue) throws -> (PrecompiledCharacterMap?, collapses: Bool) {
        var map: PrecompiledCharacterMap?
        var collapses = false
        for step in settings["normalizers"]?.array ?? (settings.isNull ? [] : [settings]) {
            switch step["type"]?.string {
            case "Precompiled":
                guard let text = step["precompiled_charsmap"]?.string, let data = Data(base64Encoded: text),
                    let compiled = PrecompiledCharacterMap(Array(data))
                else { throw AppError(.unavailable, "The tokenizer's character map is broken") }
                map = compiled
            case "Replace" where step["pattern"]?["Regex"]?.string == " {2,}" && step["content"]?.string == " ":
                collapses = true
            case let other: throw AppError(.badRequest, "Unigram with the normalizer '\(other ?? "?")' is not known here")
            }
        }
        return (map, collapses)
    }

    private static func splitting(_ settings: JSONValue) throws -> UnigramTokenizer.Splitting {
        let steps = settings["pretokenizers"]?.array ?? [settings]
        let types = steps.map { $0["type"]?.string ?? "?" }
        let last = steps.last ?? .null
        let prefixes = last["prepend_scheme"]?.string.map { $0 == "always" } ?? last["add_prefix_space"]?.bool ?? true
        guard last["replacement"]?.string ?? "▁" == "▁", prefixes, last["split"]?.bool ?? true else {
            throw AppError(.badRequest, "Unigram with this Metaspace setting is not known here")
        }
        switch types {
        case ["Metaspace"]: return .spaces
        case ["WhitespaceSplit", "Metaspace"]: return .whitespace
        default: throw AppError(.badRequest, "Unigram with the pre-tokenizers \(types) is not known here")
        }
    }
}

extension TokenTemplate {
    static func bert(first: Int32, separator: Int32) -> TokenTemplate {
        TokenTemplate(
            single: [.special(first, type: 0), .text(0, type: 0), .special(separator, type: 0)],
            pair: [
                .special(first, type: 0), .text(0, type: 0), .special(separator, type: 0), .text(1, type: 1), .special(separator, type: 1),
            ])
    }

    /// From the `post_processor` of `tokenizer.json`.
    init(postProcessor: JSONValue) throws {
        switch postProcessor["type"]?.string {
        case "TemplateProcessing":
            func parts(_ key: String) throws -> [Part] {
                try (postProcessor[key]?.array ?? []).flatMap { step -> [Part] in
                    if let text = step["Sequence"] {
                        return [.text(text["id"]?.string == "B" ? 1 : 0, type: Int32(text["type_id"]?.int ?? 0))]
                    }
                    let special = step["SpecialToken"]
                    guard let name = special?["id"]?.string, let ids = postProcessor["special_tokens"]?[name]?["ids"]?.array
                    else { throw AppError(.badRequest, "The tokenizer's template cannot be read") }
                    return ids.compactMap(\.int).map { .special(Int32($0), type: Int32(special?["type_id"]?.int ?? 0)) }
                }
            }
            self.init(single: try parts("single"), pair: try parts("pair"))
        case "BertProcessing", "RobertaProcessing":
            guard let first = postProcessor["cls"]?[1]?.int, let separator = postProcessor["sep"]?[1]?.int else {
                throw AppError(.badRequest, "The tokenizer's template cannot be read")
            }
            self = .bert(first: Int32(first), separator: Int32(separator))
            if postProcessor["type"]?.string == "RobertaProcessing" {
                let end = Part.special(Int32(separator), type: 0)
                pair = [.special(Int32(first), type: 0), .text(0, type: 0), end, end, .text(1, type: 0), end]
            }
        case let other: throw AppError(.badRequest, "The post-processor '\(other ?? "?")' is not known here")
        }
        guard single.count(where: { if case .text(0, _) = $0 { true } else { false } }) == 1 else {
            throw AppError(.badRequest, "The tokenizer's template has no place for the text")
        }
    }
}
