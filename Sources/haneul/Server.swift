import Domain
import Foundation
import HTTPAPI
import Hummingbird
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
        let application = Application(
            router: components.face.router,
            server: .http1(
                configuration: .init(
                    additionalChannelHandlers: relay.handlers() + [ClientDepartureHandler(stallTimeout: .seconds(Int64(settings[.slowClientSeconds])))],
                    idleTimeout: .seconds(Int64(settings[.slowClientSeconds])))),
            configuration: .init(address: .hostname(host, port: port), serverName: nil, backlog: 1024, reuseAddress: true),
            onServerRunning: { channel in
                let bound = channel.localAddress?.port ?? port
                FileHandle.standardError.write(
                    Data("\(settings[.name]) is ready on http://\(host == "0.0.0.0" ? "localhost" : host):\(bound)\n".utf8))
            },
            logger: logger)
        var group = ServiceGroupConfiguration(
            services: components.services.map { ServiceGroupConfiguration.ServiceConfiguration(service: $0) } + [
                .init(service: application, successTerminationBehavior: .gracefullyShutdownGroup)
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
