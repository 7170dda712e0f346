/// Tells addresses of the open internet from those inside networks, of machines themselves, and for special uses.
///
/// Follows the registries of special-purpose addresses (RFC 6890 and its updates).
package enum NetworkAddress {
    /// - Parameter bytes: 4 or 16, in network order.
    package static func isPublic(_ bytes: [UInt8]) -> Bool {
        switch bytes.count {
        case 4: isPublicV4(bytes)
        case 16: isPublicV6(bytes)
        default: false
        }
    }

    private static func isPublicV4(_ a: [UInt8]) -> Bool {
        switch (a[0], a[1], a[2]) {
        case (0, _, _), (10, _, _), (127, _, _): false
        case (100, 64...127, _): false  // carriers' NAT
        case (169, 254, _): false  // link-local, metadata services
        case (172, 16...31, _), (192, 168, _): false
        case (192, 0, 0), (192, 0, 2), (192, 88, 99), (198, 18...19, _), (198, 51, 100), (203, 0, 113): false
        case (224..., _, _): false  // multicast, reserved, broadcast
        default: true
        }
    }

    private static func isPublicV6(_ a: [UInt8]) -> Bool {
        // Addresses that carry an IPv4 address: mapped, translated (64:ff9b::/96).
        if a[0..<10].allSatisfy({ $0 == 0 }), a[10] == 0xFF, a[11] == 0xFF { return isPublicV4(Array(a[12...])) }
        if a[0..<12].elementsEqual([0, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0]) { return isPublicV4(Array(a[12...])) }
        // Only 2000::/3 is given out; the rest is local, multicast or reserved.
        guard a[0] & 0xE0 == 0x20 else { return false }
        switch (a[0], a[1], a[2], a[3]) {
        case (0x20, 0x01, 0, _), (0x20, 0x01, 1, _): return false  // Teredo and other protocol assignments
        case (0x20, 0x01, 0x0D, 0xB8): return false  // documentation
        case (0x20, 0x02, _, _): return false  // 6to4 reaches any IPv4 address
        case (0x3F, 0xFF, 0...0x0F, _): return false  // documentation
        default: return true
        }
    }
}
