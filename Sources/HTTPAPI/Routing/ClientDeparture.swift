package import NIOCore
import Synchronization

/// Whether the client of one connection is still there, and who wants to know when it leaves.
package final class ClientDeparture: Sendable {
    private struct State {
        var hasLeft = false
        var nextTicket = 0
        var watchers: [Int: @Sendable () -> Void] = [:]
    }

    private let state = Mutex(State())

    package init() {}

    package var hasLeft: Bool { state.withLock { $0.hasLeft } }

    /// Runs `work` in a task that is cancelled when the client leaves, or when the caller is cancelled.
    package func cancelling<Value: Sendable>(_ work: @escaping @Sendable () async throws -> Value) async throws -> Value {
        let task = Task { try await work() }
        let ticket = watch { task.cancel() }
        defer { if let ticket { forget(ticket) } }
        return try await withTaskCancellationHandler {
            try await task.value
        } onCancel: {
            task.cancel()
        }
    }

    /// - Returns: `nil` when the client had already left and the watcher was called.
    private func watch(_ watcher: @escaping @Sendable () -> Void) -> Int? {
        let ticket: Int? = state.withLock { state in
            if state.hasLeft { return nil }
            state.nextTicket += 1
            state.watchers[state.nextTicket] = watcher
            return state.nextTicket
        }
        if ticket == nil { watcher() }
        return ticket
    }

    private func forget(_ ticket: Int) { state.withLock { _ = $0.watchers.removeValue(forKey: ticket) } }

    /// Tells everybody who watches. Later watchers are told at once.
    package func leave() {
        let watchers = state.withLock { state in
            state.hasLeft = true
            defer { state.watchers = [:] }
            return Array(state.watchers.values)
        }
        for watcher in watchers { watcher() }
    }
}

/// Notices in a server connection that its client has left, also while nothing is being read from it or written to it, and closes
/// connections whose client does not take its answer.
///
/// Waiting on the request body for this would cost the connection its keep-alive; a future's callback would outlive every request.
package final class ClientDepartureHandler: ChannelDuplexHandler, RemovableChannelHandler {
    package typealias InboundIn = Any
    package typealias InboundOut = Any
    package typealias OutboundIn = Any
    package typealias OutboundOut = Any

    package let departure = ClientDeparture()
    private let stallTimeout: TimeAmount
    private var stall: Scheduled<Void>?

    /// - Parameter stallTimeout: how long an answer may lie in the connection without the client reading any of it.
    package init(stallTimeout: TimeAmount) { self.stallTimeout = stallTimeout }

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) { context.fireChannelRead(data) }

    package func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .inputClosed? = event as? ChannelEvent { departure.leave() }
        context.fireUserInboundEventTriggered(event)
    }

    package func channelInactive(context: ChannelHandlerContext) {
        stall?.cancel()
        departure.leave()
        context.fireChannelInactive()
    }

    package func channelWritabilityChanged(context: ChannelHandlerContext) {
        stall?.cancel()
        stall = nil
        if !context.channel.isWritable {
            let channel = context.channel
            stall = context.eventLoop.scheduleTask(in: stallTimeout) { channel.close(mode: .all, promise: nil) }
        }
        context.fireChannelWritabilityChanged()
    }

    package func handlerRemoved(context: ChannelHandlerContext) { stall?.cancel() }
}
