import Domain
import Foundation
import NIOPosix
import Providers
import Synchronization
import TestSupport
import Testing

struct ExternalExtractorTests {
    /// A file with these bytes, as long as `work` runs.
    private func withFile(_ name: String, _ bytes: [UInt8], type: String = "", _ work: (ExtractionRequest) async throws -> Void) async throws {
        let path = NSTemporaryDirectory() + "haneul-external-" + makeID()
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        try await work(ExtractionRequest(path: path, filename: name, contentType: type))
    }

    private func tika(_ transport: any UpstreamTransport, url: String = "http://tika:9998/", largest: Int = 1 << 20) throws -> TikaExtractor {
        try TikaExtractor(url: url, largestFile: largest, transport: transport)
    }

    private func docling(_ transport: any UpstreamTransport, url: String = "http://docling:5001") throws -> DoclingExtractor {
        try DoclingExtractor(
            url: url, key: "secret", parameters: ["do_ocr": true, "ocr_lang": ["ko", "en"]], largestFile: 1 << 20, transport: transport)
    }

    // MARK: At the wire

    /// What a real connection carried, and what came of it.
    private func exchange(_ answer: String, _ work: @escaping @Sendable (HTTPTransport, Int) async throws -> Void) async throws -> String {
        let seen = Mutex("")
        let server = try await RawServer { connection in
            guard let request = try await connection.request() else { return }
            seen.withLock { $0 = request }
            try await connection.say(
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: \(answer.utf8.count)\r\nConnection: close\r\n\r\n\(answer)")
        }
        let transport = HTTPTransport(limits: TransportLimits(), eventLoopGroup: MultiThreadedEventLoopGroup.singleton)
        do {
            try await work(transport, server.port)
        } catch {
            server.stop()
            await transport.shutdown()
            throw error
        }
        server.stop()
        await transport.shutdown()
        return seen.withLock { $0 }
    }

    @Test func `Tika gets the bytes with their type and name and its text becomes the document`() async throws {
        try await withFile("보고서 1.pdf", Array("%PDF bytes".utf8), type: "application/pdf; x=1") { file in
            let request = try await exchange("{\"X-TIKA:content\": \"\\n본문 text\\n\", \"dc:title\": [\"제목\"]}") { transport, port in
                let document = try await tika(transport, url: "http://127.0.0.1:\(port)").extract(file)
                #expect(document.sections.map(\.text) == ["본문 text"])
                #expect(document.sections[0].metadata == ["title": "제목"])
                #expect(!document.hasMarkdownHeadings)
            }
            #expect(request.hasPrefix("PUT /tika/text HTTP/1.1\r\n"))
            #expect(request.lowercased().contains("content-type: application/pdf\r\n"))
            #expect(request.contains("filename*=UTF-8''%EB%B3%B4%EA%B3%A0%EC%84%9C%201.pdf"))
            #expect(request.hasSuffix("%PDF bytes"))
        }
    }

    @Test func `Docling gets a form with the file and the settings and its Markdown becomes the document`() async throws {
        try await withFile("a\"b.docx", Array("PK bytes".utf8)) { file in
            let request = try await exchange("{\"document\": {\"md_content\": \"# Head\\n\\ntext\"}, \"status\": \"success\"}") { transport, port in
                let document = try await docling(transport, url: "http://127.0.0.1:\(port)/").extract(file)
                #expect(document.text == "# Head\n\ntext")
                #expect(document.hasMarkdownHeadings)
            }
            #expect(request.hasPrefix("POST /v1/convert/file HTTP/1.1\r\n"))
            #expect(request.lowercased().contains("x-api-key: secret\r\n"))
            #expect(request.contains("name=\"files\"; filename=\"a%22b.docx\"\r\nContent-Type: application/octet-stream\r\n\r\nPK bytes\r\n--"))
            #expect(request.contains("name=\"do_ocr\"\r\n\r\ntrue\r\n"))
            #expect(request.components(separatedBy: "name=\"ocr_lang\"").count == 3)
        }
    }

    // MARK: What can go wrong

    @Test(
        arguments: [
            (429, AppError.Code.tooManyRequests), (503, .unavailable), (500, .unavailable), (422, .badRequest), (415, .badRequest),
            (404, .badRequest),
        ])
    func `a refusal says whether trying again makes sense, and why`(_ status: Int, _ code: AppError.Code) async throws {
        let transport = ScriptedTransport { _ in .json(["detail": "so it is"], status: status, headers: [(name: "retry-after", value: "9")]) }
        let extractors: [any TextExtractor] = [try tika(transport), try docling(transport)]
        for extractor in extractors {
            try await withFile("a.pdf", [1]) { file in
                let error = await #expect(throws: AppError.self) { try await extractor.extract(file) }
                #expect(error?.code == code)
                #expect(error?.message.contains("so it is") == true)
                #expect(code == .badRequest || error?.retryAfter == 9)
            }
        }
    }

    @Test(arguments: [AppError.Code.upstreamFailed, .timeout])
    func `a server that is away is worth another try`(_ code: AppError.Code) async throws {
        let transport = ScriptedTransport { _ in throw AppError(code, "No connection.") }
        try await withFile("a.pdf", [1]) { file in
            let error = await #expect(throws: AppError.self) { try await tika(transport).extract(file) }
            #expect(error?.code == .unavailable)
        }
    }

    @Test(arguments: ["no json", "[]", "{\"document\": null}"])
    func `answers of other servers are refused`(_ answer: String) async throws {
        let transport = ScriptedTransport { _ in .pieces([answer], type: "application/json") }
        try await withFile("a.pdf", [1]) { file in
            let error = await #expect(throws: AppError.self) { try await docling(transport).extract(file) }
            #expect(error?.code == .badRequest)
        }
    }

    @Test func `a document that Docling could not convert fails with its reason`() async throws {
        let transport = ScriptedTransport { _ in
            .json(["document": ["md_content": ""], "errors": [["error_message": "page 3 is damaged"]], "status": "failure"])
        }
        try await withFile("a.pdf", [1]) { file in
            let error = await #expect(throws: AppError.self) { try await docling(transport).extract(file) }
            #expect(error?.message.contains("page 3 is damaged") == true)
        }
    }

    @Test func `files over the limit are not sent`() async throws {
        let transport = ScriptedTransport { _ in .json([:]) }
        try await withFile("a.pdf", [UInt8](repeating: 1, count: 100)) { file in
            let error = await #expect(throws: AppError.self) { try await tika(transport, largest: 99).extract(file) }
            #expect(error?.code == .badRequest)
        }
        #expect(transport.requests.isEmpty)
    }

    @Test(arguments: ["", "tika:9998", "ftp://tika"])
    func `an address is needed`(_ url: String) {
        let transport = ScriptedTransport { _ in .json([:]) }
        #expect(throws: AppError.self) { try tika(transport, url: url) }
        #expect(throws: AppError.self) { try docling(transport, url: url) }
    }
}
