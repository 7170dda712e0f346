package import Domain
package import Logging
package import ServiceLifecycle

/// Everything about traces, made only when a collector is configured.
package struct Telemetry: Sendable {
    package let tracer: OTLPTracer
    package let exporter: SpanExporter

    private let close: @Sendable () async -> Void

    /// - Parameters:
    ///   - makeTransport: opens connections to the collector; called only when there is one.
    ///   - close: closes them.
    /// - Returns: `nil` when nothing is to be traced.
    package init?(
        settings: Settings, version: String, logger: Logger,
        makeTransport: () -> (transport: any UpstreamTransport, close: @Sendable () async -> Void)
    ) {
        guard let configuration = TraceConfiguration(settings: settings, version: version) else { return nil }
        let (transport, close) = makeTransport()
        self.close = close
        exporter = SpanExporter(configuration: configuration, transport: transport, logger: logger)
        tracer = OTLPTracer(configuration: configuration, exporter: exporter)
    }

    package func traced(_ retriever: any ContextRetriever) -> any ContextRetriever { TracedContextRetriever(retriever: retriever, tracer: tracer) }
    package func traced(_ transport: any UpstreamTransport) -> any UpstreamTransport { TracedTransport(transport: transport, tracer: tracer) }
    package var relay: any RelayTracing { RelayTracer(tracer: tracer) }
    package var service: any Service { ExporterService(exporter: exporter, close: close) }
}

private struct ExporterService: Service {
    let exporter: SpanExporter
    let close: @Sendable () async -> Void

    func run() async throws {
        await cancelWhenGracefulShutdown { await exporter.run() }
        await close()
    }
}
