/// One file of the page: what a browser gets for a path.
package struct PageFile: Sendable {
    package let bytes: [UInt8]
    /// The same, gzipped; `nil` where it would not be smaller or was not made.
    package let gzipped: [UInt8]?
    /// Differs where contents differ.
    let fingerprint: String

    package init(bytes: [UInt8], gzipped: [UInt8]? = nil) {
        self.bytes = bytes
        self.gzipped = gzipped.flatMap { $0.count < bytes.count ? $0 : nil }
        var fingerprint = Fingerprint()
        fingerprint.add(bytes)
        self.fingerprint = fingerprint.text
    }

    /// The media type of a path's last component; `nil` for kinds that the page has none of.
    package static func type(of path: String) -> String? {
        guard let dot = path.lastIndex(of: ".") else { return nil }
        return types[path[path.index(after: dot)...].lowercased()]
    }

    private static let types = [
        "html": "text/html; charset=utf-8", "js": "text/javascript; charset=utf-8", "mjs": "text/javascript; charset=utf-8",
        "css": "text/css; charset=utf-8", "svg": "image/svg+xml", "png": "image/png", "ico": "image/x-icon", "woff2": "font/woff2",
        "json": "application/json", "webmanifest": "application/manifest+json", "txt": "text/plain; charset=utf-8",
    ]
}
