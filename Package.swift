// swift-tools-version: 6.2
import PackageDescription

// Our own targets: Swift 6 language mode, every compiler warning is an error.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
]

/// What reads and writes evidence byte by byte is optimised in debug builds too: tests and demonstration live on it.
let busy = strict + [.unsafeFlags(["-O"], .when(configuration: .debug))]

let nio = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioTLS = Target.Dependency.product(name: "NIOTLS", package: "swift-nio")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let nioCompression = Target.Dependency.product(name: "NIOHTTPCompression", package: "swift-nio-extras")
let nioHTTPTypes = Target.Dependency.product(name: "NIOHTTPTypes", package: "swift-nio-extras")
let protobuf = Target.Dependency.product(name: "SwiftProtobuf", package: "swift-protobuf")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let certificates = Target.Dependency.product(name: "X509", package: "swift-certificates")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let signals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")
let toml = Target.Dependency.product(name: "TOMLKit", package: "TOMLKit")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")
let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let hummingbirdCore = Target.Dependency.product(name: "HummingbirdCore", package: "hummingbird")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let httpClient = Target.Dependency.product(name: "AsyncHTTPClient", package: "async-http-client")

let package = Package(
    name: "perch",
    products: [
        .executable(name: "perch-agent", targets: ["Agent"]),
        .executable(name: "perch-collector", targets: ["Collector"]),
        .executable(name: "perchctl", targets: ["Ctl"]),
    ],
    dependencies: [
        // Sockets, TLS and HTTP/1.1 on both sides of the wire.
        .package(url: "https://github.com/apple/swift-nio.git", exact: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl.git", exact: "2.37.6"),
        .package(url: "https://github.com/apple/swift-nio-extras.git", exact: "1.35.2"),
        // The wire contract. No traits: its one file that needs full Foundation stays out of the agent.
        .package(url: "https://github.com/apple/swift-protobuf.git", exact: "1.39.0", traits: []),
        // SHA-256 and Ed25519 of the audit trail.
        .package(url: "https://github.com/apple/swift-crypto.git", exact: "4.5.2"),
        // Certificates' extensions and chains, which NIOSSL does not show.
        .package(url: "https://github.com/apple/swift-certificates.git", exact: "1.21.1"),
        .package(url: "https://github.com/apple/swift-log.git", exact: "1.16.2"),
        // Start order, shutdown and signals of the collector.
        .package(url: "https://github.com/swift-server/swift-service-lifecycle.git", exact: "2.13.0"),
        // Programs' configuration (TOML) and exchanged policies and roll-outs (YAML).
        .package(url: "https://github.com/LebJe/TOMLKit.git", exact: "0.6.0"),
        .package(url: "https://github.com/jpsim/Yams.git", exact: "6.2.2"),
        .package(url: "https://github.com/apple/swift-argument-parser.git", exact: "1.8.2"),
        // The collector's HTTP server; no traits, so that configuration files and full Foundation stay out.
        .package(url: "https://github.com/hummingbird-project/hummingbird.git", exact: "2.28.1", traits: []),
        // SQLite.
        .package(url: "https://github.com/groue/GRDB.swift.git", exact: "7.10.0"),
        // perchctl's client, and the collector's for alerts: time-outs and certificate checks of a well-kept library.
        .package(url: "https://github.com/swift-server/async-http-client.git", exact: "1.37.0"),
    ],
    targets: [
        .systemLibrary(
            name: "CSystemd", path: "Sources/CSystemd", pkgConfig: "libsystemd", providers: [.apt(["libsystemd-dev"])]),
        // Compression of reports, and a limit that holds while inflating them. The system's: patched by the system.
        .systemLibrary(
            name: "CZlib", path: "Sources/CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        // glibc's calls on its heap, epoll and eventfd, which the Glibc module leaves out.
        .systemLibrary(name: "CLinux", path: "Sources/CLinux"),
        // The part of the contract that needs no library.
        .target(name: "Terms", path: "Sources/Shared/Terms", swiftSettings: strict),
        .target(
            name: "Shared", dependencies: ["Terms", protobuf], exclude: ["report.proto", "ack.proto", "Terms"],
            swiftSettings: strict),
        .target(name: "Judge", swiftSettings: strict),
        .target(name: "Ledger", dependencies: [crypto], swiftSettings: busy),
        .target(name: "Evidence", dependencies: ["Judge", "Ledger"], swiftSettings: busy),
        .target(
            name: "Evaluation", dependencies: ["Shared", "Judge", "Ledger", "Evidence", "Policy"],
            swiftSettings: strict),
        .target(name: "Policy", dependencies: ["Judge", "Shared", yams], swiftSettings: strict),
        // Pages and reports as HTML, for the collector and for an offline export alike. No I/O.
        .target(name: "Pages", dependencies: ["Shared"], swiftSettings: strict),
        .executableTarget(
            name: "Agent",
            dependencies: ["Terms", "CSystemd", "CZlib", "CLinux", nio, nioPosix, nioHTTP1, nioTLS, nioSSL],
            swiftSettings: strict),
        .executableTarget(
            name: "Collector",
            dependencies: [
                "Shared", "Judge", "Ledger", "Evidence", "Evaluation", "Policy", "Pages", "CSystemd", "CZlib", nio,
                nioPosix, nioTLS, nioHTTP1, nioHTTPTypes, nioSSL, certificates, crypto, protobuf, hummingbird,
                hummingbirdCore, logging, lifecycle, signals, toml, grdb, httpClient,
            ],
            swiftSettings: strict),
        .executableTarget(
            name: "Ctl",
            dependencies: [
                "Shared", "Judge", "Ledger", "Evidence", "Evaluation", "Policy", "Pages", arguments, httpClient, nio,
                nioPosix, nioHTTP1, nioSSL, toml,
            ],
            swiftSettings: strict),

        // Real Redis servers, certificates, mirrored load and processes: what the demonstration and the
        // end-to-end tests share. Never installed.
        .target(
            name: "Rehearsal", dependencies: ["Shared", nio, nioPosix], path: "demo/Rehearsal", swiftSettings: strict),
        .executableTarget(
            name: "perch-demo", dependencies: ["Rehearsal", "Shared"], path: "demo/Demo", swiftSettings: strict),
        .executableTarget(
            name: "perch-bench-judge", dependencies: ["Judge"], path: "bench/JudgeBench", swiftSettings: strict),
        .executableTarget(
            name: "perch-bench-ledger", dependencies: ["Ledger"], path: "bench/LedgerBench", swiftSettings: strict),
        .executableTarget(
            name: "perch-accuracy", dependencies: ["Judge", "Evidence"], path: "bench/Accuracy", swiftSettings: strict),
        .executableTarget(
            name: "perch-bench-collector", dependencies: ["Rehearsal", "Shared", nio, nioPosix, nioHTTP1, nioSSL],
            path: "bench/CollectorBench", swiftSettings: strict),

        .testTarget(name: "SharedTests", dependencies: ["Shared"], swiftSettings: strict),
        .testTarget(name: "JudgeTests", dependencies: ["Judge"], swiftSettings: strict),
        .testTarget(name: "LedgerTests", dependencies: ["Ledger"], swiftSettings: strict),
        .testTarget(name: "EvidenceTests", dependencies: ["Evidence"], swiftSettings: strict),
        .testTarget(name: "EvaluationTests", dependencies: ["Evaluation"], swiftSettings: strict),
        .testTarget(name: "AccuracyTests", dependencies: ["perch-accuracy", "Judge"], swiftSettings: strict),
        .testTarget(name: "PolicyTests", dependencies: ["Policy"], swiftSettings: strict),
        .testTarget(name: "PagesTests", dependencies: ["Pages", "Shared"], swiftSettings: strict),
        // The generated code reads what the agent wrote by hand, and NIO's decompression what it packed with zlib.
        .testTarget(
            name: "AgentTests", dependencies: ["Agent", "CLinux", "Shared", nioCompression], swiftSettings: strict),
        .testTarget(
            name: "CollectorTests",
            dependencies: [
                "Collector", "Rehearsal", "Shared", "Ledger", "Evaluation", "Policy", "Pages", "CZlib", nio, nioPosix,
                nioHTTP1, nioSSL, hummingbird, logging, lifecycle, toml,
            ],
            swiftSettings: strict),
        .testTarget(
            name: "CtlTests",
            dependencies: ["Ctl", "Shared", "Policy", "Ledger", arguments, nio, nioPosix, nioHTTP1, nioSSL],
            swiftSettings: strict),
        .testTarget(name: "ArchitectureTests", swiftSettings: strict),
        .testTarget(
            name: "EndToEndTests", dependencies: ["Rehearsal", "Shared", protobuf, nio, nioSSL, httpClient],
            path: "Tests/EndToEnd", swiftSettings: strict),
    ]
)
