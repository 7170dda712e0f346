import CKernels
import Synchronization

/// One layer's weights in the form its kernel wants, packed when they are first needed.
final class PackedWeights: Sendable {
    /// Unchecked because of the pointers: written before anybody else sees them, and freed with their owner.
    enum Form: @unchecked Sendable {
        case fixed(values: UnsafeMutablePointer<Int16>, scales: UnsafeMutablePointer<Float>)
        case narrow(values: UnsafeMutablePointer<Int8>, scales: UnsafeMutablePointer<Float>)

        var isNarrow: Bool { if case .narrow = self { true } else { false } }
    }

    private let form = Mutex<Form?>(nil)

    /// - Parameter precision: `fixed` or `narrow`; the first caller's counts.
    func form(_ layer: DenseLayer, _ precision: EncoderPrecision) -> Form {
        form.withLock { form in
            if let form { return form }
            let new = Self.pack(layer, precision)
            layer.weight.release()
            form = new
            return new
        }
    }

    private static func pack(_ layer: DenseLayer, _ precision: EncoderPrecision) -> Form {
        let (weight, inputs, outputs) = (layer.weight.values, layer.inputs, layer.outputs)
        if precision == .narrow, haneul_narrow_fits(weight, inputs, outputs) != 0 {
            let count = haneul_narrow_packed_bytes(inputs, outputs)
            let values = UnsafeMutableRawPointer.allocate(byteCount: count, alignment: 64).bindMemory(to: Int8.self, capacity: count)
            let scales = UnsafeMutablePointer<Float>.allocate(capacity: haneul_narrow_scale_count(inputs, outputs))
            haneul_narrow_pack(weight, inputs, outputs, values, scales)
            return .narrow(values: values, scales: scales)
        }
        let count = haneul_fixed_packed_count(inputs, outputs)
        let values = UnsafeMutableRawPointer.allocate(byteCount: count * 2, alignment: 64).bindMemory(to: Int16.self, capacity: count)
        let scales = UnsafeMutablePointer<Float>.allocate(capacity: haneul_fixed_scale_count(outputs))
        haneul_fixed_pack(weight, inputs, outputs, values, scales)
        return .fixed(values: values, scales: scales)
    }

    deinit {
        form.withLock { form in
            switch form {
            case nil: break
            case .fixed(let values, let scales):
                UnsafeMutableRawPointer(values).deallocate()
                scales.deallocate()
            case .narrow(let values, let scales):
                UnsafeMutableRawPointer(values).deallocate()
                scales.deallocate()
            }
        }
    }
}
