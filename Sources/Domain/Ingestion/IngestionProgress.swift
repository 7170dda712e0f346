/// How far a file is, for people.
package struct IngestionProgress: Sendable, Hashable {
    package var stage: IngestionStage
    /// 0 to 100.
    package var percent: Int
    /// Set while an engine that did not answer is given time: what it said.
    package var obstacle: String?

    package init(stage: IngestionStage, percent: Int, obstacle: String? = nil) {
        self.stage = stage
        self.percent = percent
        self.obstacle = obstacle
    }
}

/// How often and how long to wait for engines that cannot answer now.
package struct RetryPolicy: Sendable {
    /// Seconds before the first repetition; doubled each time up to `longest`.
    package var first: Double
    package var longest: Double
    package var limit: Int

    package init(first: Double = 1, longest: Double = 60, limit: Int = 12) {
        self.first = first
        self.longest = longest
        self.limit = limit
    }

    /// - Parameter retry: counted from 0.
    func delay(retry: Int, asked: Int?) -> Duration {
        var seconds = first
        for _ in 0..<min(retry, 30) { seconds = min(longest, seconds * 2) }
        return .seconds(max(seconds, Double(asked ?? 0)))
    }
}
