import Testing

@testable import Relay

@Suite struct ChatPaceTests {
    @Test("a pace is high from five chats a second on, whichever way they went, until they come slower")
    func pace() {
        let counters = RelayCounters()
        let pace = ChatPace(counters: counters)
        let start = ContinuousClock.now
        #expect(!pace.isHigh(at: start))
        counters.relayed.add(3)
        counters.handedOn.add(3)
        #expect(!pace.isHigh(at: start + .milliseconds(100)))
        #expect(pace.isHigh(at: start + .seconds(1)))
        #expect(pace.isHigh(at: start + .milliseconds(1100)))
        counters.relayed.add(1)
        #expect(!pace.isHigh(at: start + .seconds(2)))
        counters.relayed.add(2)
        #expect(pace.isHigh(at: start + .milliseconds(2300)))
        #expect(!pace.isHigh(at: start + .seconds(60)))
    }
}
