#if canImport(Accelerate)
    import Accelerate
#else
    import COpenBLAS
#endif

/// Matrix products on the system's BLAS, all row-major and in the calling thread: parallelism is over texts, where it
/// costs nothing, not inside a product.
enum MatrixProduct {
    private static let singleThreaded: Void = {
        #if !canImport(Accelerate)
            openblas_set_num_threads(1)
        #endif
    }()

    /// To be called once before the first product.
    static func prepare() { _ = singleThreaded }

    /// c = scale * a b^T, with a: rows x inner, b: columns x inner, c: rows x columns.
    static func transposed(
        rows: Int, columns: Int, inner: Int, scale: Float = 1, _ a: UnsafePointer<Float>, stride aStride: Int, _ b: UnsafePointer<Float>,
        stride bStride: Int, into c: UnsafeMutablePointer<Float>, stride cStride: Int
    ) {
        cblas_sgemm(
            CblasRowMajor, CblasNoTrans, CblasTrans, Int32(rows), Int32(columns), Int32(inner), scale, a, Int32(aStride), b, Int32(bStride), 0, c,
            Int32(cStride))
    }

    /// c = a b, with a: rows x inner, b: inner x columns, c: rows x columns.
    static func plain(
        rows: Int, columns: Int, inner: Int, _ a: UnsafePointer<Float>, stride aStride: Int, _ b: UnsafePointer<Float>, stride bStride: Int,
        into c: UnsafeMutablePointer<Float>, stride cStride: Int
    ) {
        cblas_sgemm(
            CblasRowMajor, CblasNoTrans, CblasNoTrans, Int32(rows), Int32(columns), Int32(inner), 1, a, Int32(aStride), b, Int32(bStride), 0, c,
            Int32(cStride))
    }
}
