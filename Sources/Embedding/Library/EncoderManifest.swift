import Domain
import Foundation

/// `haneul-encoder.json`, which whoever fetched a model leaves beside its files: where they came from and their checksums.
struct EncoderManifest: Sendable {
    static let fileName = "haneul-encoder.json"
    private static let stampName = ".verified"

    var model: String
    var source: String
    var checksums: [String: String]

    init(model: String, source: String, checksums: [String: String]) {
        self.model = model
        self.source = source
        self.checksums = checksums
    }

    /// `nil` for a folder that somebody else laid down.
    init?(folder: ModelFolder) throws {
        guard let object = try folder.optionalObject(Self.fileName) else { return nil }
        model = object["model"]?.string ?? ""
        source = object["source"]?.string ?? ""
        checksums = [:]
        for (path, sum) in object["files"]?.object ?? JSONObject() { checksums[path] = sum.string ?? "" }
    }

    var json: JSONValue {
        .object([
            "model": .string(model), "source": .string(source),
            "files": .object(JSONObject(checksums.sorted { $0.key < $1.key }.map { ($0.key, JSONValue.string($0.value)) })),
        ])
    }

    /// Compares every file with its checksum; what was found right is remembered by size and time of change, so that
    /// the next start reads nothing.
    ///
    /// - Throws: `AppError(.unavailable)` that names the first wrong file and says how to mend it.
    func verify(_ folder: ModelFolder) throws {
        let stamp = try stamp(of: folder)
        let stampFile = folder.file(Self.stampName)
        if let stored = FileManager.default.contents(atPath: stampFile), stored == Data(stamp.utf8) { return }
        for (path, expected) in checksums.sorted(by: { $0.key < $1.key }) {
            let actual = try FileChecksum.sha256(ofFile: folder.file(path))
            guard actual == expected else {
                throw AppError(
                    .unavailable,
                    "The encoder file \(folder.file(path)) is damaged: its SHA-256 is \(actual), not \(expected). Delete the folder and fetch it again."
                )
            }
        }
        // A read-only folder is verified at each start.
        try? Data(stamp.utf8).write(to: URL(fileURLWithPath: stampFile), options: .atomic)
    }

    private func stamp(of folder: ModelFolder) throws -> String {
        try checksums.sorted { $0.key < $1.key }.map { path, sum in
            guard let attributes = try? FileManager.default.attributesOfItem(atPath: folder.file(path)) else {
                throw AppError(.unavailable, "The encoder's folder \(folder.path) lacks \(path). Delete the folder and fetch it again.")
            }
            let changed = (attributes[.modificationDate] as? Date)?.timeIntervalSince1970 ?? 0
            return "\(sum) \(attributes[.size] as? Int ?? 0) \(changed) \(path)\n"
        }.joined()
    }
}
