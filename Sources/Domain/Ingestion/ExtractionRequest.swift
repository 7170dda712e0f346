/// The file an extractor is asked to read.
package struct ExtractionRequest: Sendable, Hashable {
    /// An absolute path; the file is not changed while it is read.
    package var path: String
    /// The name the user gave; its extension decides first.
    package var filename: String
    package var contentType: String

    package init(path: String, filename: String, contentType: String) {
        self.path = path
        self.filename = filename
        self.contentType = contentType
    }

    /// Lower case, without the dot; empty when there is none.
    package var fileExtension: String {
        guard let dot = filename.lastIndex(of: "."), dot != filename.startIndex else { return "" }
        return filename[filename.index(after: dot)...].lowercased()
    }

    /// The content type in lower case without its parameters: `text/html`.
    package var mediaType: String {
        var type = contentType.prefix { $0 != ";" }
        while type.last?.isWhitespace == true { type.removeLast() }
        while type.first?.isWhitespace == true { type.removeFirst() }
        return type.lowercased()
    }
}
