import CPage

/// The page's own files, compiled into the program.
package enum EmbeddedPage {
    package static func files() -> [String: PageFile] {
        sources().mapValues { PageFile(bytes: $0, gzipped: Gzip.compressed($0)) }
    }

    /// By path.
    package static func sources() -> [String: [UInt8]] {
        var sources: [String: [UInt8]] = [:]
        var index: UInt = 0
        while let asset = page_asset_at(index)?.pointee {
            sources[String(cString: asset.path)] = Array(String(cString: asset.text).utf8)
            index += 1
        }
        return sources
    }
}
