import CKernels
import Domain

/// One dense layer: out = x W^T + b, W: outputs x inputs.
struct DenseLayer: Sendable {
    let weight: FloatTensor
    let bias: FloatTensor
    let inputs: Int
    let outputs: Int
    private let packed = PackedWeights()

    init(_ tensors: SafeTensors, _ name: String, inputs: Int, outputs: Int) throws {
        weight = try tensors.tensor(name + ".weight", shape: [outputs, inputs]).floats()
        bias = try tensors.tensor(name + ".bias", shape: [outputs]).floats()
        self.inputs = inputs
        self.outputs = outputs
    }

    /// The weights as `precision` (not `float`) wants them.
    func form(_ precision: EncoderPrecision) -> PackedWeights.Form { packed.form(self, precision) }

    /// Without the bias, which the step after it adds.
    func multiply(_ x: DenseInput, _ precision: EncoderPrecision = .float, into out: UnsafeMutablePointer<Float>, stride: Int) {
        guard precision != .float else {
            return MatrixProduct.transposed(
                rows: x.rows, columns: outputs, inner: inputs, x.floats, stride: inputs, weight.values, stride: inputs, into: out, stride: stride)
        }
        switch form(precision) {
        case .fixed(let weights, let scales):
            guard let values = x.fixed else { preconditionFailure("rows were not prepared for this layer") }
            haneul_fixed_multiply(values.values, values.scales, x.rows, inputs, weights, scales, outputs, out, stride)
        case .narrow(let weights, let scales):
            guard let values = x.narrow else { preconditionFailure("rows were not prepared for this layer") }
            haneul_narrow_multiply(values.values, values.ranges, x.rows, inputs, weights, scales, outputs, out, stride)
        }
    }
}

struct LayerNorm: Sendable {
    let gamma: FloatTensor
    let beta: FloatTensor

    init(_ tensors: SafeTensors, _ name: String, width: Int) throws {
        gamma = try tensors.tensor(name + ".weight", shape: [width]).floats()
        beta = try tensors.tensor(name + ".bias", shape: [width]).floats()
    }
}

struct TransformerLayer: Sendable {
    let query: DenseLayer
    let key: DenseLayer
    let value: DenseLayer
    let output: DenseLayer
    let outputNorm: LayerNorm
    let inner: DenseLayer
    let outer: DenseLayer
    let outerNorm: LayerNorm

    init(_ tensors: SafeTensors, _ prefix: String, shape: EncoderShape) throws {
        let width = shape.width
        query = try DenseLayer(tensors, prefix + "attention.self.query", inputs: width, outputs: width)
        key = try DenseLayer(tensors, prefix + "attention.self.key", inputs: width, outputs: width)
        value = try DenseLayer(tensors, prefix + "attention.self.value", inputs: width, outputs: width)
        output = try DenseLayer(tensors, prefix + "attention.output.dense", inputs: width, outputs: width)
        outputNorm = try LayerNorm(tensors, prefix + "attention.output.LayerNorm", width: width)
        inner = try DenseLayer(tensors, prefix + "intermediate.dense", inputs: width, outputs: shape.innerWidth)
        outer = try DenseLayer(tensors, prefix + "output.dense", inputs: shape.innerWidth, outputs: width)
        outerNorm = try LayerNorm(tensors, prefix + "output.LayerNorm", width: width)
    }
}

/// What a cross-encoder puts on the first token: dense, tanh, then the classifier.
struct ClassificationHead: Sendable {
    let dense: DenseLayer
    let classifier: DenseLayer
}

/// All weights of a BERT-like model, read from `model.safetensors`.
struct TransformerWeights: Sendable {
    let shape: EncoderShape
    /// Left in the file as they are: only the rows of the tokens at hand are read.
    let words: Tensor
    let positions: Tensor
    let types: Tensor
    let embeddingNorm: LayerNorm
    let layers: [TransformerLayer]
    let head: ClassificationHead?

    init(folder: ModelFolder, shape: EncoderShape) throws {
        guard folder.contains("model.safetensors") else {
            throw AppError(.unavailable, "The encoder's folder \(folder.path) has no model.safetensors")
        }
        let tensors = try SafeTensors(path: folder.file("model.safetensors"))
        let prefixes = ["", "bert.", "roberta."]
        guard let prefix = prefixes.first(where: { tensors.contains($0 + "embeddings.word_embeddings.weight") }) else {
            throw AppError(.badRequest, "\(folder.file("model.safetensors")) holds no BERT-like encoder")
        }
        self.shape = shape
        words = try tensors.tensor(prefix + "embeddings.word_embeddings.weight", shape: [shape.vocabulary, shape.width])
        positions = try tensors.tensor(prefix + "embeddings.position_embeddings.weight", shape: [shape.positions, shape.width])
        types = try tensors.tensor(prefix + "embeddings.token_type_embeddings.weight", shape: [shape.tokenTypes, shape.width])
        embeddingNorm = try LayerNorm(tensors, prefix + "embeddings.LayerNorm", width: shape.width)
        layers = try (0..<shape.layers).map { try TransformerLayer(tensors, "\(prefix)encoder.layer.\($0).", shape: shape) }
        guard shape.labels > 0 else {
            head = nil
            return
        }
        switch shape.family {
        case .bert:
            head = ClassificationHead(
                dense: try DenseLayer(tensors, prefix + "pooler.dense", inputs: shape.width, outputs: shape.width),
                classifier: try DenseLayer(tensors, "classifier", inputs: shape.width, outputs: shape.labels))
        case .roberta:
            head = ClassificationHead(
                dense: try DenseLayer(tensors, "classifier.dense", inputs: shape.width, outputs: shape.width),
                classifier: try DenseLayer(tensors, "classifier.out_proj", inputs: shape.width, outputs: shape.labels))
        }
    }
}
