import Foundation

/// An `http` or `https` address, read strictly: whatever two readers could understand differently is refused.
struct PageAddress: Sendable {
    let text: String
    /// In lower case; with brackets when it is an IPv6 address.
    let host: String

    init(_ text: String) throws {
        let text = text.trimmingCharacters(in: .whitespaces)
        guard text.utf8.count <= 4096, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\\") }),
            let components = URLComponents(string: text), let scheme = components.scheme?.lowercased(), scheme == "http" || scheme == "https",
            components.user == nil, components.password == nil, let host = components.host?.lowercased(), Self.isHost(host)
        else { throw PinnedPageFetcher.Refusal(reason: "not an http address") }
        // The authority as written must be exactly the host and the port: no `@`, no escapes.
        let rest = text.dropFirst(scheme.count)
        guard rest.hasPrefix("://") else { throw PinnedPageFetcher.Refusal(reason: "not an http address") }
        let authority = rest.dropFirst(3).prefix { !"/?#".contains($0) }.lowercased()
        let port = components.port.map { ":\($0)" } ?? ""
        guard authority == host + port || authority == "[\(host)]\(port)" else { throw PinnedPageFetcher.Refusal(reason: "ambiguous address") }
        self.text = text
        self.host = host
    }

    private static func isHost(_ host: String) -> Bool {
        if host.contains(":") {
            return host.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) || [0x3A, 0x2E, 0x5B, 0x5D].contains($0) }
        }
        return !host.isEmpty
            && host.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x7A).contains($0) || $0 == 0x2E || $0 == 0x2D || $0 == 0x5F }
    }

    /// Where a `Location` header leads.
    func following(_ location: String) throws -> PageAddress {
        guard let base = URL(string: text), let next = URL(string: location, relativeTo: base)?.absoluteURL.absoluteString else {
            throw PinnedPageFetcher.Refusal(reason: "redirect to nowhere")
        }
        return try PageAddress(next)
    }
}
