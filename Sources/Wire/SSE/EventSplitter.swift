package import Domain

/// Reads server-sent events: the `data` of each, lines joined by LF. Comments, other fields and events without data are left out.
package struct EventSplitter: Sendable {
    private var lines: LineSplitter
    private var data: [UInt8]?

    package init(limit: Int = 32 << 20) { lines = LineSplitter(limit: limit) }

    package mutating func push(_ piece: [UInt8]) throws -> [[UInt8]] {
        var events: [[UInt8]] = []
        for line in try lines.push(piece) { take(line, into: &events) }
        return events
    }

    /// An event that was not closed by a blank line.
    package mutating func finish() -> [[UInt8]] {
        var events: [[UInt8]] = []
        if let line = lines.finish() { take(line, into: &events) }
        take([], into: &events)
        return events
    }

    private mutating func take(_ line: [UInt8], into events: inout [[UInt8]]) {
        if line.isEmpty {
            if let data { events.append(data) }
            data = nil
        } else if line.starts(with: "data:".utf8) {
            let value = line.dropFirst(line.count > 5 && line[5] == 0x20 ? 6 : 5)
            if data == nil {
                data = Array(value)
            } else {
                data?.append(0x0A)
                data?.append(contentsOf: value)
            }
        }
    }
}

/// Server-sent events as this server writes them: one `data` line each.
package enum EventEncoding {
    package static let done: [UInt8] = Array("data: [DONE]\n\n".utf8)

    package static func event(_ json: JSONValue) -> [UInt8] {
        var bytes: [UInt8] = Array("data: ".utf8)
        json.write(into: &bytes)
        bytes.append(0x0A)
        bytes.append(0x0A)
        return bytes
    }

    /// With an `event` line in front.
    package static func event(_ name: String, _ json: JSONValue) -> [UInt8] {
        Array("event: \(name)\n".utf8) + event(json)
    }

    /// What a client gets where an upstream broke off: it can tell a cut answer from a finished one.
    package static func failure(_ message: String = "Chat completion stream failed") -> [UInt8] {
        event(["error": ["message": .string(message)]])
    }
}
