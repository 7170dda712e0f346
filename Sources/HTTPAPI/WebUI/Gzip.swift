import CZlib

/// Compression as browsers ask for it (RFC 1952), of things that are held in memory.
enum Gzip {
    /// At the highest level; `nil` when there is no memory for it.
    static func compressed(_ bytes: [UInt8]) -> [UInt8]? {
        var stream = z_stream()
        // 15 bits of window, and 16 for gzip's header instead of zlib's.
        guard
            deflateInit2_(
                &stream, Z_BEST_COMPRESSION, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK
        else { return nil }
        defer { deflateEnd(&stream) }
        let room = Int(deflateBound(&stream, UInt(bytes.count)))
        var input = bytes
        return input.withUnsafeMutableBufferPointer { source in
            try? [UInt8](unsafeUninitializedCapacity: room) { target, count in
                stream.next_in = source.baseAddress
                stream.avail_in = UInt32(source.count)
                stream.next_out = target.baseAddress
                stream.avail_out = UInt32(room)
                let result = deflate(&stream, Z_FINISH)
                count = Int(stream.total_out)
                if result != Z_STREAM_END { throw Failure() }
            }
        }
    }

    private struct Failure: Error {}
}
