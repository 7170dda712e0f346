/// Counts of durations by size, as Prometheus wants them.
package struct Histogram: Sendable, Hashable {
    /// Upper bounds in seconds; what is above the last one is counted, too.
    package static let bounds: [Double] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300]

    /// Each bucket alone, one more than there are bounds.
    package private(set) var counts = [Int](repeating: 0, count: bounds.count + 1)
    package private(set) var sum = 0.0
    package private(set) var count = 0

    package init() {}

    package mutating func add(_ seconds: Double) {
        var bucket = 0
        while bucket < Self.bounds.count, seconds > Self.bounds[bucket] { bucket += 1 }
        counts[bucket] += 1
        sum += seconds
        count += 1
    }
}
