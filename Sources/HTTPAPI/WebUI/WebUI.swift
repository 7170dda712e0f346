import Domain
import HTTPTypes
package import Hummingbird
import NIOCore

/// The web page: its one document at every address that nothing else answers, and its files.
///
/// Files are at `/assets/<revision>/...` and may be kept for ever; the document is asked for again each time, which costs a
/// short 304 when nothing changed.
package struct WebUI: Sendable {
    private let source: any PageSource
    private let name: @Sendable () -> String

    /// - Parameter name: of the site, for the title.
    package init(source: any PageSource, name: @escaping @Sendable () -> String) {
        self.source = source
        self.name = name
    }

    /// - Throws: `AppError.notFound` for addresses of the API, and of files that are not there.
    package func response(to request: Request) async throws -> Response {
        let path = request.uri.path
        let components = path.split(separator: "/").map(String.init)
        guard !Self.isForeign(components) else { throw AppError(.notFound, "Not Found") }
        if components.first == "assets", components.count > 2 {
            guard await components[1] == source.revision else { throw AppError(.notFound, "Not Found") }
            return try await file(Array(components[2...]), request, isRevised: source.isImmutable)
        }
        if components.count == 1, Self.roots.contains(components[0]) { return try await file(components, request, isRevised: false) }
        // A script or picture that is not there must not turn out to be a document. A file's name may be part of an address, though.
        if let last = components.last, PageFile.type(of: last) != nil, PageFile.type(of: last) != PageFile.type(of: "x.html") {
            throw AppError(.notFound, "Not Found")
        }
        return try await document(request)
    }

    /// Addresses where programs expect JSON.
    private static func isForeign(_ components: [String]) -> Bool {
        guard let first = components.first else { return false }
        return ["api", "v1", "openai", "ollama", "oauth", "docs", "openapi.json", "health", "ready", "metrics", "ws"].contains(first)
    }

    /// Files that browsers ask for by a fixed name.
    private static let roots: Set = ["favicon.ico", "favicon.svg", "manifest.webmanifest", "robots.txt"]

    private func file(_ components: [String], _ request: Request, isRevised: Bool) async throws -> Response {
        guard components.allSatisfy({ !$0.hasPrefix(".") && !$0.contains("%") && !$0.contains("\\") }) else { throw AppError(.notFound, "Not Found") }
        let path = components.joined(separator: "/")
        guard let type = PageFile.type(of: path), let file = await source.file(path) else { throw AppError(.notFound, "Not Found") }
        return Self.response(file, type: type, to: request, caching: isRevised ? "public, max-age=31536000, immutable" : "no-cache")
    }

    private func document(_ request: Request) async throws -> Response {
        guard let file = await source.file("index.html") else {
            return .text(
                "\(name()) is running, but its page is not part of this program. The API answers.", status: .ok, type: "text/plain; charset=utf-8")
        }
        let text = String(decoding: file.bytes, as: UTF8.self).replacing("{{assets}}", with: "/assets/" + (await source.revision))
            .replacing("{{name}}", with: Self.escaped(name()))
        return Self.response(PageFile(bytes: Array(text.utf8)), type: "text/html; charset=utf-8", to: request, caching: "no-cache")
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;").replacing("\"", with: "&quot;")
    }

    private static func response(_ file: PageFile, type: String, to request: Request, caching: String) -> Response {
        var headers = type.hasPrefix("text/javascript") || type.hasPrefix("text/css") ? PageHeaders.part : PageHeaders.document
        headers[.contentType] = type
        headers[.cacheControl] = caching
        headers[.vary] = "Accept-Encoding"
        var bytes = file.bytes
        if let gzipped = file.gzipped, acceptsGzip(request.headers) {
            headers[.contentEncoding] = "gzip"
            bytes = gzipped
        }
        let tag = "\"" + file.fingerprint + (headers[.contentEncoding] == nil ? "" : "-gz") + "\""
        headers[.eTag] = tag
        if let known = request.headers[.ifNoneMatch], known == "*" || known.split(separator: ",").contains(where: { matches(String($0), tag) }) {
            return Response(status: .notModified, headers: headers)
        }
        guard request.method == .get else {
            headers[.contentLength] = String(bytes.count)
            return Response(status: .ok, headers: headers)
        }
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }

    private static func matches(_ known: String, _ tag: String) -> Bool {
        let known = known.trimmed
        return known == tag || known == "W/" + tag
    }

    /// `gzip` or `*` with a quality above zero.
    private static func acceptsGzip(_ headers: HTTPFields) -> Bool {
        guard let accepted = headers[.acceptEncoding] else { return false }
        for item in accepted.split(separator: ",") {
            let parts = item.split(separator: ";").map { String($0).trimmed.lowercased() }
            guard let coding = parts.first, coding == "gzip" || coding == "*" else { continue }
            let quality = parts.dropFirst().first { $0.hasPrefix("q=") }.flatMap { Double($0.dropFirst(2)) } ?? 1
            if quality > 0 { return true }
        }
        return false
    }
}
