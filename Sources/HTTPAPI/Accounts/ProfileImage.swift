import HTTPTypes
package import Hummingbird
import NIOCore

import struct Foundation.Data

/// Pictures of accounts. What an account names by address is never fetched: the default picture stands for it.
package enum ProfileImage {
    /// - Parameter stored: the account's `profile_image_url`.
    package static func response(for stored: String?) -> Response {
        let (type, bytes) = stored.flatMap(decode) ?? ("image/png", standard)
        return Response(
            status: .ok,
            headers: [
                .contentType: type, .cacheControl: "private, max-age=300", .xContentTypeOptions: "nosniff",
                .contentSecurityPolicy: "default-src 'none'; sandbox",
            ],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }

    /// The bytes of a `data:image/...;base64,` address of a raster format.
    private static func decode(_ url: String) -> (String, [UInt8])? {
        guard let comma = url.firstIndex(of: ","), url.prefix(5).lowercased() == "data:" else { return nil }
        let type = url[url.index(url.startIndex, offsetBy: 5)..<comma].lowercased()
        guard ["png", "jpeg", "jpg", "gif", "webp"].contains(where: { type == "image/\($0);base64" }),
            let data = Data(base64Encoded: String(url[url.index(after: comma)...]))
        else { return nil }
        return (String(type.dropLast(7)), Array(data))
    }

    /// A head and shoulders, 96 by 96, two colours.
    static let standard: [UInt8] = PNGImage.twoColours(side: 96, back: (0x6B, 0x7A, 0x90), front: (0xF4, 0xF6, 0xF9)) { x, y in
        let head = (x - 48) * (x - 48) + (y - 37) * (y - 37) <= 17 * 17
        let shoulders = (x - 48) * (x - 48) * 4 + (y - 96) * (y - 96) * 5 <= 64 * 64 * 2 && y >= 60
        return head || shoulders
    }
}

/// The smallest PNG writer (ISO 15948) that draws a mask: one bit a pixel, a palette of two, stored deflate blocks.
enum PNGImage {
    typealias Colour = (UInt8, UInt8, UInt8)

    static func twoColours(side: Int, back: Colour, front: Colour, _ isFront: (Int, Int) -> Bool) -> [UInt8] {
        var rows: [UInt8] = []
        for y in 0..<side {
            rows.append(0)
            for start in stride(from: 0, to: side, by: 8) {
                rows.append((0..<8).reduce(0) { $0 << 1 | (start + $1 < side && isFront(start + $1, y) ? 1 : 0) })
            }
        }
        let size = UInt32(side).bigEndianBytes
        return [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] + chunk("IHDR", size + size + [1, 3, 0, 0, 0])
            + chunk("PLTE", [back.0, back.1, back.2, front.0, front.1, front.2]) + chunk("IDAT", zlib(rows)) + chunk("IEND", [])
    }

    private static func chunk(_ name: String, _ content: [UInt8]) -> [UInt8] {
        let named = Array(name.utf8) + content
        return UInt32(content.count).bigEndianBytes + named + checksum(named).bigEndianBytes
    }

    /// One stored block: at most 65,535 bytes.
    private static func zlib(_ bytes: [UInt8]) -> [UInt8] {
        let length = UInt16(bytes.count)
        var (a, b) = (UInt32(1), UInt32(0))
        for byte in bytes {
            a = (a + UInt32(byte)) % 65521
            b = (b + a) % 65521
        }
        return [0x78, 0x01, 1, UInt8(length & 0xFF), UInt8(length >> 8), UInt8(~length & 0xFF), UInt8(~length >> 8)] + bytes
            + (b << 16 | a).bigEndianBytes
    }

    private static func checksum(_ bytes: [UInt8]) -> UInt32 {
        ~bytes.reduce(UInt32.max) { crc, byte in
            (0..<8).reduce(crc ^ UInt32(byte)) { value, _ in value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1 }
        }
    }
}

extension UInt32 {
    fileprivate var bigEndianBytes: [UInt8] { [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: self >> $0) } }
}
