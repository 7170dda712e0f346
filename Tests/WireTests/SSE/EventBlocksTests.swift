import Testing
import Wire

@Suite struct EventBlocksTests {
    private static let stream = "data: 1\n\n: comment\r\n\r\nevent: x\ndata: {\"a\":\"한\"}\n\n\ndata: last"
    private static let events = ["data: 1\n\n", ": comment\r\n\r\n", "event: x\ndata: {\"a\":\"한\"}\n\n", "\n", "data: last\n\n"]

    @Test(arguments: [1, 2, 3, 7, 1000])
    func `events are parted wherever the pieces are split, and no byte is lost`(_ size: Int) throws {
        var blocks = EventBlocks()
        let bytes = Array(Self.stream.utf8)
        var events: [[UInt8]] = []
        for start in stride(from: 0, to: bytes.count, by: size) { events += try blocks.push(Array(bytes[start..<min(start + size, bytes.count)])) }
        events += blocks.finish()
        #expect(events.map { String(decoding: $0, as: UTF8.self) } == Self.events)
    }

    @Test func `an event without an end is given up`() {
        var blocks = EventBlocks()
        #expect(throws: (any Error).self) { for _ in 0..<40 { _ = try blocks.push([UInt8](repeating: 120, count: 1 << 20)) } }
    }
}
