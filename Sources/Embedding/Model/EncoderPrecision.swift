import CKernels

/// How dense layers are multiplied.
package enum EncoderPrecision: Sendable, Hashable {
    /// 32-bit floats on BLAS.
    case float
    /// 16-bit fixed point with a scale for each row: about half the time, cosine to `float` above 0.9999.
    case fixed
    /// 8-bit inputs for layers whose weights are 4-bit numbers (a quantized copy of a model), `fixed` for others: about a quarter
    /// of the time, cosine to `float` above 0.999.
    case narrow
    /// `narrow` where the processor does it faster than floats (AVX2), else `float`.
    case automatic

    /// What is meant on this processor.
    var resolved: EncoderPrecision {
        guard self == .automatic else { return self }
        return haneul_fixed_is_fast() != 0 ? .narrow : .float
    }
}
