import Domain
import Synchronization
import Testing
import TestSupport

@testable import Providers

@Suite struct PieceGathererTests {
    /// Pieces that come when the test says so.
    private final class Source: Sendable {
        private let stream: AsyncStream<[UInt8]>
        private let continuation: AsyncStream<[UInt8]>.Continuation
        private let iterator = Mutex<Int>(0)
        let isEnded = Mutex(false)

        init() { (stream, continuation) = AsyncStream.makeStream() }

        func send(_ text: String) { continuation.yield(Array(text.utf8)) }
        func finish() { continuation.finish() }
        var taken: Int { iterator.withLock { $0 } }

        func pull() async throws -> [UInt8]? {
            var iterator = stream.makeAsyncIterator()
            let piece = await iterator.next()
            self.iterator.withLock { $0 += 1 }
            if Task.isCancelled {
                isEnded.withLock { $0 = true }
                throw CancellationError()
            }
            return piece
        }
    }

    private static func text(_ bytes: [UInt8]?) -> String? { bytes.map { String(decoding: $0, as: UTF8.self) } }

    @Test func `what came meanwhile comes at once, in order, and then the end`() async throws {
        let source = Source()
        let gatherer = PieceGatherer { try await source.pull() }
        source.send("a")
        #expect(try await Self.text(gatherer.next()) == "a")
        for letter in ["b", "c", "d"] { source.send(letter) }
        #expect(await eventually { source.taken == 4 })
        source.finish()
        var rest = ""
        while let piece = try await gatherer.next() { rest += Self.text(piece) ?? "" }
        #expect(rest == "bcd")
        #expect(try await gatherer.next() == nil)
    }

    @Test func `an error comes after what came before it`() async throws {
        let calls = Mutex(0)
        let gatherer = PieceGatherer {
            let call = calls.withLock { calls in
                calls += 1
                return calls
            }
            guard call < 3 else { throw AppError(.upstreamFailed, "broken") }
            return [UInt8(ascii: "x")]
        }
        var seen = 0
        await #expect(throws: AppError.self) {
            while let piece = try await gatherer.next() { seen += piece.count }
        }
        #expect(seen == 2)
    }

    @Test func `it reads no further ahead than it may`() async throws {
        let source = Source()
        let gatherer = PieceGatherer(most: 4) { try await source.pull() }
        for _ in 0..<20 { source.send("ab") }
        #expect(try await gatherer.next() != nil)
        #expect(await eventually { source.taken >= 2 })
        try await Task.sleep(for: .milliseconds(50))
        #expect(source.taken < 8)
        source.finish()
        var count = 0
        while let piece = try await gatherer.next() { count += piece.count }
        #expect(count >= 32)
    }

    @Test func `a reader that leaves ends the body's task, also one that waits for room`() async throws {
        for most in [1, 1000] {
            let source = Source()
            let gatherer = PieceGatherer(most: most) { try await source.pull() }
            source.send("ab")
            _ = try await gatherer.next()
            if most == 1 { source.send("cd") }
            let reader = Task { try await gatherer.next() }
            try await Task.sleep(for: .milliseconds(20))
            reader.cancel()
            gatherer.stop()
            source.send("ef")
            source.finish()
            _ = try? await reader.value
            // It ends: nothing waits for ever.
            while (try? await gatherer.next()) != nil {}
        }
    }
}
