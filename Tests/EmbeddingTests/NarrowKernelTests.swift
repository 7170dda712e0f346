import CKernels
import Foundation
import Testing
import TestSupport

struct NarrowKernelTests {
    /// Weights as a 4-bit copy has them: whole numbers from -8 to 7 times a step for every 32.
    private static func weights(_ inputs: Int, _ outputs: Int, _ dice: inout some RandomNumberGenerator) -> [Float] {
        (0..<outputs * inputs / 32).flatMap { _ -> [Float] in
            let step = Float.random(in: 0.0005...0.01, using: &dice)
            return (0..<32).map { _ in Float(Int.random(in: -8...7, using: &dice)) * step }
        }
    }

    @Test(arguments: [(1, 128, 1), (6, 384, 16), (7, 384, 33), (97, 256, 48), (13, 1536, 17)])
    func `layers of 4-bit weights agree with floats`(rows: Int, inputs: Int, outputs: Int) {
        var dice = SeededGenerator(seed: UInt64(rows))
        let weight = Self.weights(inputs, outputs, &dice)
        let x = (0..<rows * inputs).map { _ in Float.random(in: -1...3, using: &dice) }
        #expect(haneul_narrow_fits(weight, inputs, outputs) == 1)
        let packed = UnsafeMutableRawPointer.allocate(byteCount: haneul_narrow_packed_bytes(inputs, outputs), alignment: 64)
        defer { packed.deallocate() }
        let values = packed.assumingMemoryBound(to: Int8.self)
        var scales = [Float](repeating: 0, count: haneul_narrow_scale_count(inputs, outputs))
        haneul_narrow_pack(weight, inputs, outputs, values, &scales)
        var narrow = [UInt8](repeating: 0, count: rows * inputs)
        var ranges = [Float](repeating: 0, count: rows * haneul_narrow_range_count(inputs))
        haneul_narrow_quantize(x, rows, inputs, &narrow, &ranges)
        let stride = outputs + 3
        var out = [Float](repeating: -77, count: rows * stride)
        haneul_narrow_multiply(narrow, ranges, rows, inputs, values, scales, outputs, &out, stride)
        var error = 0.0
        var size = 0.0
        for row in 0..<rows {
            for output in 0..<outputs {
                let products = (0..<inputs).map { Double(x[row * inputs + $0]) * Double(weight[output * inputs + $0]) }
                let exact = products.reduce(0, +)
                error += pow(Double(out[row * stride + output]) - exact, 2)
                // Of the products and not of their sum, which may be anything near zero.
                size += products.reduce(0) { $0 + $1 * $1 }
            }
            if row < rows - 1 { #expect(out[(row * stride + outputs)..<(row * stride + stride)].allSatisfy { $0 == -77 }) }
        }
        #expect((error / size).squareRoot() < 0.01)
    }

    @Test func `the largest weights and inputs do not overflow`() {
        let inputs = 1536
        let weight = [Float](repeating: -0.08, count: inputs)
        let x = (0..<inputs).map { $0 % 128 == 0 ? Float(-1) : 100 }
        #expect(haneul_narrow_fits(weight, inputs, 1) == 1)
        let packed = UnsafeMutableRawPointer.allocate(byteCount: haneul_narrow_packed_bytes(inputs, 1), alignment: 64)
        defer { packed.deallocate() }
        let values = packed.assumingMemoryBound(to: Int8.self)
        var scales = [Float](repeating: 0, count: haneul_narrow_scale_count(inputs, 1))
        haneul_narrow_pack(weight, inputs, 1, values, &scales)
        var narrow = [UInt8](repeating: 0, count: inputs)
        var ranges = [Float](repeating: 0, count: haneul_narrow_range_count(inputs))
        haneul_narrow_quantize(x, 1, inputs, &narrow, &ranges)
        var out: Float = 0
        haneul_narrow_multiply(narrow, ranges, 1, inputs, values, scales, 1, &out, 1)
        let exact = -0.08 * x.reduce(0, +)
        #expect(abs(out - exact) < abs(exact) * 0.005)
    }

    @Test func `weights between the steps and rows of odd length do not fit`() {
        var weight = (0..<128).map { Float($0 % 16 - 8) * 0.01 }
        #expect(haneul_narrow_fits(weight, 128, 1) == 1)
        weight[77] += 0.004
        #expect(haneul_narrow_fits(weight, 128, 1) == 0)
        #expect(haneul_narrow_fits(weight, 96, 1) == 0)
        weight[77] = .nan
        #expect(haneul_narrow_fits(weight, 128, 1) == 0)
        #expect(haneul_narrow_fits([Float](repeating: 0, count: 128), 128, 1) == 1)
    }

    /// The last ones have scores so far apart that most shares are nothing.
    @Test(arguments: [
        (1, 32, 2), (5, 32, 2), (16, 32, 2), (97, 32, 0.1), (300, 64, 2), (40, 16, 2), (33, 20, 2), (120, 32, 4), (150, 32, 8),
    ])
    func `attention agrees with its definition`(rows: Int, size: Int, largest: Float) {
        let heads = 3
        let width = heads * size
        var dice = SeededGenerator(seed: UInt64(rows))
        let qkv = (0..<rows * 3 * width).map { _ in Float.random(in: -largest...largest, using: &dice) }
        var out = [Float](repeating: 0, count: rows * width)
        let scratch = UnsafeMutableRawPointer.allocate(byteCount: haneul_attention_scratch(rows, size), alignment: 64)
        defer { scratch.deallocate() }
        haneul_attention(qkv, rows, heads, size, &out, scratch)
        var error = 0.0
        var total = 0.0
        for head in 0..<heads {
            for row in 0..<rows {
                func value(_ row: Int, _ part: Int, _ index: Int) -> Double { Double(qkv[row * 3 * width + part * width + head * size + index]) }
                let scores = (0..<rows).map { key in
                    (0..<size).reduce(0.0) { $0 + value(row, 0, $1) * value(key, 1, $1) } / Double(size).squareRoot()
                }
                let top = scores.max()!
                let shares = scores.map { exp($0 - top) }
                let sum = shares.reduce(0, +)
                for index in 0..<size {
                    let exact = (0..<rows).reduce(0.0) { $0 + shares[$1] / sum * value($1, 2, index) }
                    error += pow(Double(out[row * width + head * size + index]) - exact, 2)
                    total += exact * exact
                }
            }
        }
        #expect((error / total).squareRoot() < 1e-3)
    }
}
