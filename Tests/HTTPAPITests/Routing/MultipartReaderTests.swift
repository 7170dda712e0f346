import Domain
import HTTPAPI
import NIOCore
import Testing
import TestSupport

struct MultipartReaderTests {
    private static let form = """
        --B\r\nContent-Disposition: form-data; name="metadata"\r\n\r\n{"a":1}\r\n\
        --B\r\nContent-Disposition: form-data; name="file"; filename="보고서.txt"\r\nContent-Type: text/plain\r\n\r\n\
        line\r\n--not the end\r\n-\r\n--\r\n\r--B\r\n--B--\r\nepilogue
        """

    @Test(arguments: [1, 2, 3, 7, 16, 64, 4096])
    func `parts come out the same however the body is cut`(_ size: Int) async throws {
        let parts = try await read(Self.form, boundary: "B", cut: size)
        #expect(parts.map(\.part.name) == ["metadata", "file"])
        #expect(parts.map(\.part.filename) == [nil, "보고서.txt"])
        #expect(parts.map(\.part.contentType) == [nil, "text/plain"])
        #expect(parts.map(\.text) == ["{\"a\":1}", "line\r\n--not the end\r\n-\r\n--\r\n\r--B"])
    }

    @Test(arguments: [
        ("filename=\"a.txt\"", "a.txt"), ("filename=a.txt", "a.txt"), ("filename=\"a;b=\\\"c\\\".txt\"", "a;b=\"c\".txt"),
        ("filename=\"C:\\dir\\a.txt\"", "C:\\dir\\a.txt"), ("filename=\"x\"; filename*=UTF-8''%EB%B3%B4%EA%B3%A0.txt", "보고.txt"),
        ("FileName=\"a.txt\"", "a.txt"), ("filename=\"x\"; filename*=latin1''%E9.txt", "x"), ("filename*=utf-8'ko'a%20b", "a b"),
        ("filename=\"x\"; filename*=UTF-8''%ZZ", "x"), ("filename=\"\"", ""),
    ])
    func `file names`(_ parameter: String, _ name: String) async throws {
        let parts = try await read("--B\r\nContent-Disposition: form-data; name=\"file\"; \(parameter)\r\n\r\nx\r\n--B--", boundary: "B")
        #expect(parts.first?.part.filename == name)
    }

    @Test(arguments: [
        "", "--B", "--B\r\n", "--B--extra", "--A\r\n\r\n--A--", "--B\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nno end",
        "--B\r\nno colon\r\n\r\nx\r\n--B--", "--B\r\n\r\nno disposition\r\n--B--",
        "--B\r\nContent-Disposition: attachment; name=\"a\"\r\n\r\nx\r\n--B--",
        "--Bx\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx\r\n--B--", "--B\nContent-Disposition: form-data; name=\"a\"\n\nx\n--B--",
        "--B\r\nContent-Disposition: form-data\r\n\r\nx\r\n--B--",
        "--B\r\nX: " + String(repeating: "a", count: 20_000) + "\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx\r\n--B--",
        String(repeating: "preamble", count: 20_000) + "\r\n--B--",
    ])
    func `what is not well formed is refused`(_ body: String) async throws {
        let error = await #expect(throws: AppError.self) { try await read(body, boundary: "B", cut: 100) }
        #expect(error?.code == .badRequest)
    }

    @Test func `too many parts are refused`() async throws {
        let part = "--B\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx\r\n"
        #expect(try await read(String(repeating: part, count: 128) + "--B--", boundary: "B").count == 128)
        await #expect(throws: AppError.self) { try await read(String(repeating: part, count: 129) + "--B--", boundary: "B") }
    }

    @Test func `a part that nobody reads is skipped`() async throws {
        var reader = MultipartReader(Pieces(Array(Self.form.utf8), cut: 5), boundary: "B")
        _ = try await reader.nextPart()
        let second = try #require(try await reader.nextPart())
        #expect(second.name == "file")
        #expect(try await reader.nextPart() == nil)
        #expect(try await reader.nextPart() == nil)
        #expect(try await reader.nextBytes() == nil)
    }

    @Test func `damaged bodies end in an error or in parts, never in a crash`() async throws {
        var random = SeededGenerator(seed: 42)
        for _ in 0..<3000 {
            var bytes = Array(Self.form.utf8)
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                let position = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: bytes[position] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes.remove(at: position)
                case 2: bytes.insert(contentsOf: Array("\r\n--B".utf8.prefix(Int.random(in: 1...5, using: &random))), at: position)
                default: bytes.removeLast(min(bytes.count - 1, Int.random(in: 0...40, using: &random)))
                }
            }
            do {
                let parts = try await read(bytes, boundary: "B", cut: Int.random(in: 1...50, using: &random))
                #expect(parts.reduce(0) { $0 + $1.text.utf8.count } <= bytes.count * 3)
            } catch let error as AppError {
                #expect(error.code == .badRequest)
            }
        }
    }

    // MARK: Helpers

    private func read(_ body: String, boundary: String, cut: Int = 1 << 20) async throws -> [(part: MultipartPart, text: String)] {
        try await read(Array(body.utf8), boundary: boundary, cut: cut)
    }

    private func read(_ body: [UInt8], boundary: String, cut: Int) async throws -> [(part: MultipartPart, text: String)] {
        var reader = MultipartReader(Pieces(body, cut: cut), boundary: boundary)
        var parts: [(MultipartPart, String)] = []
        while let part = try await reader.nextPart() {
            var bytes: [UInt8] = []
            while let buffer = try await reader.nextBytes() { bytes += buffer.readableBytesView }
            parts.append((part, String(decoding: bytes, as: UTF8.self)))
        }
        return parts
    }

    /// A body in buffers of `cut` bytes.
    private struct Pieces: AsyncIteratorProtocol {
        private var rest: ArraySlice<UInt8>
        private let cut: Int

        init(_ bytes: [UInt8], cut: Int) {
            rest = bytes[...]
            self.cut = cut
        }

        mutating func next() async throws -> ByteBuffer? {
            guard !rest.isEmpty else { return nil }
            defer { rest = rest.dropFirst(cut) }
            return ByteBuffer(bytes: rest.prefix(cut))
        }
    }
}
