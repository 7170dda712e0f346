import Testing

@testable import Extraction

struct PatienceTests {
    @Test func `sleep counts in full`() {
        var patience = Patience(limit: .seconds(10))
        patience.note(waited: .seconds(9), computed: .zero)
        #expect(!patience.isOver)
        patience.note(waited: .seconds(11), computed: .zero)
        #expect(patience.isOver)
    }

    @Test func `a worker that gets little of a busy machine is given time`() {
        var patience = Patience(limit: .seconds(10))
        for second in stride(from: 5, through: 90, by: 5) { patience.note(waited: .seconds(second), computed: .milliseconds(second * 20)) }
        #expect(!patience.isOver)
        patience.note(waited: .seconds(101), computed: .seconds(3))
        #expect(patience.isOver, "but not for ever")
    }

    @Test func `computing counts, though never more than the time that it took`() {
        var patience = Patience(limit: .seconds(10))
        patience.note(waited: .seconds(9), computed: .seconds(18))
        #expect(!patience.isOver)
        patience.note(waited: .seconds(11), computed: .seconds(22))
        #expect(patience.isOver)
    }

    @Test func `where CPU time is not known all waiting counts`() {
        var patience = Patience(limit: .seconds(10))
        patience.note(waited: .seconds(11), computed: nil)
        #expect(patience.isOver)
    }
}
