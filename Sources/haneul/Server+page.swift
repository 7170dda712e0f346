import Domain
import Foundation
import HTTPAPI
import Logging

extension Server {
    /// The web page: our files are in the program, the libraries it uses in the cache.
    static func page(settings: Settings, logger: Logger) throws -> WebUI {
        var files = EmbeddedPage.files()
        let folder = CacheDirectory(settings: settings).pageLibraries
        for name in ["purify.js", "katex.js", "marked.js", "highlight.js"] {
            guard let bytes = contents(folder + "/" + name) else {
                logger.warning("the page shows answers as plain text: a library is missing", metadata: ["file": "\(folder)/\(name)"])
                continue
            }
            files["vendor/" + name] = PageFile(bytes: bytes, gzipped: contents(folder + "/" + name + ".gz"))
        }
        let held = HeldPage(files)
        let override = settings[.pageFolder]
        return WebUI(source: override.isEmpty ? held : FolderPage(folder: override, fallback: held)) { settings[.name] }
    }

    private static func contents(_ path: String) -> [UInt8]? { FileManager.default.contents(atPath: path).map { [UInt8]($0) } }
}
