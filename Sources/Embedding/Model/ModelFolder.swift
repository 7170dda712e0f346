import Domain
import Foundation

/// A folder as Hugging Face lays it out: config.json, tokenizer files, model.safetensors.
struct ModelFolder: Sendable {
    let path: String

    func file(_ name: String) -> String { path + "/" + name }

    func contains(_ name: String) -> Bool { FileManager.default.fileExists(atPath: file(name)) }

    func bytes(_ name: String) throws -> [UInt8] {
        guard let data = FileManager.default.contents(atPath: file(name)) else {
            throw AppError(.unavailable, "The encoder's folder \(path) has no readable \(name)")
        }
        return Array(data)
    }

    func object(_ name: String) throws -> JSONObject {
        guard let object = (try? JSONValue(parsing: bytes(name)))?.object else {
            throw AppError(.unavailable, contains(name) ? "\(file(name)) is not a JSON object" : "The encoder's folder \(path) has no \(name)")
        }
        return object
    }

    /// `nil` when there is no such file.
    func optionalObject(_ name: String) throws -> JSONObject? { contains(name) ? try object(name) : nil }
}
