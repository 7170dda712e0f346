import Domain
import Foundation

/// What the clients of extraction servers have in common: reading the file, and what an answer's status means.
///
/// Throws `AppError(.unavailable)` and `.tooManyRequests` when trying again later makes sense (no connection, 408, 429, 5xx), with
/// the pause that the server asks for; everything else is `.badRequest` with the server's reason.
struct ExtractionServer: Sendable {
    /// As people call it: `Tika`.
    let name: String
    let base: String
    let transport: any UpstreamTransport
    let largestFile: Int

    /// Text of one document.
    private static let largestAnswer = 256 << 20
    /// Recognising the text of pictures takes its time.
    private static let patience = 900

    /// - Throws: `AppError(.badRequest)` when the address is missing or no HTTP address.
    init(name: String, url: String, transport: any UpstreamTransport, largestFile: Int) throws {
        var base = url.trimmed
        while base.hasSuffix("/") { base.removeLast() }
        guard base.hasPrefix("http://") || base.hasPrefix("https://") else {
            throw AppError(.badRequest, "The address of the \(name) server is missing in the settings.")
        }
        self.name = name
        self.base = base
        self.transport = transport
        self.largestFile = largestFile
    }

    func bytes(of path: String) throws -> [UInt8] {
        do {
            let size = (try FileManager.default.attributesOfItem(atPath: path)[.size] as? NSNumber)?.intValue ?? 0
            guard size <= largestFile else {
                throw AppError(.badRequest, "Files of more than \(largestFile >> 20) MB are not sent to the \(name) server.")
            }
            return Array(try Data(contentsOf: URL(fileURLWithPath: path)))
        } catch let error as AppError {
            throw error
        } catch {
            throw AppError(.badRequest, "The file could not be opened for reading.", cause: error)
        }
    }

    /// The body of a good answer.
    func send(_ request: UpstreamRequest) async throws -> (type: String, body: [UInt8]) {
        var request = request
        request.firstByteSeconds = Self.patience
        request.idleSeconds = Self.patience
        let response: UpstreamResponse
        let body: [UInt8]
        do {
            response = try await transport.send(request)
            body = try await response.body.collect(upTo: Self.largestAnswer)
        } catch let error as AppError where error.code == .upstreamFailed || error.code == .timeout {
            throw AppError(.unavailable, "The \(name) server cannot be reached: \(error.message)", cause: error)
        }
        guard response.status == 200 else { throw refusal(response, body) }
        return (response.header("content-type")?.lowercased() ?? "", body)
    }

    private func refusal(_ response: UpstreamResponse, _ body: [UInt8]) -> AppError {
        let answer = try? JSONValue(parsing: body)
        let said = answer?["detail"]?.string ?? answer?["message"]?.string ?? answer?["error"]?.string ?? ""
        let reason = said.isEmpty ? "" : ": \(said.prefix(300))"
        let retryAfter = response.header("retry-after").flatMap { Int($0.trimmed) }
        switch response.status {
        case 415: return AppError(.badRequest, "The \(name) server does not support this type of file\(reason)")
        case 422: return AppError(.badRequest, "The \(name) server could not read the file: it may be damaged or encrypted\(reason)")
        case 429: return AppError(.tooManyRequests, "The \(name) server has too much to do\(reason)", retryAfter: retryAfter)
        case 408, 425, 500...:
            return AppError(.unavailable, "The \(name) server answered with status \(response.status)\(reason)", retryAfter: retryAfter)
        default: return AppError(.badRequest, "The \(name) server answered with status \(response.status)\(reason)")
        }
    }
}
