import Domain
import Foundation
import HTTPAPI
import Hummingbird
import HummingbirdTLS
import Logging
import NIOCore
import NIOPosix
import Relay
import SQLiteStorage
import ServiceLifecycle
import UnixSignals

/// Starts and stops everything. What is built is decided in `Server+build.swift`.
enum Server {
    static func run(environment: [String: String], file: [String: String]) async throws {
        let early = try Settings(environment: environment, file: file)
        let logLevel = Logger.Level(rawValue: early[.logLevel].lowercased()) ?? .info
        LoggingSystem.bootstrap { label in
            var handler = StreamLogHandler.standardError(label: label)
            handler.logLevel = logLevel
            return handler
        }
        let logger = Logger(label: "haneul")
        let directory = try DataDirectory(path: early[.dataDirectory])
        let components = try await build(environment: environment, file: file, directory: directory, logger: logger)
        try await serve(components, logger: logger)
        withExtendedLifetime(directory) {}
    }

    private static func serve(_ components: Components, logger: Logger) async throws {
        let (settings, relay) = (components.settings, components.relay)
        let (host, port) = (settings[.host], settings[.port])
        let certificates = try TLSCertificates.configured(settings, logger: logger)
        // No idle timeout of Hummingbird's: it does not see the chats that the relay answers and would cut them off. The relay
        // watches every client of the connection, whichever way its requests go.
        let stall = TimeAmount.seconds(Int64(settings[.slowClientSeconds]))
        let handlers: @Sendable () -> [any RemovableChannelHandler] = { relay.handlers() + [ClientDepartureHandler(stallTimeout: stall)] }
        let application = Application(
            router: components.face.router,
            server: try certificates.map {
                try .tls(.http1(configuration: .init(additionalChannelHandlers: handlers())), tlsConfiguration: $0.configuration())
            } ?? .http1(configuration: .init(additionalChannelHandlers: handlers())),
            configuration: .init(address: .hostname(host, port: port), serverName: nil, backlog: 1024, reuseAddress: true),
            onServerRunning: { channel in
                let bound = channel.localAddress?.port ?? port
                FileHandle.standardError.write(
                    Data(
                        "\(settings[.name]) is ready on \(certificates == nil ? "http" : "https")://\(host == "0.0.0.0" ? "localhost" : host):\(bound)\n"
                            .utf8))
            },
            logger: logger)
        var group = ServiceGroupConfiguration(
            services: (components.services + (certificates.map { [$0] } ?? [])).map { ServiceGroupConfiguration.ServiceConfiguration(service: $0) }
                + [
                    .init(service: application, successTerminationBehavior: .gracefullyShutdownGroup),
                    .init(service: components.farewell),
                ],
            gracefulShutdownSignals: [.sigterm, .sigint],
            logger: logger)
        group.maximumGracefulShutdownDuration = .seconds(settings[.shutdownSeconds])
        do {
            try await ServiceGroup(configuration: group).run()
        } catch let error as IOError where error.errnoCode == EADDRINUSE {
            throw AppError(.unavailable, "Port \(port) is taken. Stop the program that uses it or set PORT.", cause: error)
        } catch let error as IOError where error.errnoCode == EACCES {
            throw AppError(.forbidden, "Not allowed to listen on port \(port). Ports below 1024 need privileges; set PORT.", cause: error)
        }
    }
}
