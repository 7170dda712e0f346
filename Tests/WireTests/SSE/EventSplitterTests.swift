import Domain
import Testing
import Wire

struct EventSplitterTests {
    private func events(_ text: String, size: Int) throws -> [String] {
        var splitter = EventSplitter()
        var events: [[UInt8]] = []
        let bytes = Array(text.utf8)
        for start in stride(from: 0, to: bytes.count, by: size) { events += try splitter.push(Array(bytes[start..<min(start + size, bytes.count)])) }
        events += splitter.finish()
        return events.map { String(decoding: $0, as: UTF8.self) }
    }

    @Test(arguments: [1, 2, 3, 5, 1000])
    func `reads data lines and nothing else`(size: Int) throws {
        let text = ": hello\n\nevent: x\ndata: 한글\ndata:two\n\nid: 1\n\ndata: 🌟\r\n\r\ndata:\n\ndata: last"
        #expect(try events(text, size: size) == ["한글\ntwo", "🌟", "", "last"])
    }

    @Test func `a line without end is refused`() throws {
        var splitter = LineSplitter(limit: 10)
        _ = try splitter.push(Array("12345".utf8))
        #expect(throws: AppError.self) { _ = try splitter.push(Array("678901".utf8)) }
    }
}
