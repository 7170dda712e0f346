import CPage

/// The page's own files, compiled into the program.
package enum EmbeddedPage {
    package static func files() -> [String: PageFile] {
        var files: [String: PageFile] = [:]
        var index: UInt = 0
        while let asset = page_asset_at(index)?.pointee {
            let bytes = Array(String(cString: asset.text).utf8)
            files[String(cString: asset.path)] = PageFile(bytes: bytes, gzipped: Gzip.compressed(bytes))
            index += 1
        }
        return files
    }
}
