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
        let override = settings[.pageFolder]
        let source: any PageSource =
            override.isEmpty ? HeldPage(PageBundle.bundled(files)) : FolderPage(folder: override, fallback: HeldPage(files))
        return WebUI(source: source) { settings[.name] }
    }

    private static func contents(_ path: String) -> [UInt8]? { FileManager.default.contents(atPath: path).map { [UInt8]($0) } }
}
