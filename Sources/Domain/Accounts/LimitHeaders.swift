/// Both spellings that clients look for: the IETF draft's `RateLimit-*`, and OpenAI's `X-RateLimit-*-requests` and `-tokens`.
extension KeyMeter.Standing {
    package var fields: [(name: String, value: String)] {
        var fields: [(name: String, value: String)] = []
        if let first = requests ?? tokens {
            fields += [
                ("ratelimit-limit", String(first.limit)), ("ratelimit-remaining", String(first.remaining)), ("ratelimit-reset", String(first.reset)),
            ]
        }
        for (kind, window) in [("requests", requests), ("tokens", tokens)] {
            guard let window else { continue }
            fields += [
                ("x-ratelimit-limit-\(kind)", String(window.limit)), ("x-ratelimit-remaining-\(kind)", String(window.remaining)),
                ("x-ratelimit-reset-\(kind)", "\(window.reset)s"),
            ]
        }
        return fields
    }

    /// As lines of an HTTP/1.1 head.
    package var headerLines: [UInt8] {
        var lines: [UInt8] = []
        for (name, value) in fields { lines.append(contentsOf: "\(name): \(value)\r\n".utf8) }
        return lines
    }
}

extension UsedUpLimit {
    /// - Parameter reset: seconds until the limit begins anew.
    package func fields(reset: Int) -> [(name: String, value: String)] {
        var fields = [("retry-after", String(reset)), ("ratelimit-remaining", "0"), ("ratelimit-reset", String(reset))]
        // Money is no whole number, which is what this header holds.
        guard kind != .cost else { return fields }
        fields += [
            ("ratelimit-limit", String(limit)), ("x-ratelimit-limit-\(kind.rawValue)", String(limit)),
            ("x-ratelimit-remaining-\(kind.rawValue)", "0"), ("x-ratelimit-reset-\(kind.rawValue)", "\(reset)s"),
        ]
        return fields
    }
}
