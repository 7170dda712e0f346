import CKernels
import Domain

/// Runs a BERT-like encoder over several texts at once: their tokens stand under each other in one matrix without any
/// padding, and only attention looks at each text by itself.
struct Transformer: Sendable {
    let weights: TransformerWeights
    private let precision: EncoderPrecision
    var shape: EncoderShape { weights.shape }

    init(weights: TransformerWeights, precision: EncoderPrecision) {
        self.weights = weights
        self.precision = precision.resolved
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

    /// Rows of queries that attend at once in floats: bounds the score matrix of a long text.
    private static let attentionRows = 256
    /// Rows that go through a layer's dense parts together: what is between these parts stays in the second-level cache.
    private static let blockRows = 96

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
        let block = min(rows, Self.blockRows)
        let parts = workspace.parts([
            rows * width, rows * width * 3, rows * width, block * shape.innerWidth,
            precision == .float
                ? min(longest, Self.attentionRows) * longest : haneul_attention_scratch(longest, width / shape.heads) / MemoryLayout<Float>.size,
            precision == .float ? 0 : DenseInput.scratchCount(rows: block, width: max(width, shape.innerWidth)),
        ])
        let (hidden, attention, mixed, inner, scores, scratch) = (parts[0], parts[1], parts[2], parts[3], parts[4], parts[5])
        lookUp(sequences, into: hidden, scratch: mixed)
        for layer in weights.layers {
            for start in stride(from: 0, to: rows, by: block) {
                let count = min(block, rows - start)
                let projections = [layer.query, layer.key, layer.value]
                let input = DenseInput(hidden + start * width, rows: count, for: projections, precision, scratch: scratch)
                for (index, dense) in projections.enumerated() {
                    let out = attention + start * 3 * width + index * width
                    dense.multiply(input, precision, into: out, stride: 3 * width)
                    haneul_bias_add(out, dense.bias.values, count, width, 3 * width)
                }
            }
            for range in ranges { attend(attention, range, scores: scores, into: mixed) }
            for start in stride(from: 0, to: rows, by: block) {
                let count = min(block, rows - start)
                // The sum with the residual lands in `attention`'s memory, which is free by now.
                let sum = attention + start * width
                let residual = hidden + start * width
                layer.output.multiply(
                    DenseInput(mixed + start * width, rows: count, for: [layer.output], precision, scratch: scratch), precision, into: sum,
                    stride: width)
                haneul_add_layer_norm(
                    sum, layer.output.bias.values, residual, layer.outputNorm.gamma.values, layer.outputNorm.beta.values, count, width,
                    shape.epsilon)
                layer.inner.multiply(
                    DenseInput(sum, rows: count, for: [layer.inner], precision, scratch: scratch), precision, into: inner, stride: shape.innerWidth)
                haneul_bias_gelu(inner, layer.inner.bias.values, count, shape.innerWidth)
                layer.outer.multiply(
                    DenseInput(inner, rows: count, for: [layer.outer], precision, scratch: scratch), precision, into: residual, stride: width)
                haneul_add_layer_norm(
                    residual, layer.outer.bias.values, sum, layer.outerNorm.gamma.values, layer.outerNorm.beta.values, count, width, shape.epsilon)
            }
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
        guard precision == .float else {
            return haneul_attention(base, length, shape.heads, size, out + range.lowerBound * width, scores)
        }
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
