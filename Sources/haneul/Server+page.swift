import Domain
import Foundation
import HTTPAPI
import Logging

extension Server {
    /// The web page: our files are in the program, the libraries it uses in the cache.
    static func page(settings: Settings, logger: Logger) throws -> WebUI {
        let override = settings[.pageFolder]
        let libraries = CacheDirectory(settings: settings).pageLibraries
        let source: any PageSource =
            override.isEmpty
            ? PreparedPage {
                let own = PageBundle.bundled(EmbeddedPage.sources().mapValues { PageFile(bytes: $0) })
                return HeldPage(own.merging(self.libraries(in: libraries, logger)) { $1 })
            }
            : FolderPage(folder: override, fallback: HeldPage(EmbeddedPage.files().merging(self.libraries(in: libraries, logger)) { $1 }))
        return WebUI(source: source) { settings[.name] }
    }

    private static func libraries(in folder: String, _ logger: Logger) -> [String: PageFile] {
        var files: [String: PageFile] = [:]
        for name in ["purify.js", "katex.js", "marked.js", "highlight.js"] {
            guard let bytes = contents(folder + "/" + name) else {
                logger.warning("the page shows answers as plain text: a library is missing", metadata: ["file": "\(folder)/\(name)"])
                continue
            }
            files["vendor/" + name] = PageFile(bytes: bytes, gzipped: contents(folder + "/" + name + ".gz"))
        }
        return files
    }

    private static func contents(_ path: String) -> [UInt8]? { FileManager.default.contents(atPath: path).map { [UInt8]($0) } }
}
