import Domain
import Embedding
import Foundation
import Testing

struct EncoderLibraryTests {
    private func withLibrary(_ body: (EncoderLibrary) async throws -> Void) async throws {
        let cache = NSTemporaryDirectory() + "haneul-cache-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: cache, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: cache) }
        try await body(EncoderLibrary(cache: cache))
    }

    @Test func `the set-up script and the program know the same encoders`() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let listed = try JSONValue(parsing: Data(contentsOf: root.appendingPathComponent("Scripts/encoders/encoders.json"))).array ?? []
        #expect(listed.compactMap { $0["model"]?.string } == KnownEncoder.all.map(\.model))
        for (entry, known) in zip(listed, KnownEncoder.all) {
            #expect(entry["package"]?.string == known.package)
            let sums = Dictionary(uniqueKeysWithValues: (entry["files"]?.object ?? JSONObject()).map { ($0.key, $0.value.string ?? "") })
            #expect(sums == known.checksums)
        }
    }

    @Test(arguments: KnownEncoder.all)
    func `a known encoder is found by each of its names and gives its dimension`(known: KnownEncoder) throws {
        let library = EncoderLibrary()
        let folder = try library.folder(for: known.model)
        #expect(try library.folder(for: known.name) == folder)
        #expect(try library.folder(for: folder) == folder)
        #expect(library.entries().contains { $0.model == known.model && $0.bytes > 1_000_000 && $0.source.contains(known.package) })
        #expect(try EncoderFixture.embedder(known.name).identity.dimension == known.dimension)
    }

    @Test(arguments: [
        ("HANEUL_CACHE_DIR", "/x", "/x/encoders"), ("XDG_CACHE_HOME", "/y", "/y/haneul/encoders"), ("HOME", "/h", "/h/.cache/haneul/encoders"),
    ])
    func `the cache is where the environment says`(key: String, value: String, expected: String) {
        #expect(EncoderLibrary(environment: [key: value]).cache == expected)
    }

    @Test(arguments: ["../secret", "a/../b", "a/b/c", "", "a b", ".hidden", "org/", "/nowhere/at/all", "~/nowhere-at-all", "-rf", "org/-x"])
    func `names that lead elsewhere are refused`(name: String) async throws {
        try await withLibrary { library in #expect(throws: AppError.self) { try library.folder(for: name) } }
    }

    @Test func `an absent encoder says how to get it`() async throws {
        try await withLibrary { library in
            let error = #expect(throws: AppError.self) { try library.folder(for: "all-MiniLM-L6-v2") }
            #expect(error?.code == .unavailable)
            #expect(error?.message.contains("haneul models pull sentence-transformers/all-MiniLM-L6-v2") == true)
        }
    }

    @Test func `a changed byte is found out, also after a good start`() async throws {
        try await withLibrary { library in
            let model = try await pull(library)
            let file = URL(fileURLWithPath: model + "/model.safetensors")
            _ = try library.folder(for: "org/tiny")
            _ = try library.folder(for: "org/tiny")
            var data = try Data(contentsOf: file)
            data[data.count - 1] ^= 1
            try data.write(to: file)
            let error = #expect(throws: AppError.self) { try library.folder(for: "org/tiny") }
            #expect(error?.message.contains("model.safetensors") == true && error?.message.contains("SHA-256") == true)
            try FileManager.default.removeItem(at: file)
            #expect(throws: AppError.self) { try library.folder(for: "org/tiny") }
        }
    }

    /// A hub that serves the tiny encoder's folder.
    private func pull(_ library: EncoderLibrary, damaged: Bool = false, hub: String = "https://hub.example") async throws -> String {
        let source = TinyModels.root + "/bert-first-bf16"
        let names = ["config.json", "model.safetensors", "tokenizer_config.json", "vocab.txt", "1_Pooling/config.json"]
        let sum = "d7a8fbb307d7809469ca9abcb0082e4f8d5651e46d3cdb762d02d0bf37c9e592"
        return try await library.pull("org/tiny", hub: hub) { address, destination in
            if address == "\(hub)/api/models/org/tiny/tree/main?recursive=true" {
                let items = (names + ["pytorch_model.bin", "../../evil"]).map { name -> JSONValue in
                    var item: JSONObject = ["type": "file", "path": .string(name), "size": 1]
                    if damaged, name == "model.safetensors" { item["lfs"] = ["oid": .string(sum)] }
                    return .object(item)
                }
                try Data(JSONValue.array(items).jsonText.utf8).write(to: URL(fileURLWithPath: destination))
                return
            }
            let path = try #require(names.first { address == "\(hub)/org/tiny/resolve/main/\($0)" }, "unexpected address \(address)")
            try FileManager.default.copyItem(atPath: source + "/" + path, toPath: destination)
        }
    }

    @Test func `a model is pulled from a hub, whole, and can be used`() async throws {
        try await withLibrary { library in
            let folder = try await pull(library)
            #expect(try library.folder(for: "org/tiny") == folder)
            #expect(try library.folder(for: "tiny") == folder)
            #expect(throws: AppError.self) { try library.folder(for: "other/tiny") }
            #expect(library.entries().map(\.model) == ["org/tiny"])
            let embedder = try LocalEmbedder(folder: folder, model: "org/tiny")
            let vector = try await embedder.embed(["text"], as: .query)[0]
            #expect(vector.count == 32)
            // Again, over the first one.
            let again = try await pull(library)
            #expect(again == folder)
            let names = try FileManager.default.contentsOfDirectory(atPath: library.cache)
            #expect(names == ["tiny"])
        }
    }

    @Test func `a damaged download leaves nothing behind`() async throws {
        try await withLibrary { library in
            let error = await #expect(throws: AppError.self) { try await pull(library, damaged: true) }
            #expect(error?.code == .upstreamFailed)
            let left = try FileManager.default.contentsOfDirectory(atPath: library.cache)
            #expect(left.isEmpty)
        }
    }

    @Test func `models come over HTTPS only`() async throws {
        try await withLibrary { library in
            let error = await #expect(throws: AppError.self) { try await pull(library, hub: "http://hub.example") }
            #expect(error?.code == .badRequest)
        }
    }
}
