/// A range of IP addresses in CIDR notation: `10.0.0.0/8`, `2001:db8::/32`, or one address.
package struct AddressRange: Sendable, Hashable {
    /// As it was written.
    package let text: String
    private let bytes: [UInt8]
    private let length: Int

    /// - Returns: `nil` when the text is no address or range.
    package init?(_ text: String) {
        let text = text.trimmed
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), let bytes = AddressRange.bytes(String(parts[0])) else { return nil }
        var length = bytes.count * 8
        if parts.count == 2 {
            guard parts[1].allSatisfy(\.isASCII), let given = Int(parts[1]), (0...length).contains(given) else { return nil }
            length = given
        }
        self.text = text
        self.bytes = bytes
        self.length = length
    }

    /// An IPv4 address inside IPv6 (`::ffff:10.0.0.1`) counts as the IPv4 address.
    package func contains(_ address: String) -> Bool {
        guard let other = Self.bytes(address), other.count == bytes.count else { return false }
        var left = length
        for (a, b) in zip(bytes, other) {
            guard left > 0 else { return true }
            let mask: UInt8 = left >= 8 ? 0xFF : ~(0xFF >> UInt8(left))
            if a & mask != b & mask { return false }
            left -= 8
        }
        return true
    }

    /// Four bytes for IPv4, sixteen for IPv6.
    private static func bytes(_ text: String) -> [UInt8]? {
        guard text.contains(":") else { return four(text) }
        var text = text.prefix { $0 != "%" }
        var tail: [UInt8] = []
        if text.contains("."), let colon = text.lastIndex(of: ":") {
            guard let last = four(String(text[text.index(after: colon)...])) else { return nil }
            tail = last
            text = text[...colon]
            if !text.hasSuffix("::") { text = text.dropLast() }
        }
        let halves = text.splitAtDoubleColon
        guard halves.count <= 2, let head = groups(halves[0]), let rest = halves.count == 2 ? groups(halves[1]) : [] else { return nil }
        let known = head.count + rest.count + tail.count
        guard halves.count == 2 ? known <= 14 : known == 16 else { return nil }
        let all = head + [UInt8](repeating: 0, count: 16 - known) + rest + tail
        let isMapped = all.prefix(10).allSatisfy { $0 == 0 } && all[10] == 0xFF && all[11] == 0xFF
        return isMapped ? Array(all.suffix(4)) : all
    }

    private static func four(_ text: String) -> [UInt8]? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        let bytes = parts.compactMap { $0.count <= 3 && $0.allSatisfy { $0.isASCII && $0.isNumber } ? UInt8($0) : nil }
        return bytes.count == 4 ? bytes : nil
    }

    private static func groups(_ text: Substring) -> [UInt8]? {
        if text.isEmpty { return [] }
        var bytes: [UInt8] = []
        for group in text.split(separator: ":", omittingEmptySubsequences: false) {
            guard (1...4).contains(group.count), let value = UInt16(group, radix: 16) else { return nil }
            bytes.append(UInt8(value >> 8))
            bytes.append(UInt8(value & 0xFF))
        }
        return bytes
    }
}

extension Substring {
    /// The parts around `::`; one part when there is none.
    fileprivate var splitAtDoubleColon: [Substring] {
        var parts: [Substring] = []
        var start = startIndex
        var index = startIndex
        while index < endIndex {
            let next = self.index(after: index)
            if self[index] == ":", next < endIndex, self[next] == ":" {
                parts.append(self[start..<index])
                start = self.index(after: next)
                index = start
            } else {
                index = next
            }
        }
        return parts + [self[start...]]
    }
}
