import Domain
import Synchronization

/// The `stream` methods of a chat's filters, opened with the first chunk.
final class StreamFilters: Sendable {
    private let filters: [FilterCall]
    private let host: any FunctionHost
    private let skipsFailures: Bool
    private let sessions = Mutex<[any FunctionStreamFilter]?>(nil)

    init(_ filters: [FilterCall], host: any FunctionHost, skipsFailures: Bool) {
        self.filters = filters
        self.host = host
        self.skipsFailures = skipsFailures
    }

    var isEmpty: Bool { filters.isEmpty }

    /// - Parameter chunks: JSON objects; what is none goes through untouched, and the filters do not see it.
    /// - Returns: what came through, and why nothing more will.
    func process(_ chunks: [[UInt8]]) async throws -> (chunks: [[UInt8]], failure: (any Error)?) {
        guard !filters.isEmpty, !chunks.isEmpty else { return (chunks, nil) }
        var chunks = chunks
        var failure: (any Error)?
        for (index, session) in try await opened().enumerated() {
            do {
                chunks = try await session.process(chunks)
            } catch is CancellationError {
                throw CancellationError()
            } catch {
                let partial = error as? StreamFilterFailure
                chunks = (partial?.passed ?? []) + (skipsFailures ? partial?.rest ?? chunks : [])
                if !skipsFailures { failure = FunctionErrors.meaning(partial?.cause ?? error, name: filters[index].function.name) }
            }
        }
        return (chunks, failure)
    }

    func close() {
        for session in sessions.withLock({ $0 }) ?? [] { session.close() }
    }

    private func opened() async throws -> [any FunctionStreamFilter] {
        if let sessions = sessions.withLock({ $0 }) { return sessions }
        var opened: [any FunctionStreamFilter] = []
        for filter in filters {
            do {
                opened.append(try await host.openStream(in: filter.call))
            } catch {
                guard skipsFailures, !(error is CancellationError) else { throw FunctionErrors.meaning(error, name: filter.function.name) }
                opened.append(PassingFilter())
            }
        }
        sessions.withLock { $0 = opened }
        return opened
    }
}

/// Stands for a filter that could not be opened and is skipped.
private struct PassingFilter: FunctionStreamFilter {
    func process(_ chunks: [[UInt8]]) async throws -> [[UInt8]] { chunks }
    func close() {}
}
