import Domain

/// What `config.json` and its companions say about a BERT-like model.
struct EncoderShape: Sendable {
    enum Family: Sendable {
        /// `bert`: positions from 0, two token types.
        case bert
        /// `roberta`, `xlm-roberta`, `camembert`: positions start after the padding id.
        case roberta
    }
    enum Pooling: Sendable { case mean, first }

    var family: Family
    var layers: Int
    var width: Int
    var heads: Int
    var innerWidth: Int
    var vocabulary: Int
    var positions: Int
    var tokenTypes: Int
    var epsilon: Float
    var firstPosition: Int
    /// Tokens including the special ones; longer texts are cut.
    var maximumLength: Int
    var pooling: Pooling
    /// Of a cross-encoder: outputs of the classifier; 0 for an encoder.
    var labels: Int
    /// Whether a cross-encoder's single output is a probability only after the logistic function.
    var appliesLogistic: Bool

    /// - Throws: `AppError(.badRequest)` when the model is of a kind that cannot be run here.
    init(folder: ModelFolder) throws {
        let config = try folder.object("config.json")
        let type = config["model_type"]?.string ?? "?"
        switch type {
        case "bert": family = .bert
        case "roberta", "xlm-roberta", "camembert": family = .roberta
        default:
            throw AppError(
                .badRequest, "The model in \(folder.path) is of type '\(type)'; the local encoder runs bert, roberta, xlm-roberta and camembert")
        }
        func size(_ key: String, _ range: ClosedRange<Int>) throws -> Int {
            guard let value = config[key]?.int, range.contains(value) else {
                throw AppError(.badRequest, "\(folder.path)/config.json: \(key) is missing or out of range")
            }
            return value
        }
        layers = try size("num_hidden_layers", 1...200)
        width = try size("hidden_size", 1...16_384)
        heads = try size("num_attention_heads", 1...256)
        innerWidth = try size("intermediate_size", 1...131_072)
        vocabulary = try size("vocab_size", 1...10_000_000)
        positions = try size("max_position_embeddings", 3...1_000_000)
        tokenTypes = try config["type_vocab_size"] == nil ? 2 : size("type_vocab_size", 1...1000)
        guard width.isMultiple(of: heads) else { throw AppError(.badRequest, "\(folder.path)/config.json: hidden_size is no multiple of the heads") }
        if let activation = config["hidden_act"]?.string, activation != "gelu" {
            throw AppError(.badRequest, "\(folder.path)/config.json: the activation '\(activation)' is not known here, only gelu")
        }
        if let kind = config["position_embedding_type"]?.string, kind != "absolute" {
            throw AppError(.badRequest, "\(folder.path)/config.json: '\(kind)' positions are not known here, only absolute ones")
        }
        epsilon = Float(config["layer_norm_eps"]?.double ?? 1e-12)
        firstPosition = family == .roberta ? (config["pad_token_id"]?.int ?? 1) + 1 : 0

        let sentence = try folder.optionalObject("sentence_bert_config.json")
        let tokenizer = try folder.optionalObject("tokenizer_config.json")
        let limits = [sentence?["max_seq_length"]?.int ?? tokenizer?["model_max_length"]?.int, positions - firstPosition]
        maximumLength = max(3, limits.compactMap { $0 }.filter { $0 > 0 }.min() ?? 512)

        let poolingConfig = try folder.optionalObject("1_Pooling/config.json")
        pooling = poolingConfig?["pooling_mode_cls_token"]?.bool == true ? .first : .mean
        if poolingConfig?["pooling_mode_max_tokens"]?.bool == true || poolingConfig?["pooling_mode_mean_sqrt_len_tokens"]?.bool == true {
            throw AppError(.badRequest, "\(folder.path)/1_Pooling: only mean and cls pooling are known here")
        }

        let architecture = config["architectures"]?[0]?.string ?? ""
        if architecture.hasSuffix("ForSequenceClassification") {
            labels = config["num_labels"]?.int ?? config["id2label"]?.object?.count ?? 2
        } else {
            labels = 0
        }
        let activation =
            config["sentence_transformers"]?["activation_fn"]?.string ?? config["sbert_ce_default_activation_function"]?.string ?? ""
        appliesLogistic = labels == 1 && !activation.hasSuffix("Identity")
    }
}
