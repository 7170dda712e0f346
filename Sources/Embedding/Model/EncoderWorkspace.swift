/// The intermediate matrices of one thread, kept between calls. Not shared: each thread makes its own.
final class EncoderWorkspace {
    private var storage: UnsafeMutablePointer<Float>?
    private var capacity = 0

    /// Room for each of `counts` floats, each part on its own cache line. Contents of before are gone.
    func parts(_ counts: [Int]) -> [UnsafeMutablePointer<Float>] {
        let rounded = counts.map { ($0 + 15) & ~15 }
        let total = rounded.reduce(0, +)
        if total > capacity {
            if let storage { UnsafeMutableRawPointer(storage).deallocate() }
            let memory = UnsafeMutableRawPointer.allocate(byteCount: total * 4, alignment: 64)
            storage = memory.bindMemory(to: Float.self, capacity: total)
            capacity = total
        }
        var parts: [UnsafeMutablePointer<Float>] = []
        var next = storage!
        for count in rounded {
            parts.append(next)
            next += count
        }
        return parts
    }

    deinit {
        if let storage { UnsafeMutableRawPointer(storage).deallocate() }
    }
}
