import Domain
import Embedding
import Foundation
import Synchronization
import Testing

/// Reference tokens and vectors of the real library, made by `Scripts/encoders/make_fixture.py`.
struct EncoderFixture {
    struct Row: Sendable, CustomTestStringConvertible {
        var text: String
        var ids: [Int32]
        var vector: [Float]

        var testDescription: String { "\(text.prefix(40).debugDescription) (\(ids.count) tokens)" }
    }

    var prefix: String
    var maximumLength: Int
    var rows: [Row]

    init(_ name: String) throws {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Fixtures/\(name).json")
        let document = try JSONValue(parsing: Data(contentsOf: file))
        prefix = document["prefix"]?.string ?? ""
        maximumLength = try #require(document["maximum_length"]?.int)
        rows = try #require(document["rows"]?.array).map { row in
            let data = try #require(row["vector"]?.string.flatMap { Data(base64Encoded: $0) })
            return Row(
                text: try #require(row["text"]?.string), ids: try #require(row["ids"]?.array).compactMap { $0.int.map(Int32.init) },
                vector: stride(from: 0, to: data.count, by: 2).map {
                    Float(Float16(bitPattern: UInt16(data[$0]) | UInt16(data[$0 + 1]) << 8))
                })
        }
    }

    /// The folder of a model that `make test` has fetched. Not there is a failure, not a reason to skip.
    static func folder(_ model: String) throws -> String { try EncoderLibrary().folder(for: model) }

    /// One instance per model for all tests: reading a large vocabulary takes a moment.
    static func embedder(_ model: String) throws -> LocalEmbedder {
        try loaded.withLock { loaded in
            if let embedder = loaded[model] { return embedder }
            let embedder = try LocalEmbedder(folder: folder(model), model: model, threads: 2)
            loaded[model] = embedder
            return embedder
        }
    }

    private static let loaded = Mutex<[String: LocalEmbedder]>([:])
}

func cosine(_ a: [Float], _ b: [Float]) -> Double {
    var dot = 0.0
    var aa = 0.0
    var bb = 0.0
    for (x, y) in zip(a, b) {
        dot += Double(x) * Double(y)
        aa += Double(x) * Double(x)
        bb += Double(y) * Double(y)
    }
    return a.count == b.count ? dot / (aa * bb).squareRoot() : -1
}
