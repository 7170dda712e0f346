package import Domain

/// Markdown by a Docling server: `POST /v1/convert/file`, a form with the file, which answers with JSON whose
/// `document.md_content` is the text (https://github.com/docling-project/docling-serve).
package struct DoclingExtractor: TextExtractor {
    private let server: ExtractionServer
    private let key: String
    private let parameters: JSONObject

    /// - Parameters:
    ///   - url: `http://docling:5001`
    ///   - key: empty for a server without one.
    ///   - parameters: further fields of the form; lists become a field for each element.
    package init(url: String, key: String, parameters: JSONObject, largestFile: Int, transport: any UpstreamTransport) throws {
        server = try ExtractionServer(name: "Docling", url: url, transport: transport, largestFile: largestFile)
        self.key = key
        self.parameters = parameters
    }

    package func extract(_ request: ExtractionRequest) async throws -> ExtractedDocument {
        let boundary = "haneul-" + makeID()
        var body: [UInt8] = []
        var fields: JSONObject = ["image_export_mode": "placeholder", "to_formats": "md"]
        fields.merge(parameters)
        for (name, value) in fields {
            for element in value.array ?? [value] {
                body += "--\(boundary)\r\nContent-Disposition: form-data; name=\"\(Self.quoted(name))\"\r\n\r\n".utf8
                body += (element.string ?? element.jsonText).utf8
                body += "\r\n".utf8
            }
        }
        let type = request.mediaType.isEmpty ? "application/octet-stream" : request.mediaType
        body += "--\(boundary)\r\nContent-Disposition: form-data; name=\"files\"; filename=\"\(Self.quoted(request.filename))\"\r\n".utf8
        body += "Content-Type: \(type)\r\n\r\n".utf8
        body += try server.bytes(of: request.path)
        body += "\r\n--\(boundary)--\r\n".utf8
        var headers = [(name: "Content-Type", value: "multipart/form-data; boundary=\(boundary)"), (name: "Accept", value: "application/json")]
        if !key.isEmpty { headers.append((name: "X-Api-Key", value: key)) }
        let answer = try await server.send(UpstreamRequest(url: server.base + "/v1/convert/file", headers: headers, body: body))
        guard let value = try? JSONValue(parsing: answer.body), let document = value["document"] else {
            throw AppError(.badRequest, "The Docling server gave an answer that is not understood.")
        }
        let text = document["md_content"]?.string ?? document["text_content"]?.string ?? ""
        if text.trimmed.isEmpty, let reason = value["errors"]?[0]?["error_message"]?.string {
            throw AppError(.badRequest, "The Docling server could not read the file: \(reason.prefix(300))")
        }
        return ExtractedDocument(sections: [.init(text: text.trimmed)], hasMarkdownHeadings: true)
    }

    /// Inside the quotes of a form's header, as browsers write it.
    private static func quoted(_ text: String) -> String {
        text.replacing("\"", with: "%22").replacing("\r", with: "%0D").replacing("\n", with: "%0A")
    }
}
