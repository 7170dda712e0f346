import Domain
import Extraction
import Foundation

/// A file to read: one of the fixtures, or bytes made in the test.
struct Sample {
    let request: ExtractionRequest
    private let temporary: TemporaryFile?

    /// - Parameter name: a file in `Fixtures/`.
    init(fixture name: String, as filename: String? = nil, contentType: String = "application/octet-stream") {
        request = ExtractionRequest(path: Self.path(name), filename: filename ?? name, contentType: contentType)
        temporary = nil
    }

    init(_ bytes: some Sequence<UInt8>, filename: String, contentType: String = "application/octet-stream") throws {
        let file = try TemporaryFile(Data(bytes))
        request = ExtractionRequest(path: file.path, filename: filename, contentType: contentType)
        temporary = file
    }

    init(_ text: String, filename: String, contentType: String = "application/octet-stream") throws {
        try self.init(Array(text.utf8), filename: filename, contentType: contentType)
    }

    static func path(_ name: String) -> String {
        URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/\(name)").path(percentEncoded: false)
    }

    static func bytes(of fixture: String) throws -> [UInt8] { try Array(Data(contentsOf: URL(filePath: path(fixture)))) }

    func document(limits: ExtractionLimits = ExtractionLimits()) async throws -> ExtractedDocument {
        defer { withExtendedLifetime(temporary) {} }
        return try await FileTextExtractor(limits: limits).extract(request)
    }

    /// The reason why it cannot be read.
    func failure(limits: ExtractionLimits = ExtractionLimits()) async -> AppError? {
        do {
            _ = try await document(limits: limits)
            return nil
        } catch {
            return error as? AppError
        }
    }

    private final class TemporaryFile: Sendable {
        let path: String

        init(_ data: Data) throws {
            path = FileManager.default.temporaryDirectory.appending(path: "haneul-test-\(UUID().uuidString)").path(percentEncoded: false)
            try data.write(to: URL(filePath: path))
        }

        deinit { try? FileManager.default.removeItem(atPath: path) }
    }
}
