import Domain
import Embedding
import Foundation
import Testing

/// Folders that are not what they should be: a clear error in one line, never a crash.
struct BrokenModelTests {
    private func copy(of name: String = "bert-first-bf16", _ change: (String) throws -> Void) throws -> String {
        let folder = NSTemporaryDirectory() + "haneul-encoder-" + UUID().uuidString
        try FileManager.default.copyItem(atPath: TinyModels.root + "/" + name, toPath: folder)
        try change(folder)
        return folder
    }

    private func expectFailure(_ code: AppError.Code, mentions text: String, _ name: String = "bert-first-bf16", _ change: (String) throws -> Void)
        throws
    {
        let folder = try copy(of: name, change)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let error = #expect(throws: AppError.self) { try LocalEmbedder(folder: folder, model: "tiny") }
        #expect(error?.code == code)
        #expect(error?.message.contains(text) == true, "\(error?.message ?? "")")
        #expect(error?.message.contains("\n") == false)
    }

    private func edit(_ file: String, _ change: (inout JSONObject) -> Void) throws {
        var object = try #require(JSONValue(parsing: Data(contentsOf: URL(fileURLWithPath: file))).object)
        change(&object)
        try Data(JSONValue.object(object).jsonText.utf8).write(to: URL(fileURLWithPath: file))
    }

    @Test(arguments: ["config.json", "model.safetensors", "vocab.txt"])
    func `a missing file is named`(file: String) throws {
        try expectFailure(.unavailable, mentions: file) { try FileManager.default.removeItem(atPath: $0 + "/" + file) }
    }

    @Test(arguments: [0, 7, 100, 3000, 53_000])
    func `weights that are cut off are refused`(length: Int) throws {
        try expectFailure(.unavailable, mentions: "model.safetensors") { folder in
            let file = URL(fileURLWithPath: folder + "/model.safetensors")
            try Data(contentsOf: file).prefix(length).write(to: file)
        }
    }

    @Test func `a header that claims too much is refused`() throws {
        try expectFailure(.unavailable, mentions: "model.safetensors") { folder in
            let file = URL(fileURLWithPath: folder + "/model.safetensors")
            var data = try Data(contentsOf: file)
            data.replaceSubrange(0..<8, with: [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F])
            try data.write(to: file)
        }
    }

    @Test func `weights of another size than config says are refused`() throws {
        try expectFailure(.unavailable, mentions: "shape") { try edit($0 + "/config.json") { $0["intermediate_size"] = 128 } }
    }

    @Test func `another kind of model is refused`() throws {
        try expectFailure(.badRequest, mentions: "llama") { try edit($0 + "/config.json") { $0["model_type"] = "llama" } }
    }

    @Test func `another activation is refused`() throws {
        try expectFailure(.badRequest, mentions: "relu") { try edit($0 + "/config.json") { $0["hidden_act"] = "relu" } }
    }

    @Test func `config that is no JSON is refused`() throws {
        try expectFailure(.unavailable, mentions: "config.json") { try Data("{".utf8).write(to: URL(fileURLWithPath: $0 + "/config.json")) }
    }

    @Test(arguments: ["{}", "{\"model\": {\"type\": \"BPE\", \"vocab\": {}}}", "{\"model\": {\"type\": \"Unigram\", \"vocab\": [[", "[]", ""])
    func `a tokenizer that cannot be read is refused`(text: String) throws {
        let folder = try copy { try Data(text.utf8).write(to: URL(fileURLWithPath: $0 + "/tokenizer.json")) }
        defer { try? FileManager.default.removeItem(atPath: folder) }
        #expect(throws: AppError.self) { try LocalEmbedder(folder: folder, model: "tiny") }
    }

    @Test func `a vocabulary with ids beyond the embeddings is refused`() throws {
        try expectFailure(.unavailable, mentions: "vocab") { folder in
            let file = folder + "/vocab.txt"
            let text = try String(contentsOfFile: file, encoding: .utf8)
            try (text + "one\ntwo\nthree\n").write(toFile: file, atomically: true, encoding: .utf8)
        }
    }
}
