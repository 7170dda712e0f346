import Domain
import Testing

struct LeaderboardTests {
    private static func feedback(_ model: String, _ rating: JSONValue, over others: [String], tags: [String] = []) -> Feedback {
        Feedback(
            userID: "u", kind: "rating",
            data: ["model_id": .string(model), "rating": rating, "sibling_model_ids": .strings(others), "tags": .strings(tags)], meta: nil,
            snapshot: nil)
    }

    @Test func `a model rises over the one that it was liked better than`() {
        let board = Leaderboard([Self.feedback("a", 1, over: ["b"])]).entries
        #expect(board.map(\.modelID) == ["a", "b"])
        #expect(board.map(\.rating) == [1016, 984])
        #expect(board.map(\.won) == [1, 0])
        #expect(board.map(\.lost) == [0, 1])
    }

    @Test func `what was expected moves less`() {
        let board = Leaderboard([Self.feedback("a", 1, over: ["b"]), Self.feedback("a", "1", over: ["b"])]).entries
        #expect(board.map(\.rating) == [1031, 969])
        let upset = Leaderboard([Self.feedback("a", 1, over: ["b"]), Self.feedback("a", -1, over: ["b"])]).entries
        #expect(upset.map(\.modelID) == ["b", "a"])
        #expect(upset.map(\.rating) == [1001, 999])
    }

    @Test(arguments: [JSONValue.null, 0, 2, "good", 1.5])
    func `what says neither good nor bad is no comparison`(rating: JSONValue) {
        #expect(Leaderboard([Self.feedback("a", rating, over: ["b"])]).entries.isEmpty)
    }

    @Test func `a model is not compared with itself or with nothing`() {
        #expect(
            Leaderboard([Self.feedback("a", 1, over: ["a"]), Self.feedback("a", 1, over: []), Self.feedback("", 1, over: ["b"])]).entries.isEmpty)
    }

    @Test func `the most frequent tags come first`() {
        let all = (1...7).flatMap { count in (0..<count).map { _ in Self.feedback("a", 1, over: ["b"], tags: ["t\(count)"]) } }
        #expect(Leaderboard(all).entries[0].tags.map(\.tag) == ["t7", "t6", "t5", "t4", "t3"])
    }
}
