/// Percent-encoding, as in RFC 3986.
extension StringProtocol {
    /// With every `%XX` as the byte that it stands for. What is no such code stays as it is written, and bytes that are not
    /// UTF-8 become U+FFFD.
    package var percentDecoded: String {
        String(decoding: percentDecodedBytes(loneSign: UInt8(ascii: "%")) ?? [], as: UTF8.self)
    }

    /// The same, or `nil` when a `%` has no two hexadecimal digits behind it or the bytes are not UTF-8.
    package var strictlyPercentDecoded: String? {
        percentDecodedBytes(loneSign: nil).flatMap { String(validating: $0, as: UTF8.self) }
    }

    /// - Parameter loneSign: what stands for a `%` without two digits; `nil` to give up.
    private func percentDecodedBytes(loneSign: UInt8?) -> [UInt8]? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(utf8.count)
        var rest = Array(utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            if rest.count >= 2, let high = rest.first?.hexDigit, let low = rest.dropFirst().first?.hexDigit {
                bytes.append(high << 4 | low)
                rest = rest.dropFirst(2)
            } else if let loneSign {
                bytes.append(loneSign)
            } else {
                return nil
            }
        }
        return bytes
    }
}

extension UInt8 {
    /// The value of an ASCII hexadecimal digit.
    fileprivate var hexDigit: UInt8? {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): self - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): self - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): self - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
