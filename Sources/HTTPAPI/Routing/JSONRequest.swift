package import Domain
import HTTPTypes
package import Hummingbird
package import NIOCore

extension Request {
    /// The body as a JSON object.
    ///
    /// Errors in the shape of the contract: 422 `dict_type` without a JSON content type or when it is no object, 422
    /// `json_invalid` for broken JSON, 400 for bytes that are not UTF-8, 413 beyond `limit`.
    /// - Parameter anyContentType: reads the body as JSON whatever the content type says (what plain `curl -d` sends).
    package func jsonObject(limit: Int = 32 << 20, anyContentType: Bool = false) async throws -> JSONObject {
        try Self.jsonObject(in: try await collectedBody(limit: limit), contentType: anyContentType ? "application/json" : headers[.contentType])
    }

    /// The same of a body that was already collected.
    package static func jsonObject(in buffer: ByteBuffer, contentType: String?) throws -> JSONObject {
        let value = try jsonValue(in: buffer, contentType: contentType)
        guard let object = value.object else {
            throw AppError.validation([
                ValidationIssue(type: "dict_type", location: ["body"], message: "Input should be a valid dictionary", input: value)
            ])
        }
        return object
    }

    /// The body as any JSON.
    package func jsonValue(limit: Int = 32 << 20, anyContentType: Bool = false) async throws -> JSONValue {
        try Self.jsonValue(in: try await collectedBody(limit: limit), contentType: anyContentType ? "application/json" : headers[.contentType])
    }

    private static func jsonValue(in buffer: ByteBuffer, contentType: String?) throws -> JSONValue {
        let bytes = buffer.readableBytesView
        guard isJSON(contentType) else {
            throw AppError.validation([
                ValidationIssue(
                    type: "dict_type", location: ["body"], message: "Input should be a valid dictionary",
                    input: .string(String(decoding: bytes.prefix(200), as: UTF8.self)))
            ])
        }
        guard !bytes.isEmpty else {
            throw AppError.validation([ValidationIssue(type: "missing", location: ["body"], message: "Field required")])
        }
        do {
            return try JSONValue(parsing: bytes)
        } catch {
            if String(validating: bytes, as: UTF8.self) == nil {
                throw AppError(.badRequest, "There was an error parsing the body")
            }
            throw AppError.validation([
                ValidationIssue(
                    type: "json_invalid", location: ["body", String(error.offset)], message: "JSON decode error", input: [:])
            ])
        }
    }

    /// The whole body in memory.
    /// - Throws: `AppError(.tooLarge)` as soon as it is longer than `limit`.
    package func collectedBody(limit: Int) async throws -> ByteBuffer {
        if let length = headers[.contentLength].flatMap({ Int($0) }), length > limit { throw Self.tooLarge(limit) }
        do {
            return try await body.collect(upTo: limit)
        } catch is NIOTooManyBytesError {
            throw Self.tooLarge(limit)
        }
    }

    private static func tooLarge(_ limit: Int) -> AppError {
        AppError(.tooLarge, "The request body is larger than \(limit >> 20) MiB.")
    }

    /// `application/json` or `application/*+json`, with or without parameters.
    package static func isJSON(_ contentType: String?) -> Bool {
        guard let contentType else { return false }
        let type = contentType.prefix { $0 != ";" }.lowercased().filter { $0 != " " }
        return type == "application/json" || (type.hasPrefix("application/") && type.hasSuffix("+json"))
    }
}

extension Response {
    /// A JSON answer in one piece.
    package static func json(_ value: JSONValue, status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]) -> Response {
        var headers = headers
        headers[.contentType] = "application/json"
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: value.jsonBytes)))
    }

    package static func text(_ text: String, status: HTTPResponse.Status = .ok, type: String = "text/plain; charset=utf-8") -> Response {
        Response(status: status, headers: [.contentType: type], body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }
}
