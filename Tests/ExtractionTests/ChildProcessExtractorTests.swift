import Domain
import Extraction
import Foundation
import Synchronization
import Testing

struct ChildProcessExtractorTests {
    /// The worker's program, built beside these tests.
    private static var probe: String {
        URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent().path(percentEncoded: false)
    }

    private func extractor(_ limits: ExtractionLimits = ExtractionLimits()) throws -> ChildProcessExtractor {
        ChildProcessExtractor(executable: try Self.worker(), limits: limits)
    }

    /// A shell script in the worker's place.
    private func script(_ body: String, limits: ExtractionLimits = ExtractionLimits()) -> ChildProcessExtractor {
        ChildProcessExtractor(executable: "/bin/sh", arguments: ["-c", body], limits: limits)
    }

    private static func worker() throws -> String {
        let folders = [CommandLine.arguments[0], Bundle.main.bundlePath + "/x", probe + "/x"].map { URL(filePath: $0).deletingLastPathComponent() }
        let paths = folders.map { $0.appending(path: "ExtractionProbe").path(percentEncoded: false) }
        return try #require(paths.first { FileManager.default.isExecutableFile(atPath: $0) })
    }

    private func failure(_ extractor: ChildProcessExtractor, _ sample: Sample = Sample(fixture: "two-pages.pdf")) async -> AppError? {
        do {
            _ = try await extractor.extract(sample.request)
            return nil
        } catch {
            return error as? AppError
        }
    }

    @Test(arguments: [
        "two-pages.pdf", "korean.pdf", "report.docx", "stock.xlsx", "launch.pptx", "open.odt", "book.epub", "hangul.hwp", "hangul.hwpx", "mail.eml",
        "korean.rtf",
        "korean-utf8.html", "korean-cp949.txt",
    ])
    func `a child process reads what this process would`(name: String) async throws {
        let sample = Sample(fixture: name)
        #expect(try await extractor().extract(sample.request) == sample.document())
    }

    @Test(arguments: ["locked.pdf", "bomb.docx", "deep.docx", "entities.docx"])
    func `reasons come back from the child`(name: String) async throws {
        let sample = Sample(fixture: name)
        let reason = await failure(try extractor(), sample)
        #expect(reason?.code == .badRequest)
        #expect(await reason?.message == sample.failure()?.message)
    }

    @Test func `a child that is too large is ended`() async throws {
        var limits = ExtractionLimits()
        limits.memoryBytes = 8 << 20
        let error = await failure(try extractor(limits), Sample(fixture: "report.docx"))
        #expect(error?.code == .badRequest)
        #expect(error?.message.isEmpty == false)
    }

    @Test func `a child that computes for ever is ended`() async {
        var limits = ExtractionLimits()
        limits.waitingSeconds = 1
        #expect(await failure(script("while :; do :; done", limits: limits))?.message == "Reading the file took too long and was given up.")
    }

    @Test func `a child that does nothing is ended, and its children with it`() async throws {
        var limits = ExtractionLimits()
        limits.waitingSeconds = 1
        let mark = FileManager.default.temporaryDirectory.appending(path: "haneul-test-\(UUID().uuidString)").path(percentEncoded: false)
        let error = await failure(script("sleep 1000 & echo $! > '\(mark)'; wait", limits: limits))
        #expect(error?.message == "Reading the file took too long and was given up.")
        let process = try #require(try Int32(String(contentsOfFile: mark, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)))
        try FileManager.default.removeItem(atPath: mark)
        var isAlive = true
        for _ in 0..<100 where isAlive {
            isAlive = (try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8))?.contains(") Z ") == false
            try await Task.sleep(for: .milliseconds(20))
        }
        #expect(!isAlive)
    }

    @Test(arguments: ["exit 0", "exit 3", "kill -SEGV $$", "echo junk", "echo '{\"text\":\"a\"}'", "printf '{\"end\"'"])
    func `a child that dies or talks nonsense is an error`(body: String) async {
        let error = await failure(script(body))
        #expect(error?.code == .badRequest)
        #expect(error?.message.hasPrefix("The file could not be read") == true)
    }

    @Test func `a missing program is an error`() async {
        do {
            _ = try await ChildProcessExtractor(executable: "/nonexistent/worker").extract(Sample(fixture: "two-pages.pdf").request)
            Issue.record("it worked")
        } catch {}
    }

    @Test func `the server's environment stays in the server`() async throws {
        setenv("HANEUL_TEST_SECRET", "sk-secret", 1)
        let document = try await script(
            "printf '{\"document\":{\"separator\":\"\",\"markdown\":false}}\\n{\"section\":{}}\\n{\"text\":\"%s\"}\\n{\"end\":true}\\n' \"<$HANEUL_TEST_SECRET>\""
        )
        .extract(Sample(fixture: "two-pages.pdf").request)
        #expect(document.text == "<>")
    }

    @Test func `what the receiver throws ends the reading and is thrown on`() async throws {
        struct Stop: Error {}
        await #expect(throws: Stop.self) {
            try await extractor().read(Sample(fixture: "two-pages.pdf").request) { _ in throw Stop() }
        }
    }

    @Test func `cancelling ends the child`() async throws {
        let extractor = script("echo '{\"section\":{}}'; sleep 1000")
        let isStarted = Mutex(false)
        let task = Task {
            try await extractor.read(Sample(fixture: "two-pages.pdf").request) { _ in isStarted.withLock { $0 = true } }
        }
        while !isStarted.withLock({ $0 }) { try await Task.sleep(for: .milliseconds(5)) }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }
}
