import CZlib
import Domain

/// Raw deflate streams, as HWP has them.
enum Inflater {
    /// What can be unpacked; a damaged stream gives what comes before the damage.
    /// - Parameter limit: throws when there is more.
    static func inflate(_ input: [UInt8], limit: Int) throws -> [UInt8] {
        var stream = z_stream()
        guard inflateInit2_(&stream, -15, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else { return [] }
        defer { inflateEnd(&stream) }
        var input = input
        var output: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 1 << 16)
        return try input.withUnsafeMutableBufferPointer { source in
            stream.next_in = source.baseAddress
            stream.avail_in = UInt32(clamping: source.count)
            while true {
                let (status, count) = block.withUnsafeMutableBufferPointer { target -> (Int32, Int) in
                    stream.next_out = target.baseAddress
                    stream.avail_out = UInt32(target.count)
                    let status = CZlib.inflate(&stream, Z_NO_FLUSH)
                    return (status, target.count - Int(stream.avail_out))
                }
                guard output.count + count <= limit else { throw ExtractionFailure.unpacksTooLarge(limit) }
                output += block[..<count]
                guard status == Z_OK, count > 0 || stream.avail_in > 0 else { return output }
            }
        }
    }
}
