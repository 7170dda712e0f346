import Domain
import Testing
import Wire

struct OpenAIStreamRelayTests {
    private struct Cut: Error {}

    /// Relays `text` cut into pieces of `size` bytes.
    private func relayed(_ text: String, size: Int, failure: (any Error)? = nil) throws -> String {
        var relay = OpenAIStreamRelay()
        var output: [UInt8] = []
        let bytes = Array(text.utf8)
        var start = 0
        while start < bytes.count, !relay.isDone {
            output += try relay.push(Array(bytes[start..<min(start + size, bytes.count)]))
            start += size
        }
        if !relay.isDone { output += relay.finish(failure) }
        return String(decoding: output, as: UTF8.self)
    }

    private static let failure = "data: {\"error\":{\"message\":\"Chat completion stream failed\"}}\n\n"

    @Test(arguments: 1...40)
    func `a whole stream passes byte for byte wherever it is split`(size: Int) throws {
        let text = "data: {\"a\":\"한글 🌟 [DONE]\"}\n\n: comment\n\ndata: {broken\n\nnonsense\n\ndata:\n\ndata: {\"b\":1.0}\n\ndata: [DONE]\n\n"
        #expect(try relayed(text, size: size) == text)
    }

    @Test(arguments: [1, 3, 1000])
    func `CRLF lines stay as they are and the end is ours`(size: Int) throws {
        let text = "data: {\"a\":1}\r\n\r\ndata: [DONE]\r\n\r\n"
        #expect(try relayed(text, size: size) == "data: {\"a\":1}\r\n\r\ndata: [DONE]\n\n")
    }

    @Test(arguments: [
        ("data: {\"a\":1}\n\n", "data: {\"a\":1}\n\ndata: [DONE]\n\n"), ("data: {\"a\":1}\n", "data: {\"a\":1}\n\ndata: [DONE]\n\n"),
        ("data: {\"a\":1}", "data: {\"a\":1}\n\ndata: [DONE]\n\n"), ("", "data: [DONE]\n\n"), ("data: [DONE]", "data: [DONE]\n\n"),
        ("data: {}\n\ndata:[DONE]\n\ndata: {\"late\":1}\n\n", "data: {}\n\ndata: [DONE]\n\n"),
    ])
    func `the end comes exactly once`(text: String, expected: String) throws {
        for size in [1, 2, 7, 1000] { #expect(try relayed(text, size: size) == expected, "pieces of \(size)") }
    }

    @Test(arguments: [
        ("data: {\"a\":1}\n\ndata: {\"b\":", "data: {\"a\":1}\n\n"), ("data: {\"a\":1}\n", "data: {\"a\":1}\n\n"), ("", ""),
        ("data: {\"a\":1}\r\n\r\n", "data: {\"a\":1}\r\n\r\n"),
    ])
    func `a cut stream ends with an error event after its last whole line`(text: String, kept: String) throws {
        for size in [1, 5, 1000] { #expect(try relayed(text, size: size, failure: Cut()) == kept + Self.failure + "data: [DONE]\n\n") }
    }

    @Test func `a mark inside a text is not the end`() throws {
        let text = "data: {\"content\":\"say data: [DONE]\"}\n\nx data: [DONE]\n\ndata: [DONE]\n\n"
        #expect(try relayed(text, size: 4) == text)
    }
}
