import Foundation

/// Models ordered by how often people liked their answers better than another model's: ratings after Elo.
///
/// Every model begins with 1000. A comparison moves both by at most 32 points, more the less it was to be expected.
package struct Leaderboard: Sendable {
    package struct Entry: Sendable {
        package let modelID: String
        package let rating: Int
        package let won: Int
        package let lost: Int
        /// The most frequent first, at most five.
        package let tags: [(tag: String, count: Int)]
    }

    private struct Standing {
        var rating = 1000.0
        var (won, lost) = (0, 0)
    }

    /// The best first.
    package let entries: [Entry]

    /// - Parameter feedback: the oldest first.
    package init(_ feedback: some Sequence<Feedback>) {
        var standings: [String: Standing] = [:]
        var tags: [String: [String: Int]] = [:]
        for one in feedback where !one.modelID.isEmpty {
            for tag in one.tags { tags[one.modelID, default: [:]][tag, default: 0] += 1 }
            guard let isGood = one.isGood else { continue }
            for opponentID in one.data?["sibling_model_ids"]?.array?.compactMap(\.string) ?? [] where opponentID != one.modelID {
                Self.compare(&standings, one.modelID, opponentID, won: isGood)
            }
        }
        entries = standings.map { id, standing in
            Entry(
                modelID: id, rating: Int(standing.rating.rounded()), won: standing.won, lost: standing.lost,
                tags: (tags[id] ?? [:]).sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(5).map { ($0.key, $0.value) })
        }.sorted { ($1.rating, $0.modelID) < ($0.rating, $1.modelID) }
    }

    private static func compare(_ standings: inout [String: Standing], _ one: String, _ other: String, won: Bool) {
        var (first, second) = (standings[one] ?? Standing(), standings[other] ?? Standing())
        let step = 32 * ((won ? 1 : 0) - expectation(of: first.rating, against: second.rating))
        first.rating += step
        second.rating -= step
        if won { (first.won, second.lost) = (first.won + 1, second.lost + 1) } else { (first.lost, second.won) = (first.lost + 1, second.won + 1) }
        (standings[one], standings[other]) = (first, second)
    }

    private static func expectation(of rating: Double, against other: Double) -> Double { 1 / (1 + pow(10, (other - rating) / 400)) }
}
