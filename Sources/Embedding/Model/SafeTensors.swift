import CKernels
import Domain

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// The tensors of a `.safetensors` file: 8 bytes of header length, a JSON header (name to type, shape, byte range), data.
struct SafeTensors {
    enum ElementType: String {
        case float32 = "F32"
        case float16 = "F16"
        case bfloat16 = "BF16"

        var size: Int { self == .float32 ? 4 : 2 }
    }

    private let file: MappedFile
    private let header: JSONObject
    private let dataStart: Int
    private let path: String

    /// - Throws: `AppError(.unavailable)` when the file is not a whole safetensors file.
    init(path: String) throws {
        self.path = path
        file = try MappedFile(path: path)
        let bytes = file.bytes
        guard bytes.count >= 8 else { throw AppError(.unavailable, "\(path) is not a safetensors file") }
        let length = UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))
        guard length <= UInt64(bytes.count - 8), length <= 100_000_000 else {
            throw AppError(.unavailable, "\(path) is cut off or not a safetensors file")
        }
        dataStart = 8 + Int(length)
        let parsed = try? JSONValue(parsing: UnsafeRawBufferPointer(rebasing: bytes[8..<dataStart]))
        guard let header = parsed?.object else { throw AppError(.unavailable, "\(path) has no readable header") }
        self.header = header
        for (name, entry) in header where name != "__metadata__" {
            guard let end = entry["data_offsets"]?[1]?.int, end <= bytes.count - dataStart else {
                throw AppError(.unavailable, "\(path) is cut off in \(name)")
            }
        }
    }

    func contains(_ name: String) -> Bool { header[name] != nil }

    /// - Throws: `AppError(.unavailable)` when there is no such tensor, or it has another shape than expected.
    /// - Parameter shape: `nil` for a dimension that may be anything.
    func tensor(_ name: String, shape expected: [Int?]) throws -> Tensor {
        guard let entry = header[name] else { throw AppError(.unavailable, "\(path) lacks the tensor \(name)") }
        guard let typeName = entry["dtype"]?.string, let type = ElementType(rawValue: typeName) else {
            throw AppError(.unavailable, "\(path): \(name) is of type \(entry["dtype"]?.string ?? "?"); F32, F16 and BF16 can be read")
        }
        let shape = (entry["shape"]?.array ?? []).compactMap(\.int)
        let offsets = (entry["data_offsets"]?.array ?? []).compactMap(\.int)
        guard shape.count == expected.count, zip(shape, expected).allSatisfy({ $0 > 0 && $0 == $1 ?? $0 }) else {
            throw AppError(.unavailable, "\(path): \(name) has the shape \(shape), not \(expected.map { $0.map(String.init) ?? "any" })")
        }
        var count = 1
        for size in shape {
            let (product, overflow) = count.multipliedReportingOverflow(by: size)
            guard !overflow, product <= file.bytes.count else { throw AppError(.unavailable, "\(path) is cut off in \(name)") }
            count = product
        }
        guard offsets.count == 2, offsets[0] >= 0, offsets[1] <= file.bytes.count - dataStart, offsets[1] - offsets[0] == count * type.size else {
            throw AppError(.unavailable, "\(path) is cut off in \(name)")
        }
        let start = dataStart + offsets[0]
        return Tensor(file: file, bytes: UnsafeRawBufferPointer(rebasing: file.bytes[start..<(start + count * type.size)]), type: type, shape: shape)
    }
}

/// A tensor where it lies in the mapped file.
///
/// Unchecked because of the pointer: it is only read, and `file` keeps it valid.
struct Tensor: @unchecked Sendable {
    let file: MappedFile
    let bytes: UnsafeRawBufferPointer
    let type: SafeTensors.ElementType
    let shape: [Int]

    var count: Int { bytes.count / type.size }

    /// Copies `length` values from `start` on as floats.
    func copy(from start: Int, count length: Int, to out: UnsafeMutablePointer<Float>) {
        precondition(start >= 0 && length >= 0 && start + length <= count)
        let source = bytes.baseAddress! + start * type.size
        if type == .float32 {
            UnsafeMutableRawPointer(out).copyMemory(from: source, byteCount: length * 4)
        } else if Int(bitPattern: source) % 2 == 0 {
            convert(source.assumingMemoryBound(to: UInt16.self), out, length)
        } else {
            let aligned = (0..<length).map { source.loadUnaligned(fromByteOffset: 2 * $0, as: UInt16.self) }
            aligned.withUnsafeBufferPointer { convert($0.baseAddress!, out, length) }
        }
    }

    private func convert(_ source: UnsafePointer<UInt16>, _ out: UnsafeMutablePointer<Float>, _ length: Int) {
        if type == .float16 { haneul_half_to_float(source, out, length) } else { haneul_bfloat_to_float(source, out, length) }
    }

    /// The values as floats: in the file itself when they are (and lie at a multiple of 4), else a converted copy.
    func floats() -> FloatTensor { FloatTensor(self) }
}

/// Floats that are either part of a mapped file or a copy.
///
/// Unchecked because of the pointer: nothing writes to it after `init`, and this object keeps it valid.
final class FloatTensor: @unchecked Sendable {
    let values: UnsafePointer<Float>
    let count: Int
    private let file: MappedFile?

    init(_ tensor: Tensor) {
        count = tensor.count
        let base = tensor.bytes.baseAddress!
        if tensor.type == .float32, Int(bitPattern: base) % MemoryLayout<Float>.alignment == 0 {
            values = base.assumingMemoryBound(to: Float.self)
            file = tensor.file
        } else {
            let copy = UnsafeMutablePointer<Float>.allocate(capacity: tensor.count)
            tensor.copy(from: 0, count: tensor.count, to: copy)
            values = UnsafePointer(copy)
            file = nil
        }
    }

    /// Gives the pages back to the system; they are read from the file again if anybody asks.
    func release() {
        guard file != nil else { return }
        let page = Int(sysconf(Int32(_SC_PAGESIZE)))
        let start = (Int(bitPattern: values) + page - 1) & ~(page - 1)
        let end = Int(bitPattern: values + count) & ~(page - 1)
        if end > start { madvise(UnsafeMutableRawPointer(bitPattern: start), end - start, Int32(MADV_DONTNEED)) }
    }

    deinit {
        if file == nil { values.deallocate() }
    }
}
