import Domain
import Synchronization
import Testing

@Suite struct StreamLogTests {
    private static func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    private static func rest(_ reader: StreamReader) async throws -> [String] {
        var texts: [String] = []
        while let (number, piece) = try await reader.next() { texts.append("\(number):" + String(decoding: piece, as: UTF8.self)) }
        return texts
    }

    @Test func `readers get every piece after the one they name, once and in order`() async throws {
        let log = StreamLog(limit: 1000)
        for text in ["a", "b", "c"] { try await log.append(Self.bytes(text)) }
        let (first, third) = (try log.reader(after: 0), try log.reader(after: 2))
        let end = try log.reader(after: 3)
        try await log.append(Self.bytes("d"))
        log.finish(with: [Self.bytes("e")])
        #expect(try await Self.rest(first) == ["1:a", "2:b", "3:c", "4:d", "5:e"])
        #expect(try await Self.rest(third) == ["3:c", "4:d", "5:e"])
        #expect(try await Self.rest(end) == ["4:d", "5:e"])
        #expect(try await Self.rest(try log.reader(after: 5)).isEmpty)
    }

    @Test func `readers that wait are woken by each piece and by the end`() async throws {
        let log = StreamLog(limit: 1000)
        let readers = try (0..<8).map { _ in try log.reader(after: 0) }
        async let texts = withThrowingTaskGroup(of: [String].self) { group in
            for reader in readers { group.addTask { try await Self.rest(reader) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        for number in 1...100 {
            try await log.append(Self.bytes("x"))
            if number % 10 == 0 { await Task.yield() }
        }
        log.finish()
        #expect(try await texts == Array(repeating: (1...100).map { "\($0):x" }, count: 8))
    }

    @Test func `without readers the oldest pieces make room`() async throws {
        let log = StreamLog(limit: 10)
        for number in 0..<200 { try await log.append(Self.bytes(String(format(number)))) }
        #expect(log.bytes <= 10)
        #expect(!log.isWhole)
        let error = #expect(throws: AppError.self) { try log.reader(after: 100) }
        #expect(error?.code == .gone)
        log.finish()
        #expect(try await Self.rest(try log.reader(after: 198)) == ["199:198", "200:199"])
    }

    private func format(_ number: Int) -> String { String(String(1000 + number).dropFirst()) }

    @Test func `a piece that a reader has yet to see is never dropped: the writer waits`() async throws {
        let log = StreamLog(limit: 10)
        let reader = try log.reader(after: 0)
        let written = Counter()
        let writer = Task {
            for number in 0..<100 {
                try await log.append(Self.bytes(format(number)))
                written.add(1)
            }
            log.finish()
        }
        while written.value < 3 { await Task.yield() }
        for _ in 0..<200 { await Task.yield() }
        #expect(written.value == 3)
        #expect(try await Self.rest(reader) == (0..<100).map { "\($0 + 1):\(format($0))" })
        try await writer.value
    }

    @Test func `a reader that leaves lets the writer go on, and the last one to leave is told`() async throws {
        let abandoned = Counter()
        let log = StreamLog(limit: 10, abandoned: { abandoned.add(1) })
        var readers = [try log.reader(after: 0), try log.reader(after: 0)]
        let writer = Task { for number in 0..<100 { try await log.append(Self.bytes(format(number))) } }
        readers.removeFirst()
        #expect(abandoned.value == 0)
        readers.removeFirst()
        try await writer.value
        #expect(abandoned.value == 1)
        #expect(!log.hasReaders)
    }

    @Test func `waiting readers and writers can be cancelled`() async throws {
        let log = StreamLog(limit: 10)
        let reader = try log.reader(after: 0)
        let waiting = Task { try await reader.next() }
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
        try await log.append(Self.bytes("0123456789"))
        let writer = Task { try await log.append(Self.bytes("x")) }
        await Task.yield()
        writer.cancel()
        await #expect(throws: CancellationError.self) { try await writer.value }
        withExtendedLifetime(reader) {}
    }

    @Test(arguments: [-1, 4, Int.max])
    func `numbers that were never given are refused`(_ number: Int) async throws {
        let log = StreamLog(limit: 100)
        for text in ["a", "b", "c"] { try await log.append(Self.bytes(text)) }
        #expect(throws: AppError.self) { try log.reader(after: number) }
    }

    @Test func `what a log takes of the common room it gives back`() async throws {
        let taken = Counter()
        do {
            let log = StreamLog(
                limit: 50,
                room: { count, isForced in
                    if !isForced, taken.value + count > 30 { return false }
                    taken.add(count)
                    return true
                })
            for _ in 0..<100 { try await log.append(Self.bytes("12345678")) }
            #expect(taken.value == log.bytes)
            #expect(log.bytes <= 30)
            log.finish(with: [Self.bytes("the end")])
            #expect(taken.value == log.bytes)
        }
        #expect(taken.value == 0)
    }
}
