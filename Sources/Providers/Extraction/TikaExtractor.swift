package import Domain

/// Text by an Apache Tika server: `PUT /tika/text`, which answers with JSON whose `X-TIKA:content` is the text
/// (https://cwiki.apache.org/confluence/display/TIKA/TikaServer).
package struct TikaExtractor: TextExtractor {
    private let server: ExtractionServer

    /// - Parameter url: `http://tika:9998`
    package init(url: String, largestFile: Int, transport: any UpstreamTransport) throws {
        server = try ExtractionServer(name: "Tika", url: url, transport: transport, largestFile: largestFile)
    }

    package func extract(_ request: ExtractionRequest) async throws -> ExtractedDocument {
        let type = request.mediaType.isEmpty ? "application/octet-stream" : request.mediaType
        // A name helps the server where the type says nothing. Header values are Latin: other letters go as %XX.
        let name = request.filename.utf8.map { $0 > 0x20 && $0 < 0x7F && $0 != 0x25 && $0 != 0x22 ? String(UnicodeScalar($0)) : Self.escaped($0) }
        let answer = try await server.send(
            UpstreamRequest(
                method: "PUT", url: server.base + "/tika/text",
                headers: [
                    (name: "Content-Type", value: type), (name: "Accept", value: "application/json"),
                    (name: "Content-Disposition", value: "attachment; filename*=UTF-8''\(name.joined())"),
                ],
                body: try server.bytes(of: request.path)))
        guard let value = try? JSONValue(parsing: answer.body), let object = value.object else {
            // Older servers know no JSON here and answer with the text itself.
            guard answer.type.hasPrefix("text/plain"), let text = String(validating: answer.body, as: UTF8.self) else {
                throw AppError(.badRequest, "The Tika server gave an answer that is not understood.")
            }
            return Self.document(text, title: nil)
        }
        return Self.document(object["X-TIKA:content"]?.string ?? "", title: object["dc:title"]?.string ?? object["dc:title"]?[0]?.string)
    }

    private static func escaped(_ byte: UInt8) -> String { "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true) }

    private static func document(_ text: String, title: String?) -> ExtractedDocument {
        var metadata: JSONObject = [:]
        if let title, !title.trimmed.isEmpty { metadata["title"] = .string(title.trimmed) }
        return ExtractedDocument(sections: [.init(text: text.trimmed, metadata: metadata)], hasMarkdownHeadings: false)
    }
}
