import Domain
import HTTPTypes
import Hummingbird
import NIOCore
import _NIOFileSystem

/// Sends what people uploaded, so that it cannot run: no sniffing of types, no scripts, and anything but plain text and PDF
/// as a download unless it is asked for as a page.
struct FileDownload {
    enum Presentation {
        /// Text and PDF are shown, everything else is downloaded.
        case byKind
        case attachment
        /// A page in a sandbox without scripts, forms and an origin.
        case page
    }

    let file: File
    let presentation: Presentation

    /// The original bytes, whole or the range that the request asks for.
    func response(path: String, request: Request, context: AppRequestContext) async throws -> Response {
        guard let size = try await FileSystem.shared.info(forFileAt: FilePath(path)).map({ Int($0.size) }) else { throw AppError.notFound }
        var headers = self.headers
        let tag = "\"\(file.id)\""
        headers[.eTag] = tag
        headers[.acceptRanges] = "bytes"
        if let known = request.headers[.ifNoneMatch], known == "*" || known.contains(tag) {
            return Response(status: .notModified, headers: headers)
        }
        let range = request.headers[HTTPField.Name("if-range")!].map { $0 == tag } ?? true ? request.headers[.range] : nil
        switch ByteRange.parse(range, size: size) {
        case .whole:
            return Response(status: .ok, headers: headers, body: try await FileIO().loadFile(path: path, context: context))
        case .unsatisfiable:
            return .json(
                ["detail": "The file has \(size) bytes, and none of those that were asked for."], status: .rangeNotSatisfiable,
                headers: [.contentRange: "bytes */\(size)", .acceptRanges: "bytes", .xContentTypeOptions: "nosniff"])
        case .part(let bytes):
            headers[.contentRange] = "bytes \(bytes.lowerBound)-\(bytes.upperBound)/\(size)"
            let body = try await FileIO().loadFile(path: path, range: bytes, context: context)
            return Response(status: .partialContent, headers: headers, body: body)
        }
    }

    /// The extracted text, for files whose bytes are gone.
    func textResponse(library: FileLibrary) -> Response {
        var headers = self.headers
        headers[.contentType] = "text/plain; charset=utf-8"
        let file = file
        return Response(
            status: .ok, headers: headers,
            body: ResponseBody { writer in
                // The writer cannot be captured by the closure that gets the pieces.
                var next = 0
                while let id = file.documentID, let piece = try await library.documents.pieces(of: id, from: next, limit: 1).first {
                    next += 1
                    if !piece.text.isEmpty { try await writer.write(ByteBuffer(string: piece.text)) }
                }
                try await writer.finish(nil)
            })
    }

    var headers: HTTPFields {
        var headers: HTTPFields = [.xContentTypeOptions: "nosniff"]
        let type = FileKind.mediaType(file.contentType)
        let isPDF = type == "application/pdf" || FileKind.fileExtension(of: file.filename) == "pdf"
        headers[.contentType] = isPDF ? "application/pdf" : type == "text/plain" ? "text/plain; charset=utf-8" : type
        let name = "filename*=UTF-8''" + HeaderParameters.percentEncoded(file.filename)
        switch presentation {
        case .page:
            headers[.contentType] = "text/html; charset=utf-8"
            headers[.contentSecurityPolicy] = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:"
            return headers
        case .attachment: headers[.contentDisposition] = "attachment; " + name
        case .byKind where isPDF: headers[.contentDisposition] = "inline; " + name
        case .byKind where type == "text/plain": break
        case .byKind: headers[.contentDisposition] = "attachment; " + name
        }
        // A viewer of PDFs does not start in a sandbox.
        if !isPDF { headers[.contentSecurityPolicy] = "sandbox; default-src 'none'" }
        return headers
    }
}

/// What a `Range` header asks for (RFC 9110, 14.2).
enum ByteRange: Equatable {
    /// No range, one that is not understood, or several at once: the whole may be sent for all of these.
    case whole
    case part(ClosedRange<Int>)
    case unsatisfiable

    static func parse(_ header: String?, size: Int) -> ByteRange {
        guard let header, header.lowercased().hasPrefix("bytes=") else { return .whole }
        let spec = header.dropFirst(6).filter { $0 != " " }
        let bounds = spec.split(separator: "-", omittingEmptySubsequences: false)
        guard bounds.count == 2, !spec.contains(","), bounds.allSatisfy({ $0.utf8.allSatisfy { $0 >= 0x30 && $0 <= 0x39 } }) else { return .whole }
        // Numbers beyond any size count as the largest.
        let first = bounds[0].isEmpty ? nil : Int(bounds[0]) ?? .max
        let last = bounds[1].isEmpty ? nil : Int(bounds[1]) ?? .max
        switch (first, last) {
        case (nil, nil): return .whole
        case (nil, let count?): return count == 0 || size == 0 ? .unsatisfiable : .part(max(0, size - count)...(size - 1))
        case (let first?, let last):
            if let last, last < first { return .whole }
            return first >= size ? .unsatisfiable : .part(first...min(last ?? .max, size - 1))
        }
    }
}
