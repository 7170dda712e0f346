extension Connection {
    /// A request to this upstream, with its key, its headers and its time limits.
    /// - Parameters:
    ///   - path: with its first slash, after the base address; may carry a query.
    ///   - makeBody: makes the body when the request is sent, instead of `body`.
    ///   - accept: what the answer should be.
    package func request(
        _ method: String = "POST", _ path: String, body: [UInt8] = [], makeBody: (@Sendable () -> [UInt8])? = nil, accept: String? = nil
    ) -> UpstreamRequest {
        var fields = authorization
        if !body.isEmpty || makeBody != nil { fields.append((name: "Content-Type", value: "application/json")) }
        if let accept { fields.append((name: "Accept", value: accept)) }
        let taken = Set(headers.keys.map { $0.lowercased() })
        fields.removeAll { taken.contains($0.name.lowercased()) }
        fields += headers.sorted { $0.key < $1.key }.filter { Self.isAllowed(header: $0.key) }.map { (name: $0.key, value: $0.value) }
        var request = UpstreamRequest(
            method: method, url: baseURL + path, headers: fields, body: body, firstByteSeconds: firstByteSeconds,
            connectSeconds: connectSeconds, idleSeconds: idleSeconds)
        request.upstream = label
        request.makeBody = makeBody
        return request
    }

    /// `auth_type` `none` sends no key; everything else is a bearer token.
    private var authorization: [(name: String, value: String)] {
        guard !key.isEmpty, config["auth_type"]?.string != "none" else { return [] }
        return [(name: "Authorization", value: "Bearer \(key)")]
    }

    /// One request to whichever of these upstreams can answer it: the first, or, when they are alike, the one with the least to do.
    /// - Parameter connections: not empty.
    package static func request(
        toAnyOf connections: [Connection], balanced: Bool, _ make: (Connection) -> UpstreamRequest
    ) -> UpstreamRequest {
        var request = make(connections[0])
        request.alternatives = connections.count > 1 ? connections.dropFirst().map(make) : []
        request.isBalanced = balanced
        for index in request.alternatives.indices { request.alternatives[index].isBalanced = balanced }
        return request
    }

    /// Headers that frame the message are the transport's.
    private static func isAllowed(header name: String) -> Bool {
        !["host", "content-length", "transfer-encoding", "connection", "upgrade", "te", "trailer"].contains(name.lowercased())
            && name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: ":") }
    }

    /// Until the first byte of an answer; `nil` for the configured default.
    package var firstByteSeconds: Int? { seconds("timeout") }
    package var connectSeconds: Int? { seconds("connect_timeout") }
    package var idleSeconds: Int? { seconds("idle_timeout") }

    private func seconds(_ name: String) -> Int? {
        config[name]?.int.flatMap { (1...86_400).contains($0) ? $0 : nil }
    }

    /// A model id as clients see it.
    package func listedID(_ upstreamID: String) -> String { prefix.isEmpty ? upstreamID : prefix + "." + upstreamID }

    /// `openai:0`, `ollama:1`: in logs, usage records and response headers.
    package var label: String { "\(kind.rawValue.lowercased()):\(index)" }
}
