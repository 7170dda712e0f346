#if canImport(CPage)
    import CPage
#endif

/// The page's own files, compiled into the program.
package enum EmbeddedPage {
    package static func files() -> [String: PageFile] {
        var files: [String: PageFile] = [:]
        #if canImport(CPage)
            var index: UInt = 0
            while let asset = page_asset_at(index)?.pointee {
                let bytes = [UInt8](UnsafeBufferPointer(start: asset.bytes, count: Int(asset.length)))
                files[String(cString: asset.path)] = PageFile(bytes: bytes)
                index += 1
            }
        #endif
        return files
    }
}
