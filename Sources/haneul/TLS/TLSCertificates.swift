import Domain
import Foundation
import Logging
import NIOCore
import NIOSSL
import ServiceLifecycle
import Synchronization
import UnixSignals

/// The certificate that new connections are answered with, read again when its files change or on SIGHUP. Connections that
/// are open go on with the one they began with.
final class TLSCertificates: Service {
    private struct Pair: Sendable {
        let chain: [NIOSSLCertificateSource]
        let key: NIOSSLPrivateKeySource
        /// Seconds since 1970.
        let expiresAt: Int
    }

    private let certificateFile: String
    private let keyFile: String
    private let logger: Logger
    private let pair: Mutex<Pair>
    private let stamp: Mutex<[String]>

    /// How often the files are looked at.
    private static let tick = Duration.seconds(2)

    /// - Throws: `AppError` in one line when a file cannot be read or the two don't belong together.
    init(certificateFile: String, keyFile: String, logger: Logger) throws {
        self.certificateFile = certificateFile
        self.keyFile = keyFile
        self.logger = logger
        let files = [certificateFile, keyFile]
        stamp = Mutex(Self.stamp(files))
        let first = try Self.read(certificateFile, keyFile)
        pair = Mutex(first)
        warn(of: first)
    }

    /// `nil` when the settings name no certificate.
    static func configured(_ settings: Settings, logger: Logger) throws -> TLSCertificates? {
        let (certificate, key) = (settings[.tlsCertificate], settings[.tlsPrivateKey])
        if certificate.isEmpty, key.isEmpty { return nil }
        guard !certificate.isEmpty, !key.isEmpty else {
            throw AppError(.badRequest, "TLS_CERTIFICATE and TLS_PRIVATE_KEY belong together: set both or none.")
        }
        return try TLSCertificates(certificateFile: certificate, keyFile: key, logger: logger)
    }

    /// TLS 1.2 and later; every handshake asks for the certificate of the moment.
    func configuration() -> TLSConfiguration {
        let first = pair.withLock { $0 }
        var configuration = TLSConfiguration.makeServerConfiguration(certificateChain: first.chain, privateKey: first.key)
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = ["http/1.1"]
        configuration.sslContextCallback = { [self] _, promise in
            let current = pair.withLock { $0 }
            var override = NIOSSLContextConfigurationOverride()
            override.certificateChain = current.chain
            override.privateKey = current.key
            promise.succeed(override)
        }
        return configuration
    }

    func run() async throws {
        try? await cancelWhenGracefulShutdown { [self] in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { [self] in
                    while true {
                        try await Task.sleep(for: Self.tick)
                        reload(onlyIfChanged: true)
                    }
                }
                group.addTask { [self] in
                    for await _ in await UnixSignalsSequence(trapping: .sighup) { reload(onlyIfChanged: false) }
                }
                try await group.waitForAll()
            }
        }
    }

    /// A certificate that cannot be used leaves the one in force.
    func reload(onlyIfChanged: Bool) {
        let now = Self.stamp([certificateFile, keyFile])
        let isChanged = stamp.withLock { stamp in
            defer { stamp = now }
            return stamp != now
        }
        guard isChanged || !onlyIfChanged else { return }
        do {
            let fresh = try Self.read(certificateFile, keyFile)
            pair.withLock { $0 = fresh }
            logger.notice("the TLS certificate was read again")
            warn(of: fresh)
        } catch {
            logger.error("the TLS certificate cannot be used, the earlier one stays in force", metadata: ["error": "\(error)"])
        }
    }

    /// Clients judge a certificate; whoever runs the server learns it here.
    private func warn(of pair: Pair) {
        if pair.expiresAt <= .now() {
            logger.warning("the TLS certificate has run out: clients will refuse it", metadata: ["file": "\(certificateFile)"])
        }
    }

    private static func read(_ certificateFile: String, _ keyFile: String) throws -> Pair {
        let chain: [NIOSSLCertificate]
        let key: NIOSSLPrivateKey
        do {
            chain = try NIOSSLCertificate.fromPEMFile(certificateFile)
        } catch {
            throw AppError(.badRequest, "TLS_CERTIFICATE: \(certificateFile) is no readable PEM certificate.", cause: error)
        }
        guard !chain.isEmpty else { throw AppError(.badRequest, "TLS_CERTIFICATE: \(certificateFile) holds no certificate.") }
        do {
            key = try NIOSSLPrivateKey(file: keyFile, format: .pem)
        } catch {
            throw AppError(.badRequest, "TLS_PRIVATE_KEY: \(keyFile) is no readable PEM key.", cause: error)
        }
        let pair = Pair(chain: chain.map { .certificate($0) }, key: .privateKey(key), expiresAt: Int(chain[0].notValidAfter))
        do {
            // Also says whether the key is the certificate's.
            _ = try NIOSSLContext(configuration: .makeServerConfiguration(certificateChain: pair.chain, privateKey: pair.key))
        } catch {
            throw AppError(.badRequest, "TLS_PRIVATE_KEY: \(keyFile) is not the key of \(certificateFile).", cause: error)
        }
        return pair
    }

    /// What changes when a file is written or replaced (a link's target, too).
    private static func stamp(_ files: [String]) -> [String] {
        files.map { file in
            let path = URL(fileURLWithPath: file).resolvingSymlinksInPath().path
            guard let found = try? FileManager.default.attributesOfItem(atPath: path) else { return "" }
            let changed = (found[.modificationDate] as? Date)?.timeIntervalSince1970 ?? 0
            return "\(found[.systemNumber] ?? "") \(found[.systemFileNumber] ?? "") \(found[.size] ?? "") \(changed)"
        }
    }
}
