package import Domain

/// Reads the chunks of an OpenAI stream, split anywhere.
package struct OpenAIEventDecoder: ChatEventDecoder {
    private var events = EventSplitter()

    package init() {}

    package mutating func push(_ piece: [UInt8]) throws -> [JSONObject] { try events.push(piece).compactMap(Self.object) }

    package mutating func finish() -> [JSONObject] { events.finish().compactMap(Self.object) }

    private static func object(_ event: [UInt8]) -> JSONObject? { (try? JSONValue(parsing: event))?.object }
}
