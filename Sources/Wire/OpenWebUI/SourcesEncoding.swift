package import Domain

/// Delivers `sources` and `warnings` with an answer in OpenAI's form.
package enum SourcesEncoding {
    /// What comes first in a stream: an event with nothing but `sources`, then one with `warnings`. The second has an empty list of
    /// choices, which clients that know neither pass over. Empty when there is nothing to tell.
    package static func events(_ sources: [ContextSource], warnings: [String] = []) -> [UInt8] {
        var events: [UInt8] = []
        if !sources.isEmpty { events += EventEncoding.event(["sources": .array(sources.map(\.json))]) }
        if !warnings.isEmpty { events += EventEncoding.event(["warnings": .strings(warnings), "choices": []]) }
        return events
    }

    /// Adds the keys to a whole answer, whose own bytes stay as they are. What is no JSON object stays alone, and so does an error.
    package static func attach(_ sources: [ContextSource], warnings: [String] = [], to answer: [UInt8]) -> [UInt8] {
        guard !sources.isEmpty || !warnings.isEmpty, let object = (try? JSONValue(parsing: answer))?.object, object["error"] == nil,
            let close = answer.lastIndex(of: UInt8(ascii: "}"))
        else { return answer }
        var bytes = Array(answer[..<close])
        var needsComma = !object.isEmpty
        func add(_ key: String, _ value: JSONValue) {
            if needsComma { bytes.append(UInt8(ascii: ",")) }
            needsComma = true
            bytes += "\"\(key)\":".utf8
            value.write(into: &bytes)
        }
        if !sources.isEmpty { add("sources", .array(sources.map(\.json))) }
        if !warnings.isEmpty { add("warnings", .strings(warnings)) }
        bytes.append(UInt8(ascii: "}"))
        return bytes
    }
}
