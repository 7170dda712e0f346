package import Domain

/// Delivers `sources` with an answer in OpenAI's form.
package enum SourcesEncoding {
    /// The first event of a stream, with nothing else in it.
    package static func event(_ sources: [ContextSource]) -> [UInt8] {
        EventEncoding.event(["sources": .array(sources.map(\.json))])
    }

    /// Adds the key to a whole answer, whose own bytes stay as they are. What is no JSON object stays alone, and so does an error.
    package static func attach(_ sources: [ContextSource], to answer: [UInt8]) -> [UInt8] {
        guard !sources.isEmpty, let object = (try? JSONValue(parsing: answer))?.object, object["error"] == nil,
            let close = answer.lastIndex(of: UInt8(ascii: "}"))
        else { return answer }
        var bytes = Array(answer[..<close])
        if !object.isEmpty { bytes.append(UInt8(ascii: ",")) }
        bytes += "\"sources\":".utf8
        JSONValue.array(sources.map(\.json)).write(into: &bytes)
        bytes.append(UInt8(ascii: "}"))
        return bytes
    }
}
