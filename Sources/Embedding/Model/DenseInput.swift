import CKernels

/// Rows that go into dense layers, in the forms that these layers want.
struct DenseInput {
    let floats: UnsafePointer<Float>
    let rows: Int
    /// Values and the scale of each row; `nil` when no layer asked for them.
    private(set) var fixed: (values: UnsafePointer<Int16>, scales: UnsafePointer<Float>)?
    /// Values, and step and least value of every range of them.
    private(set) var narrow: (values: UnsafePointer<UInt8>, ranges: UnsafePointer<Float>)?

    init(_ floats: UnsafePointer<Float>, rows: Int) {
        self.floats = floats
        self.rows = rows
    }

    /// - Parameters:
    ///   - layers: which will be multiplied with these rows; all have the same number of inputs.
    ///   - scratch: room for `scratchCount` floats, which these rows keep until they are no longer needed.
    init(
        _ floats: UnsafePointer<Float>, rows: Int, for layers: [DenseLayer], _ precision: EncoderPrecision,
        scratch: UnsafeMutablePointer<Float>
    ) {
        self.init(floats, rows: rows)
        guard precision != .float, let width = layers.first?.inputs else { return }
        let (ranges, narrowValues, scales, fixedValues) = Self.parts(rows: rows, width: width)
        if layers.contains(where: { $0.form(precision).isNarrow }) {
            let values = UnsafeMutableRawPointer(scratch + narrowValues).assumingMemoryBound(to: UInt8.self)
            haneul_narrow_quantize(floats, rows, width, values, scratch + ranges)
            narrow = (UnsafePointer(values), UnsafePointer(scratch + ranges))
        }
        if layers.contains(where: { !$0.form(precision).isNarrow }) {
            let values = UnsafeMutableRawPointer(scratch + fixedValues).assumingMemoryBound(to: Int16.self)
            haneul_fixed_quantize(floats, rows, width, values, scratch + scales)
            fixed = (UnsafePointer(values), UnsafePointer(scratch + scales))
        }
    }

    /// Floats of scratch memory for rows of up to `width`.
    static func scratchCount(rows: Int, width: Int) -> Int {
        parts(rows: rows, width: width).fixedValues + rounded(rows * haneul_fixed_stride(width) / 2)
    }

    /// Where each part begins, in floats.
    private static func parts(rows: Int, width: Int) -> (ranges: Int, narrowValues: Int, scales: Int, fixedValues: Int) {
        let narrowValues = rounded(rows * haneul_narrow_range_count(width))
        let scales = narrowValues + rounded((rows * width + 3) / 4)
        return (0, narrowValues, scales, scales + rounded(rows))
    }

    private static func rounded(_ count: Int) -> Int { (count + 15) & ~15 }
}
