/// How long a reader waits for a worker: a limit on CPU time while the worker computes, on time while it sleeps. On a machine
/// with too much to do a worker that gets little of it is not given up, within reason.
struct Patience {
    /// A worker that computes at all may take this many times the limit.
    private static let stretch = 10

    private let limit: Duration
    private var spent = Duration.zero
    private var waited = Duration.zero
    private var computed = Duration.zero

    init(limit: Duration) { self.limit = limit }

    /// Both figures are totals since the start.
    /// - Parameter computed: `nil` when it is not known; then all waiting counts.
    mutating func note(waited: Duration, computed: Duration?) {
        let pause = waited - self.waited
        let work = (computed ?? self.computed) - self.computed
        self.waited = waited
        if let computed { self.computed = computed }
        spent += work > .zero ? min(max(work, pause / Self.stretch), pause) : pause
    }

    var isOver: Bool { spent > limit }
}
