import Domain
import NIOCore
import NIOSSL

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// What the relay keeps for one event loop: upstream connections, the clients being watched, and things that are made once.
/// Only touched on its loop.
final class RelayLoop {
    let relay: Relay
    let eventLoop: any EventLoop
    /// For building answer heads.
    var scratch: [UInt8] = []

    private var routes: [Int: UpstreamRoute] = [:]
    private var pools: [UpstreamRoute.Origin: UpstreamPool] = [:]
    private var clients: [ClientHandler] = []
    private var tick: RepeatedTask?
    private var requestCount: UInt64 = 0
    private let requestPrefix = UInt64.random(in: 0...UInt64.max)
    private var dateSecond = 0
    private var dateText: [UInt8] = []
    private var tlsContext: NIOSSLContext?

    init(relay: Relay, eventLoop: any EventLoop) {
        self.relay = relay
        self.eventLoop = eventLoop
    }

    // MARK: Upstreams

    func route(to connection: Connection) -> UpstreamRoute? {
        if let route = routes[connection.index], route.serves(connection) { return route }
        guard let (origin, head) = UpstreamRoute.parse(connection) else { return nil }
        let pool = pools[origin] ?? UpstreamPool(origin: origin, loop: self)
        pools[origin] = pool
        let route = UpstreamRoute(connection: connection, label: "openai:\(connection.index)", pool: pool, requestHead: head)
        routes[connection.index] = route
        return route
    }

    func tls() throws -> NIOSSLContext {
        if let tlsContext { return tlsContext }
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.applicationProtocols = ["http/1.1"]
        if !relay.configuration.trustFile.isEmpty { configuration.additionalTrustRoots = [.file(relay.configuration.trustFile)] }
        let context = try NIOSSLContext(configuration: configuration)
        tlsContext = context
        return context
    }

    // MARK: Clients

    func add(_ client: ClientHandler) {
        client.loopIndex = clients.count
        clients.append(client)
        guard tick == nil else { return }
        tick = eventLoop.assumeIsolated().scheduleRepeatedTick(every: relay.tick) { [weak self] in self?.check() }
    }

    func remove(_ client: ClientHandler) {
        let index = client.loopIndex
        guard index >= 0 else { return }
        client.loopIndex = -1
        let last = clients.removeLast()
        if last !== client {
            clients[index] = last
            last.loopIndex = index
        }
    }

    private func check() {
        let now = NIODeadline.now()
        // Checking may close, and closing removes: go from the end.
        var index = clients.count - 1
        while index >= 0 {
            if index < clients.count { clients[index].check(now) }
            index -= 1
        }
        var hasConnections = false
        for pool in pools.values {
            pool.check(now)
            if !pool.isEmpty { hasConnections = true }
        }
        if clients.isEmpty, !hasConnections {
            tick?.cancel()
            tick = nil
        }
    }

    // MARK: Made once

    func makeRequestID() -> [UInt8] {
        requestCount &+= 1
        var id: [UInt8] = []
        id.reserveCapacity(32)
        id.append(hex: requestPrefix)
        id.append(hex: requestCount)
        return id
    }

    /// The time of day and its HTTP date, `Sun, 06 Nov 1994 08:49:37 GMT`.
    func date() -> (seconds: EpochSeconds, text: [UInt8]) {
        var now = time(nil)
        if now != dateSecond {
            dateSecond = now
            var parts = tm()
            gmtime_r(&now, &parts)
            var buffer = [CChar](repeating: 0, count: 64)
            let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
            let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
            let length = strftime(&buffer, buffer.count, ", %d ", &parts)
            var text = Array(days[Int(parts.tm_wday)].utf8) + buffer[0..<length].map { UInt8(bitPattern: $0) }
            text += months[Int(parts.tm_mon)].utf8
            let rest = strftime(&buffer, buffer.count, " %Y %H:%M:%S GMT", &parts)
            text += buffer[0..<rest].map { UInt8(bitPattern: $0) }
            dateText = text
        }
        return (dateSecond, dateText)
    }
}

extension NIOIsolatedEventLoop {
    /// A repeated task that may touch what belongs to the loop.
    func scheduleRepeatedTick(every interval: TimeAmount, _ body: @escaping () -> Void) -> RepeatedTask {
        let bound = NIOLoopBound(body, eventLoop: nonisolated())
        return nonisolated().scheduleRepeatedTask(initialDelay: interval, delay: interval) { _ in bound.value() }
    }
}
