// swift-tools-version:6.2
import PackageDescription

/// Every target is compiled with these: language mode 6 comes from the tools version.
let strict: [SwiftSetting] =
    (Context.environment["HANEUL_STRICT"] == nil ? [] : [.treatAllWarnings(as: .error)]) + [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("InternalImportsByDefault"),
    ]

/// The products of other packages that targets here use, each named once.
extension Target.Dependency {
    static var grdb: Self { .product(name: "GRDB", package: "GRDB.swift") }
    static var yams: Self { .product(name: "Yams", package: "Yams") }
    static var asyncHTTPClient: Self { .product(name: "AsyncHTTPClient", package: "async-http-client") }
    static var hummingbird: Self { .product(name: "Hummingbird", package: "hummingbird") }
    static var hummingbirdTLS: Self { .product(name: "HummingbirdTLS", package: "hummingbird") }
    static var hummingbirdTesting: Self { .product(name: "HummingbirdTesting", package: "hummingbird") }
    static var jwtKit: Self { .product(name: "JWTKit", package: "jwt-kit") }
    static var argumentParser: Self { .product(name: "ArgumentParser", package: "swift-argument-parser") }
    static var orderedCollections: Self { .product(name: "OrderedCollections", package: "swift-collections") }
    static var crypto: Self { .product(name: "Crypto", package: "swift-crypto") }
    static var tracing: Self { .product(name: "Tracing", package: "swift-distributed-tracing") }
    static var httpTypes: Self { .product(name: "HTTPTypes", package: "swift-http-types") }
    static var logging: Self { .product(name: "Logging", package: "swift-log") }
    static var nioCore: Self { .product(name: "NIOCore", package: "swift-nio") }
    static var nioEmbedded: Self { .product(name: "NIOEmbedded", package: "swift-nio") }
    static var nioHTTP1: Self { .product(name: "NIOHTTP1", package: "swift-nio") }
    static var nioPosix: Self { .product(name: "NIOPosix", package: "swift-nio") }
    static var nioFileSystem: Self { .product(name: "_NIOFileSystem", package: "swift-nio") }
    static var nioHTTPTypes: Self { .product(name: "NIOHTTPTypes", package: "swift-nio-extras") }
    static var nioHTTPTypesHTTP1: Self { .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras") }
    static var nioSSL: Self { .product(name: "NIOSSL", package: "swift-nio-ssl") }
    static var serviceLifecycle: Self { .product(name: "ServiceLifecycle", package: "swift-service-lifecycle") }
    static var unixSignals: Self { .product(name: "UnixSignals", package: "swift-service-lifecycle") }
    static var subprocess: Self { .product(name: "Subprocess", package: "swift-subprocess") }
    static var systemPackage: Self { .product(name: "SystemPackage", package: "swift-system") }
}

/// A target fences a dependency: what may import what is written here and nowhere else
/// (`make check` builds with `--explicit-target-dependency-import-check error`).
let package = Package(
    name: "haneul",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "haneul", targets: ["haneul"])
    ],
    dependencies: [
        .package(url: "https://github.com/hummingbird-project/hummingbird.git", from: "2.28.1"),
        .package(url: "https://github.com/swift-server/async-http-client.git", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle.git", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras.git", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl.git", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-http-types.git", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log.git", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-collections.git", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-crypto.git", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-system.git", from: "1.8.1"),
        .package(url: "https://github.com/apple/swift-distributed-tracing.git", from: "1.7.3"),
        .package(url: "https://github.com/vapor/jwt-kit.git", from: "5.7.1"),
        .package(url: "https://github.com/groue/GRDB.swift.git", from: "7.10.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess.git", from: "1.0.2"),
        .package(url: "https://github.com/jpsim/Yams.git", from: "6.2.2"),
    ],
    targets: [
        // MARK: C libraries (Debian's -dev packages) and our own kernels
        .systemLibrary(name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
        .systemLibrary(name: "CArchive", pkgConfig: "libarchive", providers: [.apt(["libarchive-dev"])]),
        .systemLibrary(name: "CXML2", pkgConfig: "libxml-2.0", providers: [.apt(["libxml2-dev"])]),
        .systemLibrary(name: "CUchardet", pkgConfig: "uchardet", providers: [.apt(["libuchardet-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CArgon2", pkgConfig: "libargon2", providers: [.apt(["libargon2-dev"])]),
        .systemLibrary(name: "CCrypt", providers: [.apt(["libcrypt-dev"])]),
        // The numeric kernels are compiled with optimisation in every configuration: a debug build must be
        // able to run the test suites at a usable speed.
        .target(name: "CKernels", cSettings: [.unsafeFlags(["-O3", "-fno-math-errno"])]),

        // The web page: its files become part of the program.
        .target(name: "CPage", exclude: ["page"]),

        // MARK: The house
        .target(
            name: "Domain",
            dependencies: [
                .logging, .orderedCollections,
            ],
            swiftSettings: strict),
        .target(name: "Wire", dependencies: ["Domain", "CKernels"], swiftSettings: strict),
        .target(
            name: "Cryptography",
            dependencies: [
                "Domain", "CArgon2", "CCrypt",
                .crypto, .jwtKit, .logging,
            ],
            swiftSettings: strict),
        .target(
            name: "Providers",
            dependencies: [
                "Domain", "Wire",
                .asyncHTTPClient, .nioCore, .nioPosix, .nioHTTP1, .nioSSL, .httpTypes, .tracing, .logging,
            ],
            swiftSettings: strict),
        // Traces leave the process as OTLP over HTTP; everybody else only knows the tracing API.
        .target(
            name: "Telemetry",
            dependencies: [
                "Domain", "Wire",
                .asyncHTTPClient, .nioCore, .tracing, .logging, .serviceLifecycle,
            ],
            swiftSettings: strict),
        // The only place that knows the tables of another program's database.
        .target(
            name: "OpenWebUIImport",
            dependencies: [
                "Domain", "Wire",
                .grdb, .logging,
            ],
            swiftSettings: strict),
        // The fast path: chats that nobody needs to look into, relayed on the event loop of the client's connection.
        .target(
            name: "Relay",
            dependencies: [
                "Domain", "Wire",
                .nioCore, .nioPosix, .nioHTTP1, .nioSSL, .nioHTTPTypes, .httpTypes, .logging,
            ],
            swiftSettings: strict),
        .target(
            name: "Extraction",
            dependencies: [
                "Domain", "CArchive", "CXML2", "CUchardet", "CZlib",
                .subprocess, .systemPackage, .logging,
            ],
            swiftSettings: strict),
        .target(
            name: "Embedding",
            dependencies: [
                "Domain", "CKernels", "COpenBLAS",
                .logging,
            ],
            // A vocabulary of a quarter of a million pieces takes seconds to read without optimisation.
            swiftSettings: strict + [.unsafeFlags(["-O"], .when(configuration: .debug))]),
        .target(
            name: "SQLiteStorage",
            dependencies: [
                "Domain", "CKernels",
                .grdb, .logging,
            ],
            swiftSettings: strict),
        .target(
            name: "PluginHost",
            dependencies: [
                "Domain", "Wire",
                .nioCore, .nioPosix, .subprocess, .systemPackage, .logging,
            ],
            resources: [.embedInCode("Resources")],
            swiftSettings: strict),
        .target(
            name: "HTTPAPI",
            dependencies: [
                "Domain", "Wire", "CPage", "CZlib",
                .hummingbird, .hummingbirdTLS, .httpTypes, .nioCore, .nioHTTP1, .nioHTTPTypes, .nioFileSystem, .tracing, .logging,
                .serviceLifecycle,
            ],
            swiftSettings: strict),
        .executableTarget(
            name: "haneul",
            dependencies: [
                "Domain", "Wire", "Cryptography", "Providers", "Extraction", "Embedding", "SQLiteStorage", "PluginHost", "Relay", "Telemetry",
                "OpenWebUIImport", "HTTPAPI",
                .argumentParser, .asyncHTTPClient, .hummingbird, .hummingbirdTLS, .logging, .nioCore, .nioHTTP1, .nioPosix, .nioSSL,
                .serviceLifecycle, .unixSignals, .yams,
            ],
            swiftSettings: strict,
            linkerSettings: [.unsafeFlags(["-use-ld=lld"], .when(platforms: [.linux]))]),

        // MARK: Tests
        .target(
            name: "TestSupport",
            dependencies: ["Domain", "Wire"],
            swiftSettings: strict),
        .testTarget(
            name: "DomainTests", dependencies: ["Domain", "TestSupport", .logging],
            exclude: ["Fixtures", "make_fixtures.py"], swiftSettings: strict),
        .testTarget(name: "WireTests", dependencies: ["Wire", "Domain", "TestSupport"], swiftSettings: strict),
        .testTarget(name: "CryptographyTests", dependencies: ["Cryptography", "Domain", "TestSupport"], swiftSettings: strict),
        .testTarget(
            name: "ProvidersTests",
            dependencies: [
                "Providers", "Domain", "Wire", "TestSupport",
                .nioCore, .nioPosix, .nioHTTP1, .nioEmbedded,
            ],
            swiftSettings: strict),
        .executableTarget(name: "ExtractionProbe", dependencies: ["Extraction"], path: "Tests/ExtractionProbe", swiftSettings: strict),
        .testTarget(
            name: "RelayTests",
            dependencies: [
                "Relay", "Domain", "Wire", "TestSupport",
                .nioCore, .nioPosix, .nioHTTP1, .nioHTTPTypesHTTP1, .nioHTTPTypes, .nioEmbedded, .httpTypes,
            ],
            swiftSettings: strict),
        .testTarget(
            name: "ExtractionTests", dependencies: ["Extraction", "ExtractionProbe", "Domain", "TestSupport"],
            exclude: ["Fixtures", "make_fixtures.py"],
            swiftSettings: strict),
        .testTarget(
            name: "EmbeddingTests", dependencies: ["Embedding", "Domain", "CKernels", "TestSupport"], exclude: ["Fixtures"], swiftSettings: strict),
        .testTarget(
            name: "SQLiteStorageTests",
            dependencies: ["SQLiteStorage", "Domain", "TestSupport", .grdb],
            swiftSettings: strict),
        .testTarget(name: "PluginHostTests", dependencies: ["PluginHost", "Domain", "TestSupport"], swiftSettings: strict),
        .testTarget(
            name: "TelemetryTests",
            dependencies: [
                "Telemetry", "Domain", "Wire", "TestSupport",
                .logging, .tracing,
            ],
            swiftSettings: strict),
        .testTarget(
            name: "OpenWebUIImportTests",
            dependencies: ["OpenWebUIImport", "Domain", "Wire", "TestSupport", .grdb],
            swiftSettings: strict),
        .testTarget(
            name: "HTTPAPITests",
            dependencies: [
                "HTTPAPI", "Domain", "Wire", "TestSupport",
                .hummingbird, .hummingbirdTesting, .nioEmbedded, .nioCore, .nioPosix,
            ],
            swiftSettings: strict),
        .testTarget(
            name: "haneulTests",
            dependencies: [
                "haneul", "HTTPAPI", "Domain", "Wire", "Cryptography", "Providers", "Extraction", "Embedding", "SQLiteStorage",
                "PluginHost", "OpenWebUIImport", "TestSupport",
                .httpTypes, .hummingbird, .hummingbirdTesting,
            ],
            swiftSettings: strict),
    ]
)

// Benchmarks see `package` symbols, so they are targets of this package, and only when asked for.
if Context.environment["HANEUL_BENCHMARKS"] != nil {
    package.targets += [
        .executableTarget(
            name: "EncoderBenchmark", dependencies: ["Domain", "Embedding"], path: "Benchmarks/encoder", exclude: ["run.py", "reference.py"],
            swiftSettings: strict),
        .executableTarget(
            name: "VectorBenchmark",
            dependencies: [
                "Domain", "SQLiteStorage", .grdb, .logging,
            ],
            path: "Benchmarks/vectors", swiftSettings: strict),
    ]
}
