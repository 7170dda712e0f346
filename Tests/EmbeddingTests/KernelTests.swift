import CKernels
import Foundation
import Testing

struct KernelTests {
    /// The same numbers every time, in -1...1.
    private func numbers(_ count: Int, seed: UInt64 = 1) -> [Float] {
        var state = seed
        return (0..<count).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Float(Int32(truncatingIfNeeded: state >> 33)) / Float(1 << 30) - 1
        }
    }

    @Test func `GELU is the exact one`() {
        var values = stride(from: Float(-12), through: 12, by: 0.01).map { $0 }
        let expected = values.map { 0.5 * Double($0) * (1 + erf(Double($0) / 2.0.squareRoot())) }
        let bias = [Float](repeating: 0, count: values.count)
        haneul_bias_gelu(&values, bias, 1, values.count)
        for (value, expected) in zip(values, expected) { #expect(abs(Double(value) - expected) < 2e-6) }
    }

    @Test(arguments: [1, 2, 7, 8, 9, 31, 64, 257])
    func `softmax sums to one and keeps ratios`(width: Int) {
        let input = numbers(width * 3).map { $0 * 40 }
        var values = input
        haneul_softmax(&values, 3, width, width)
        for row in 0..<3 {
            let part = values[(row * width)..<((row + 1) * width)]
            let source = input[(row * width)..<((row + 1) * width)].map(Double.init)
            let total = source.reduce(0) { $0 + exp($1 - source.max()!) }
            #expect(abs(part.reduce(0, +) - 1) < 1e-5)
            for (value, x) in zip(part, source) { #expect(abs(Double(value) - exp(x - source.max()!) / total) < 1e-6) }
        }
    }

    @Test(arguments: [1, 5, 8, 19, 384])
    func `layer norm has mean 0 and variance 1 before gamma and beta`(width: Int) {
        let x = numbers(width * 2)
        let residual = numbers(width * 2, seed: 2)
        let bias = numbers(width, seed: 3)
        let gamma = numbers(width, seed: 4)
        let beta = numbers(width, seed: 5)
        var out = x
        haneul_add_layer_norm(&out, bias, residual, gamma, beta, 2, width, 1e-5)
        for row in 0..<2 {
            let sums = (0..<width).map { Double(x[row * width + $0]) + Double(bias[$0]) + Double(residual[row * width + $0]) }
            let mean = sums.reduce(0, +) / Double(width)
            let variance = sums.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(width)
            for i in 0..<width {
                let expected = (sums[i] - mean) / (variance + 1e-5).squareRoot() * Double(gamma[i]) + Double(beta[i])
                #expect(abs(Double(out[row * width + i]) - expected) < 1e-4)
            }
        }
    }

    @Test(arguments: [0, 1, 31, 32, 33, 64, 100, 384, 1000])
    func `dot products of bytes are exact`(count: Int) {
        let a = (0..<count).map { Int8(truncatingIfNeeded: ($0 * 73 + 11) % 255 - 127) }
        let b = (0..<count).map { Int8(truncatingIfNeeded: ($0 * 31 + 200) % 255 - 127) }
        #expect(haneul_dot_i8(a, b, count) == zip(a, b).reduce(Int32(0)) { $0 + Int32($1.0) * Int32($1.1) })
        let extreme = [Int8](repeating: -127, count: count)
        #expect(haneul_dot_i8(extreme, extreme, count) == Int32(count) * 127 * 127)
    }

    @Test func `bytes never reach -128 and odd values become zero`() {
        var out = [Int8](repeating: 1, count: 4)
        #expect(haneul_quantize_i8([-2, 2, 1, 0], 4, &out) == Float(2) / 127)
        #expect(out == [-127, 127, 64, 0])
        #expect(haneul_quantize_i8([0, 0, 0, 0], 4, &out) == 0)
        #expect(out == [0, 0, 0, 0])
        #expect(haneul_quantize_i8([.infinity, 1, 1, 1], 4, &out) == 0)
        #expect(out == [0, 0, 0, 0])
    }

    @Test(arguments: [(0, 300, false), (0, 300, true), (70, 201, true), (64, 128, true), (5, 5, true), (1, 64, false)])
    func `a scan finds what sorting everything finds`(begin: Int, end: Int, filtered: Bool) {
        let dimension = 40
        let floats = numbers(300 * dimension)
        var rows = [Int8](repeating: 0, count: 300 * dimension)
        var scales = [Float](repeating: 0, count: 300)
        for row in 0..<300 {
            rows.withUnsafeMutableBufferPointer { buffer in
                scales[row] = haneul_quantize_i8(
                    Array(floats[(row * dimension)..<((row + 1) * dimension)]), dimension, buffer.baseAddress! + row * dimension)
            }
        }
        // Two equal rows: the lower number comes first.
        rows.replaceSubrange((90 * dimension)..<(91 * dimension), with: rows[(80 * dimension)..<(81 * dimension)])
        scales[90] = scales[80]
        var query = [Int8](repeating: 0, count: dimension)
        let scale = haneul_quantize_i8(numbers(dimension, seed: 9), dimension, &query)
        var bitmap = [UInt64](repeating: 0, count: 5)
        for row in 0..<300 where row % 3 != 1 && !(128..<192).contains(row) { bitmap[row / 64] |= 1 << (row % 64) }
        var expected: [(score: Float, row: Int)] = []
        for row in begin..<end where !filtered || bitmap[row / 64] >> (row % 64) & 1 == 1 {
            let bytes = Array(rows[(row * dimension)..<((row + 1) * dimension)])
            expected.append((Float(haneul_dot_i8(bytes, query, dimension)) * scales[row] * scale, row))
        }
        expected.sort { $0.score > $1.score || ($0.score == $1.score && $0.row < $1.row) }
        for limit in [0, 1, 7, 50, 400] {
            var best = [haneul_match](repeating: haneul_match(), count: limit)
            let found = haneul_scan_i8(rows, scales, dimension, begin, end, query, scale, filtered ? bitmap : nil, &best, limit)
            #expect(found == min(limit, expected.count))
            #expect(best.prefix(found).map { Int($0.row) } == expected.prefix(limit).map(\.row))
            var floatBest = [haneul_match](repeating: haneul_match(), count: limit)
            let floatFound = haneul_scan_f32(floats, dimension, begin, end, numbers(dimension, seed: 9), filtered ? bitmap : nil, &floatBest, limit)
            #expect(floatFound == found)
        }
    }

    @Test(arguments: [(1, 8, 16), (7, 33, 19), (13, 384, 40), (100, 1536, 16), (6, 1, 1)])
    func `fixed point layers agree with floats`(rows: Int, inputs: Int, outputs: Int) {
        var x = numbers(rows * inputs)
        // Outliers, as transformers have them.
        for row in 0..<rows { x[row * inputs] *= 50 }
        let weight = numbers(inputs * outputs, seed: 7)
        var packed = [Int16](repeating: 0, count: haneul_fixed_packed_count(inputs, outputs))
        var scales = [Float](repeating: 0, count: haneul_fixed_scale_count(outputs))
        haneul_fixed_pack(weight, inputs, outputs, &packed, &scales)
        var values = [Int16](repeating: 0, count: rows * haneul_fixed_stride(inputs))
        var rowScales = [Float](repeating: 0, count: rows)
        haneul_fixed_quantize(x, rows, inputs, &values, &rowScales)
        var out = [Float](repeating: .nan, count: rows * (outputs + 3))
        haneul_fixed_multiply(values, rowScales, rows, inputs, packed, scales, outputs, &out, outputs + 3)
        for row in 0..<rows {
            let length = (0..<inputs).reduce(0.0) { $0 + Double(x[row * inputs + $1]) * Double(x[row * inputs + $1]) }.squareRoot()
            for n in 0..<outputs {
                let expected = (0..<inputs).reduce(0.0) { $0 + Double(x[row * inputs + $1]) * Double(weight[n * inputs + $1]) }
                #expect(abs(Double(out[row * (outputs + 3) + n]) - expected) < 2e-3 * length + 1e-6)
            }
            for n in outputs..<(outputs + 3) { #expect(out[row * (outputs + 3) + n].isNaN) }
        }
    }

    @Test func `equal large values do not overflow fixed point`() {
        let x = [Float](repeating: 3e4, count: 4096)
        var packed = [Int16](repeating: 0, count: haneul_fixed_packed_count(4096, 1))
        var scales = [Float](repeating: 0, count: haneul_fixed_scale_count(1))
        haneul_fixed_pack(x, 4096, 1, &packed, &scales)
        var values = [Int16](repeating: 0, count: 4096)
        var rowScale: Float = 0
        haneul_fixed_quantize(x, 1, 4096, &values, &rowScale)
        var out: Float = 0
        haneul_fixed_multiply(values, &rowScale, 1, 4096, packed, scales, 1, &out, 1)
        #expect(abs(out / (4096 * 9e8) - 1) < 3e-3)
    }

    @Test func `half precision and bfloat16 become the same floats`() {
        let halves: [Float16] = [0, -0.0, 1, -2.5, 65504, 6e-8, 6.1e-5, .infinity, -.infinity, 0.333]
        var out = [Float](repeating: 0, count: halves.count)
        haneul_half_to_float(halves.map(\.bitPattern), &out, halves.count)
        #expect(out == halves.map(Float.init))
        haneul_bfloat_to_float([0x3F80, 0xC020, 0], &out, 3)
        #expect(Array(out.prefix(3)) == [1, -2.5, 0])
    }

    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        ("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"),
    ])
    func `SHA-256 is that of the standard's examples`(text: String, expected: String) {
        #expect(digest(Array(text.utf8), step: 64) == expected)
    }

    @Test(arguments: [1, 3, 55, 64, 100, 1000])
    func `SHA-256 does not depend on how the bytes arrive`(step: Int) {
        let bytes = [UInt8](repeating: UInt8(ascii: "a"), count: 10_000)
        #expect(digest(bytes, step: step) == "27dd1f61b867b6a0f6e9d8a41c43231de52107e53ae424de8f847b821db4b711")
    }

    private func digest(_ bytes: [UInt8], step: Int) -> String {
        var context = haneul_sha256()
        haneul_sha256_init(&context)
        for start in stride(from: 0, to: bytes.count, by: step) {
            let part = Array(bytes[start..<min(start + step, bytes.count)])
            haneul_sha256_update(&context, part, part.count)
        }
        var out = [UInt8](repeating: 0, count: 32)
        haneul_sha256_final(&context, &out)
        return out.map { String(format: "%02x", $0) }.joined()
    }
}
