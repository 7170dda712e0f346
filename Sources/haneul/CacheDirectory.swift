import Domain
import Foundation

/// Where encoders and page assets are kept: `HANEUL_CACHE_DIR`, else `~/.cache/haneul`. Filled at set-up, only read here.
struct CacheDirectory {
    let path: String

    init(settings: Settings) {
        let configured = settings[.modelCache]
        path = configured.isEmpty ? FileManager.default.homeDirectoryForCurrentUser.path + "/.cache/haneul" : configured
    }

    var encoders: String { path + "/encoders" }
    /// The page's libraries: see Scripts/page/vendor.py.
    var pageLibraries: String { path + "/page-1" }
    var swaggerUI: String { path + "/swagger-ui-25.7.1" }
}
