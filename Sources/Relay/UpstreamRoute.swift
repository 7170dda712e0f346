import Domain
import NIOCore

/// How to reach one connection's chat completions: the address, and the head of the request up to what differs from one to the next.
final class UpstreamRoute {
    struct Origin: Hashable {
        var isSecure: Bool
        var host: String
        var port: Int
    }

    let connection: Connection
    let label: String
    let labelBytes: [UInt8]
    let pool: UpstreamPool
    /// Ends behind `content-length: `.
    let requestHead: [UInt8]

    init(connection: Connection, label: String, pool: UpstreamPool, requestHead: [UInt8]) {
        self.connection = connection
        self.label = label
        labelBytes = Array(label.utf8)
        self.pool = pool
        self.requestHead = requestHead
    }

    /// Whether the route still is what it was made from. An admin may change a connection at any time.
    func serves(_ other: Connection) -> Bool {
        connection.baseURL == other.baseURL && connection.key == other.key && connection.headers == other.headers
            && connection.config["auth_type"] == other.config["auth_type"]
    }

    /// The address of a base URL and the head of a request to it; `nil` for what the relay cannot speak to (no http(s), user names,
    /// queries) or headers that are no header values.
    static func parse(_ connection: Connection) -> (origin: Origin, requestHead: [UInt8])? {
        var rest = Substring(connection.baseURL)
        let isSecure: Bool
        if rest.lowercased().hasPrefix("http://") {
            isSecure = false
            rest = rest.dropFirst(7)
        } else if rest.lowercased().hasPrefix("https://") {
            isSecure = true
            rest = rest.dropFirst(8)
        } else {
            return nil
        }
        guard rest.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }), !rest.contains(where: { "@?#\\".contains($0) }) else { return nil }
        let slash = rest.firstIndex(of: "/") ?? rest.endIndex
        let authority = rest[..<slash]
        var path = String(rest[slash...])
        while path.hasSuffix("/") { path.removeLast() }
        var host = authority
        var port = isSecure ? 443 : 80
        if authority.hasPrefix("[") {
            guard let close = authority.firstIndex(of: "]") else { return nil }
            host = authority[authority.index(after: authority.startIndex)..<close]
            let tail = authority[authority.index(after: close)...]
            if !tail.isEmpty {
                guard tail.hasPrefix(":"), let number = Int(tail.dropFirst()) else { return nil }
                port = number
            }
        } else if let colon = authority.firstIndex(of: ":") {
            guard let number = Int(authority[authority.index(after: colon)...]) else { return nil }
            host = authority[..<colon]
            port = number
        }
        guard !host.isEmpty, (1...65535).contains(port) else { return nil }
        var head: [UInt8] = []
        head.append("POST ")
        head.append(contentsOf: path.utf8)
        head.append("/chat/completions HTTP/1.1\r\nhost: ")
        head.append(contentsOf: authority.utf8)
        head.append(
            "\r\ncontent-type: application/json\r\naccept: application/json, text/event-stream\r\naccept-encoding: identity\r\nuser-agent: haneul\r\n"
        )
        var headers = connection.headers
        if !connection.key.isEmpty, connection.config["auth_type"]?.string != "none",
            !headers.keys.contains(where: { $0.lowercased() == "authorization" })
        {
            headers["authorization"] = "Bearer " + connection.key
        }
        for (name, value) in headers.sorted(by: { $0.key < $1.key }) {
            guard isName(name), value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }), !value.contains("{{") else { return nil }
            head.append(contentsOf: "\(name): \(value)\r\n".utf8)
        }
        head.append("content-length: ")
        return (Origin(isSecure: isSecure, host: String(host), port: port), head)
    }

    /// A header that a connection may set. The framing is ours.
    private static func isName(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.allSatisfy { ($0 | 0x20) >= 0x61 && ($0 | 0x20) <= 0x7A || ($0 >= 0x30 && $0 <= 0x39) || $0 == 0x2D || $0 == 0x5F }
            && !["content-length", "transfer-encoding", "host", "connection", "content-type", "expect", "upgrade"].contains(name.lowercased())
    }
}
