import Synchronization

/// What the server did since its start, in numbers whose labels are few: routes as templates, never paths; models and upstreams; never
/// users or keys.
package final class ServerMetrics: Sendable {
    package struct RequestLabels: Sendable, Hashable {
        /// A template, as `/api/v1/files/{id}`; empty for what no route took.
        package var route: String
        package var method: String
        package var status: Int

        package init(route: String, method: String, status: Int) {
            self.route = route
            self.method = method
            self.status = status
        }
    }

    package struct CallLabels: Sendable, Hashable {
        package var model: String
        package var upstream: String
    }

    package struct Requests: Sendable, Hashable {
        package var byLabels: [RequestLabels: Int] = [:]
        /// By route and method.
        package var durations: [RequestLabels: Histogram] = [:]
    }

    package struct Calls: Sendable, Hashable {
        package var figures: [CallLabels: UsageFigures] = [:]
        package var durations: [String: Histogram] = [:]
        package var firstBytes: [String: Histogram] = [:]
        /// By upstream, then kind of failure.
        package var failures: [String: [UsageRecord.Failure: Int]] = [:]
    }

    private struct State {
        var requests = Requests()
        var calls = Calls()
        var models: Set<String> = []
    }

    package let startedAt: EpochSeconds
    private let state = Mutex(State())

    package init(startedAt: EpochSeconds = .now()) { self.startedAt = startedAt }

    /// More models than this are counted together.
    private static let mostModels = 500

    package func request(_ labels: RequestLabels, seconds: Double) {
        state.withLock { state in
            state.requests.byLabels[labels, default: 0] += 1
            state.requests.durations[RequestLabels(route: labels.route, method: labels.method, status: 0), default: Histogram()].add(seconds)
        }
    }

    func observe(_ record: UsageRecord) {
        let seconds = Double(record.milliseconds) / 1000
        if !record.relayedRoute.isEmpty {
            request(RequestLabels(route: record.relayedRoute, method: "POST", status: record.status), seconds: seconds)
        }
        state.withLock { state in
            var model = record.modelID
            if state.models.count < Self.mostModels { state.models.insert(model) } else if !state.models.contains(model) { model = "other" }
            state.calls.figures[CallLabels(model: model, upstream: record.upstream), default: UsageFigures()].add(record)
            state.calls.durations[record.upstream, default: Histogram()].add(seconds)
            if let first = record.firstByteMilliseconds {
                state.calls.firstBytes[record.upstream, default: Histogram()].add(Double(first) / 1000)
            }
            if let failure = record.failure { state.calls.failures[record.upstream, default: [:]][failure, default: 0] += 1 }
        }
    }

    package var requests: Requests { state.withLock { $0.requests } }
    package var calls: Calls { state.withLock { $0.calls } }
}
