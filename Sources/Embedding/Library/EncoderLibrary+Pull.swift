import Domain
import Foundation

extension EncoderLibrary {
    /// Fetches one address into a file, following redirects; throws for any status but 200.
    package typealias Download = @Sendable (_ address: String, _ destination: String) async throws -> Void

    /// What the encoder reads of a model's folder on the hub.
    static let wantedFiles = [
        "1_Pooling/config.json", "config.json", "config_sentence_transformers.json", "model.safetensors", "modules.json",
        "sentence_bert_config.json", "special_tokens_map.json", "tokenizer.json", "tokenizer_config.json", "vocab.txt",
    ]

    /// Takes a model from a hub that speaks Hugging Face's protocol, over HTTPS. Large files are checked against the SHA-256
    /// that the hub states; the folder appears only when it is whole, in place of an older one.
    ///
    /// - Parameters:
    ///   - model: `org/name`, or a known short name.
    ///   - progress: told the path and size of each file before it is fetched.
    /// - Returns: the folder.
    /// - Throws: `AppError(.badRequest)` for a name that cannot be one, `.upstreamFailed` for an answer that cannot be used.
    package func pull(
        _ name: String, hub: String = "https://huggingface.co", revision: String = "main", download: Download,
        progress: @Sendable (_ path: String, _ bytes: Int) -> Void = { _, _ in }
    ) async throws -> String {
        let model = Self.canonical(name)
        guard Self.isModelName(model), model.contains("/"), Self.isModelName(revision) else {
            throw AppError(.badRequest, "'\(name)' is not a model's name: write org/name, such as sentence-transformers/all-MiniLM-L6-v2")
        }
        guard hub.hasPrefix("https://") else { throw AppError(.badRequest, "Models are fetched over HTTPS only") }
        let manager = FileManager.default
        let partial = ModelFolder(path: cache + "/.partial-" + UUID().uuidString)
        try manager.createDirectory(atPath: partial.file("1_Pooling"), withIntermediateDirectories: true)
        defer { try? manager.removeItem(atPath: partial.path) }

        let listing = try await list(model, "\(hub)/api/models/\(model)/tree/\(revision)?recursive=true", partial, download)
        guard listing.contains(where: { $0.path == "model.safetensors" }), listing.contains(where: { $0.path == "config.json" }) else {
            throw AppError(.badRequest, "\(model) has no model.safetensors and config.json; only such models can be run here")
        }
        var checksums: [String: String] = [:]
        for file in listing {
            progress(file.path, file.bytes)
            try await download("\(hub)/\(model)/resolve/\(revision)/\(file.path)", partial.file(file.path))
            let sum = try FileChecksum.sha256(ofFile: partial.file(file.path))
            guard file.sha256 == nil || file.sha256 == sum else {
                throw AppError(.upstreamFailed, "\(file.path) of \(model) arrived damaged: its SHA-256 is \(sum), not \(file.sha256!)")
            }
            checksums[file.path] = sum
        }
        let manifest = EncoderManifest(model: model, source: hub, checksums: checksums)
        try Data(manifest.json.jsonText.utf8).write(to: URL(fileURLWithPath: partial.file(EncoderManifest.fileName)))
        let target = cache + "/" + Self.folderName(of: model)
        if manager.fileExists(atPath: target) { try manager.removeItem(atPath: target) }
        try manager.moveItem(atPath: partial.path, toPath: target)
        return target
    }

    private struct RemoteFile {
        var path: String
        var bytes: Int
        /// Known for large files only.
        var sha256: String?
    }

    private func list(_ model: String, _ address: String, _ folder: ModelFolder, _ download: Download) async throws -> [RemoteFile] {
        try await download(address, folder.file(".listing"))
        defer { try? FileManager.default.removeItem(atPath: folder.file(".listing")) }
        guard let items = (try? JSONValue(parsing: folder.bytes(".listing")))?.array else {
            throw AppError(.upstreamFailed, "The hub's list of the files of \(model) cannot be read")
        }
        return items.compactMap { item in
            guard let path = item["path"]?.string, Self.wantedFiles.contains(path) else { return nil }
            return RemoteFile(path: path, bytes: item["size"]?.int ?? 0, sha256: item["lfs"]?["oid"]?.string)
        }
    }
}
