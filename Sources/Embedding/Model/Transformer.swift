import CKernels
import Domain

/// Runs a BERT-like encoder over several texts at once: their tokens stand under each other in one matrix without any
/// padding, and only attention looks at each text by itself.
struct Transformer: Sendable {
    let weights: TransformerWeights
    private let isFixed: Bool
    var shape: EncoderShape { weights.shape }

    init(weights: TransformerWeights, precision: EncoderPrecision) {
        self.weights = weights
        isFixed = precision.isFixed
        MatrixProduct.prepare()
    }

    /// One vector of `shape.width` floats per sequence, pooled and of length 1.
    func embed(_ sequences: [TokenSequence], workspace: EncoderWorkspace) -> [[Float]] {
        let width = shape.width
        return run(sequences, workspace: workspace) { hidden, ranges in
            ranges.map { range in
                [Float](unsafeUninitializedCapacity: width) { buffer, count in
                    let rows = shape.pooling == .first ? 1 : range.count
                    haneul_mean_pool(hidden + range.lowerBound * width, rows, width, buffer.baseAddress!)
                    haneul_l2_normalize(buffer.baseAddress!, width)
                    count = width
                }
            }
        }
    }

    /// The classifier's outputs per sequence (`shape.labels` each). The model must have a head.
    func classify(_ sequences: [TokenSequence], workspace: EncoderWorkspace) -> [[Float]] {
        guard let head = weights.head else { preconditionFailure("not a cross-encoder") }
        let width = shape.width
        return run(sequences, workspace: workspace) { hidden, ranges in
            ranges.map { range in
                var pooled = [Float](repeating: 0, count: width)
                var outputs = [Float](repeating: 0, count: shape.labels)
                pooled.withUnsafeMutableBufferPointer { pooled in
                    head.dense.multiply(DenseInput(hidden + range.lowerBound * width, rows: 1), into: pooled.baseAddress!, stride: width)
                    haneul_bias_tanh(pooled.baseAddress!, head.dense.bias.values, 1, width)
                    outputs.withUnsafeMutableBufferPointer {
                        head.classifier.multiply(DenseInput(pooled.baseAddress!, rows: 1), into: $0.baseAddress!, stride: shape.labels)
                        haneul_bias_add($0.baseAddress!, head.classifier.bias.values, 1, shape.labels, shape.labels)
                    }
                }
                return outputs
            }
        }
    }

    /// Rows of queries that attend at once: bounds the score matrix of a long text.
    private static let attentionRows = 256

    private func run<R>(
        _ sequences: [TokenSequence], workspace: EncoderWorkspace, _ body: (UnsafeMutablePointer<Float>, [Range<Int>]) -> R
    ) -> R {
        var ranges: [Range<Int>] = []
        for sequence in sequences {
            let start = ranges.last?.upperBound ?? 0
            ranges.append(start..<(start + sequence.ids.count))
        }
        let rows = ranges.last?.upperBound ?? 0
        let longest = ranges.map(\.count).max() ?? 0
        let width = shape.width
        let parts = workspace.parts([
            rows * width, rows * width * 3, rows * width, rows * shape.innerWidth, min(longest, Self.attentionRows) * longest,
            isFixed ? DenseInput.scratchCount(rows: rows, width: max(width, shape.innerWidth)) : 0,
        ])
        let (hidden, attention, mixed, inner, scores, scratch) = (parts[0], parts[1], parts[2], parts[3], parts[4], parts[5])
        func input(_ floats: UnsafePointer<Float>, _ width: Int) -> DenseInput {
            isFixed ? DenseInput(floats, rows: rows, width: width, scratch: scratch) : DenseInput(floats, rows: rows)
        }
        lookUp(sequences, into: hidden, scratch: mixed)
        for layer in weights.layers {
            let rowsIn = input(hidden, width)
            for (index, dense) in [layer.query, layer.key, layer.value].enumerated() {
                dense.multiply(rowsIn, into: attention + index * width, stride: 3 * width)
                haneul_bias_add(attention + index * width, dense.bias.values, rows, width, 3 * width)
            }
            for range in ranges { attend(attention, range, scores: scores, into: mixed) }
            // The sum with the residual lands in `attention`'s memory, which is free by now.
            layer.output.multiply(input(mixed, width), into: attention, stride: width)
            haneul_add_layer_norm(
                attention, layer.output.bias.values, hidden, layer.outputNorm.gamma.values, layer.outputNorm.beta.values, rows, width, shape.epsilon)
            layer.inner.multiply(input(attention, width), into: inner, stride: shape.innerWidth)
            haneul_bias_gelu(inner, layer.inner.bias.values, rows, shape.innerWidth)
            layer.outer.multiply(input(inner, shape.innerWidth), into: hidden, stride: width)
            haneul_add_layer_norm(
                hidden, layer.outer.bias.values, attention, layer.outerNorm.gamma.values, layer.outerNorm.beta.values, rows, width, shape.epsilon)
        }
        return body(hidden, ranges)
    }

    /// Word + position + type embeddings, normalised.
    private func lookUp(_ sequences: [TokenSequence], into hidden: UnsafeMutablePointer<Float>, scratch: UnsafeMutablePointer<Float>) {
        let width = shape.width
        let norm = weights.embeddingNorm
        var row = hidden
        for sequence in sequences {
            for (position, (id, type)) in zip(sequence.ids, sequence.types).enumerated() {
                weights.words.copy(from: Int(id) * width, count: width, to: row)
                weights.positions.copy(from: (shape.firstPosition + position) * width, count: width, to: scratch)
                haneul_bias_add(row, scratch, 1, width, width)
                weights.types.copy(from: min(Int(type), shape.tokenTypes - 1) * width, count: width, to: scratch)
                haneul_add_layer_norm(row, scratch, nil, norm.gamma.values, norm.beta.values, 1, width, shape.epsilon)
                row += width
            }
        }
    }

    /// Scaled dot-product attention of one text: `attention` holds queries, keys and values side by side.
    private func attend(
        _ attention: UnsafeMutablePointer<Float>, _ range: Range<Int>, scores: UnsafeMutablePointer<Float>, into out: UnsafeMutablePointer<Float>
    ) {
        let width = shape.width
        let size = width / shape.heads
        let stride = 3 * width
        let scale = 1 / Float(size).squareRoot()
        let length = range.count
        let base = attention + range.lowerBound * stride
        for head in 0..<shape.heads {
            let queries = base + head * size
            let keys = queries + width
            let values = keys + width
            for start in Swift.stride(from: 0, to: length, by: Self.attentionRows) {
                let rows = min(Self.attentionRows, length - start)
                MatrixProduct.transposed(
                    rows: rows, columns: length, inner: size, scale: scale, queries + start * stride, stride: stride, keys, stride: stride,
                    into: scores, stride: length)
                haneul_softmax(scores, rows, length, length)
                MatrixProduct.plain(
                    rows: rows, columns: size, inner: length, scores, stride: length, values, stride: stride,
                    into: out + (range.lowerBound + start) * width + head * size, stride: width)
            }
        }
    }
}
