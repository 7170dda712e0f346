import Domain
import HTTPAPI
import Logging
import Relay
import SQLiteStorage
import Telemetry
import ServiceLifecycle

/// What models cost, and how the server is doing.
struct Usage {
    /// Everything that calls a model records it here.
    let ledger: UsageLedger
    let store: any UsageStore
    let metrics: ServerMetrics
    let service: UsageService
    let controllers: [any Controller]
}

extension Server {
    /// - Throws: when what was spent before cannot be read: budgets would begin anew.
    static func usage(database: SQLiteDatabase, settings: Settings, accounts: Accounts, logger: Logger) async throws -> Usage {
        try await accounts.meter.restore()
        let store = SQLiteUsageStore(database: database)
        let metrics = ServerMetrics()
        let ledger = UsageLedger(
            store: store, meter: accounts.meter, prices: PriceBook(settings: settings), metrics: metrics, logger: logger,
            keepsCalls: { settings[.usageRetentionDays] > 0 })
        return Usage(
            ledger: ledger, store: store, metrics: metrics, service: UsageService(ledger: ledger, settings: settings, logger: logger),
            controllers: [
                UsageController(
                    ledger: ledger, store: store, meter: accounts.meter, keys: accounts.keyStore, users: accounts.users, cache: accounts.cache,
                    settings: settings, audit: accounts.audit),
                AnalyticsController(
                    ledger: ledger, store: store, chats: SQLiteChatStore(database: database), users: accounts.users, groups: accounts.groups,
                    allowsAdminAccess: { settings[.enableAdminChatAccess] }),
                EvaluationsController(store: SQLiteFeedbackStore(database: database), users: accounts.users, audit: accounts.audit),
            ])
    }

    /// Metrics and the health page.
    static func observability(
        usage: Usage, gateway: Gateway, retrieval: Retrieval, relay: Relay, database: SQLiteDatabase, telemetry: Telemetry?
    ) -> [any Controller] {
        let gauges: @Sendable () async -> ServerGauges = {
            await Self.gauges(usage: usage, gateway: gateway, relay: relay, database: database, telemetry: telemetry)
        }
        return [
            MetricsController(metrics: usage.metrics, gauges: gauges),
            HealthDetailsController(metrics: usage.metrics, gauges: gauges) {
                let process = ProcessFigures.current()
                let kept = try? await database.figures()
                let progress = await retrieval.desk.progress()
                return [
                    "versions": ["haneul": .string(HaneulVersion.server), "api": .string(HaneulVersion.api), "schema": .optional(kept?.migration)],
                    "process": [
                        "resident_bytes": .int(process.residentBytes), "open_descriptors": .int(process.openDescriptors),
                        "maximum_descriptors": .int(process.maximumDescriptors), "threads": .int(process.threads),
                        "processor_seconds": .double(process.processorSeconds),
                    ],
                    "database": ["up": .bool(kept != nil), "bytes": .optional(kept?.bytes)],
                    "index": [
                        "documents": .optional(kept?.documents), "passages": .optional(kept?.passages),
                        "files": .object(JSONObject((kept?.files ?? [:]).sorted { $0.key < $1.key }.map { ($0.key, JSONValue.int($0.value)) })),
                        "rebuilding": progress.map { ["done": .int($0.done), "total": .int($0.total), "error": .optional($0.failure)] } ?? .null,
                    ],
                ]
            },
        ]
    }

    private static func gauges(
        usage: Usage, gateway: Gateway, relay: Relay, database: SQLiteDatabase, telemetry: Telemetry?
    ) async -> ServerGauges {
        let connections = gateway.book.all(.openAI) + gateway.book.all(.ollama)
        let process = ProcessFigures.current()
        let relayed = relay.counters.snapshot
        return ServerGauges(
            version: HaneulVersion.server, upstreams: gateway.health.status(of: connections),
            counters: [
                ("haneul_relay_chats_total", "Chats answered by the relay.", relayed.relayed),
                ("haneul_relay_streams_total", "Of them, streams.", relayed.streams),
                ("haneul_relay_handed_on_total", "Chats that the relay handed on to the long way.", relayed.handedOn),
                ("haneul_relay_upstream_failures_total", "Upstreams that failed the relay.", relayed.upstreamFailures),
                ("haneul_relay_clients_left_total", "Clients that left before their answer's end.", relayed.clientsLeft),
                ("haneul_relay_clients_timed_out_total", "Clients that were too slow.", relayed.clientsTimedOut),
                ("haneul_relay_client_bytes_total", "Bytes written to clients by the relay.", relayed.bytesToClients),
            ] + spans(telemetry),
            values: [
                ("haneul_relay_open_exchanges", "Chats on their way through the relay.", relayed.openExchanges),
                ("haneul_relay_upstream_connections", "Open connections of the relay to upstreams.", relayed.openUpstreamConnections),
                ("haneul_usage_records_waiting", "Calls that are not written down yet.", usage.ledger.waiting),
                ("haneul_database_bytes", "Size of the database file and its log.", database.bytes),
                ("process_resident_memory_bytes", "Memory in use.", process.residentBytes),
                ("process_virtual_memory_bytes", "Address space in use.", process.virtualBytes),
                ("process_open_fds", "Open file descriptors.", process.openDescriptors),
                ("process_max_fds", "File descriptors that may be open.", process.maximumDescriptors),
                ("process_threads", "Threads.", process.threads),
            ],
            ingestion: (try? await database.unfinishedFiles()) ?? [:])
    }
}

extension Server {
    private static func spans(_ telemetry: Telemetry?) -> [(name: String, help: String, value: Int)] {
        guard let figures = telemetry?.exporter.figures else { return [] }
        return [
            ("haneul_trace_spans_sent_total", "Spans that the collector took.", figures.sent),
            ("haneul_trace_spans_dropped_total", "Spans that had no room or that the collector did not take.", figures.dropped),
        ]
    }
}

/// Writes usage down as long as the server runs, and what is left when everything else has stopped.
struct UsageService: Service {
    let ledger: UsageLedger
    let settings: Settings
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown { await ledger.run { settings[.usageRetentionDays] } }
        do {
            try await ledger.flush()
        } catch {
            logger.error("the last usage could not be written down", metadata: ["error": "\(error)", "calls": "\(ledger.waiting)"])
        }
    }
}
