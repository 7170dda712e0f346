import CKernels
import Synchronization

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// How dense layers are multiplied.
package enum EncoderPrecision: Sendable, Hashable {
    /// 32-bit floats on BLAS.
    case float
    /// 16-bit fixed point with a scale for each row: about half the time, cosine to `float` above 0.9999.
    case fixed
    /// `fixed` where the processor does it faster (AVX2), else `float`.
    case automatic

    var isFixed: Bool { self == .fixed || (self == .automatic && haneul_fixed_is_fast() != 0) }
}

/// One layer's weights in 16-bit fixed point, packed when they are first needed.
final class FixedWeights: Sendable {
    /// Unchecked because of the pointers: written before anybody else sees them, and freed with their owner.
    struct Packed: @unchecked Sendable {
        let values: UnsafeMutablePointer<Int16>
        let scales: UnsafeMutablePointer<Float>
    }

    private let packed = Mutex<Packed?>(nil)

    func packed(_ layer: DenseLayer) -> Packed {
        packed.withLock { packed in
            if let packed { return packed }
            let count = haneul_fixed_packed_count(layer.inputs, layer.outputs)
            let values = UnsafeMutableRawPointer.allocate(byteCount: count * 2, alignment: 64).bindMemory(to: Int16.self, capacity: count)
            let scales = UnsafeMutablePointer<Float>.allocate(capacity: haneul_fixed_scale_count(layer.outputs))
            haneul_fixed_pack(layer.weight.values, layer.inputs, layer.outputs, values, scales)
            layer.weight.release()
            let new = Packed(values: values, scales: scales)
            packed = new
            return new
        }
    }

    deinit {
        packed.withLock { packed in
            guard let packed else { return }
            UnsafeMutableRawPointer(packed.values).deallocate()
            packed.scales.deallocate()
        }
    }
}

/// The rows that go into dense layers, in the form the layers want.
struct DenseInput {
    let floats: UnsafePointer<Float>
    let rows: Int
    /// Values and the scale of each row; `nil` for floats.
    let fixed: (values: UnsafePointer<Int16>, scales: UnsafePointer<Float>)?

    init(_ floats: UnsafePointer<Float>, rows: Int) {
        self.floats = floats
        self.rows = rows
        fixed = nil
    }

    /// Converts `rows` rows of `width` floats into `scratch`, which has room for `scratchCount` floats.
    init(_ floats: UnsafePointer<Float>, rows: Int, width: Int, scratch: UnsafeMutablePointer<Float>) {
        self.floats = floats
        self.rows = rows
        let scales = scratch
        let values = UnsafeMutableRawPointer(scratch + ((rows + 15) & ~15)).assumingMemoryBound(to: Int16.self)
        haneul_fixed_quantize(floats, rows, width, values, scales)
        fixed = (UnsafePointer(values), UnsafePointer(scales))
    }

    /// Floats of scratch memory for rows of up to `width`.
    static func scratchCount(rows: Int, width: Int) -> Int { ((rows + 15) & ~15) + rows * haneul_fixed_stride(width) / 2 + 16 }
}
