import Foundation
import Testing

/// Who may import whom, as data. A new arrow needs a line here, and that line is where it is discussed.
/// Never loosens itself: a folder without a row fails.
@Suite struct ImportArrowsTests {
    /// The most specific folder decides. System modules are listed as well: they are arrows too.
    static let arrows: [String: Set<String>] = [
        "Sources/Shared": ["SwiftProtobuf", "Terms"],
        "Sources/Shared/Terms": [],
        // Generated code imports what the generator writes; `#if canImport` keeps full Foundation out on Linux.
        "Sources/Shared/Generated": ["SwiftProtobuf", "FoundationEssentials", "Foundation"],
        "Sources/Judge": [],
        "Sources/Ledger": ["Crypto"],
        "Sources/Evidence": ["Judge", "Ledger"],
        "Sources/Evaluation": [
            "Shared", "Judge", "Ledger", "Evidence", "Policy", "Foundation", "FoundationEssentials",
        ],
        "Sources/Policy": ["Judge", "Shared", "Yams"],
        // Pages know the API's types and nothing of a server: an offline export draws the same.
        "Sources/Pages": ["Shared"],
        // Neither Shared nor SwiftProtobuf nor any Foundation: a third of the program, which it writes by hand instead.
        "Sources/Agent": [
            "Terms", "CSystemd", "CZlib", "CLinux", "NIOCore", "NIOPosix", "NIOTLS", "NIOHTTP1", "NIOSSL", "Glibc",
            "Synchronization",
        ],
        "Sources/Collector": collector.union([
            "Hummingbird", "HummingbirdCore", "HTTPTypes", "NIOHTTPTypes", "NIOTLS", "UnixSignals", "X509",
        ]),
        // Rules of the process: neither HTTP nor SQL nor sockets. Glibc only for the text of addresses.
        "Sources/Collector/Domain": [
            "Shared", "Judge", "Evidence", "Evaluation", "Policy", "FoundationEssentials", "Glibc",
        ],
        "Sources/Collector/Judging": [
            "Shared", "Judge", "Ledger", "Evidence", "Evaluation", "Policy", "Logging", "ServiceLifecycle",
            "SwiftProtobuf",
            "Synchronization", "Foundation", "FoundationEssentials",
        ],
        "Sources/Collector/Pages": [
            "Shared", "Judge", "Ledger", "Evidence", "Pages", "Crypto", "Hummingbird", "HTTPTypes",
            "Synchronization",
        ],
        // What people decide knows neither HTTP nor SQL.
        "Sources/Collector/Approvals": [
            "Shared", "Ledger", "Evaluation", "Policy", "Logging", "ServiceLifecycle", "Foundation",
        ],
        "Sources/Collector/OpenAPI": ["Shared", "Foundation"],
        // Webhooks: the one place of the collector that connects to anybody.
        "Sources/Collector/Alerts": [
            "Shared", "AsyncHTTPClient", "NIOCore", "NIOPosix", "NIOHTTP1", "NIOSSL", "Crypto", "Logging",
            "ServiceLifecycle", "Synchronization", "Glibc", "Foundation", "FoundationEssentials",
        ],
        "Sources/Collector/Ingest": collector.subtracting(["Evidence", "Evaluation", "Judge", "Policy"]),
        // Protocols and rows of storage know neither SQL nor HTTP.
        "Sources/Collector/Store": ["Shared", "Ledger", "SwiftProtobuf", "FoundationEssentials"],
        "Sources/Collector/Ledger": [
            "Shared", "Judge", "Ledger", "Evaluation", "Crypto", "Logging", "ServiceLifecycle", "Synchronization",
            "FoundationEssentials", "Glibc",
        ],
        "Sources/Collector/Store/SQLite": [
            "Shared", "Ledger", "GRDB", "Synchronization", "FoundationEssentials", "Glibc",
        ],
        "Sources/Ctl": [
            "Shared", "Judge", "Ledger", "Evidence", "Evaluation", "Policy", "Pages", "ArgumentParser",
            "AsyncHTTPClient", "NIOCore", "NIOPosix", "NIOHTTP1", "NIOSSL", "TOMLKit", "Crypto", "Glibc",
            "Synchronization", "Foundation",
            "FoundationEssentials", "Dispatch",
        ],
        "demo/Rehearsal": ["Shared", "NIOCore", "NIOPosix", "Glibc", "Synchronization", "Foundation", "Dispatch"],
        "demo/Demo": ["Rehearsal", "Shared", "Glibc", "Synchronization", "Foundation", "Dispatch"],
        "bench/Accuracy": ["Judge", "Evidence", "Foundation"],
        "bench/JudgeBench": ["Judge", "Glibc", "Foundation"],
        "bench/LedgerBench": ["Ledger", "Glibc", "Foundation"],
        "bench/CollectorBench": [
            "Rehearsal", "Shared", "NIOCore", "NIOPosix", "NIOHTTP1", "NIOSSL", "SwiftProtobuf", "Glibc", "Foundation",
        ],
    ]

    private static let collector: Set<String> = [
        "Shared", "Judge", "Ledger", "Evidence", "Evaluation", "Policy", "CSystemd", "CZlib", "NIOCore", "NIOPosix",
        "NIOHTTP1", "NIOSSL", "SwiftProtobuf", "TOMLKit", "Crypto", "Logging", "ServiceLifecycle", "Glibc",
        "Synchronization", "Foundation", "FoundationEssentials",
    ]

    static func row(for path: String) -> Set<String>? {
        let folder = arrows.keys.filter { path.hasPrefix($0 + "/") }.max { $0.count < $1.count }
        return folder.flatMap { arrows[$0] }
    }

    @Test(arguments: ["Sources", "demo", "bench"])
    func everyImportIsAnArrowThatIsListed(top: String) throws {
        let files = try SourceFile.under(top)
        #expect(!files.isEmpty)
        for file in files {
            let allowed = try #require(Self.row(for: file.path), "\(file.path) stands in no folder that is listed here")
            for module in file.imports where !allowed.contains(module) {
                Issue.record("\(file.path) imports \(module): a new arrow")
            }
        }
    }

    @Test func theJudgeImportsNothingAtAll() throws {
        let files = try SourceFile.under("Sources/Judge")
        #expect(!files.isEmpty)
        for file in files { #expect(file.imports.isEmpty, "\(file.path)") }
    }

    @Test func theJudgeAndTheLedgerAndTheWireContractDoNotKnowEachOther() throws {
        let three = ["Shared", "Judge", "Ledger"]
        for target in three {
            for file in try SourceFile.under("Sources/\(target)") {
                #expect(Set(file.imports).isDisjoint(with: three), "\(file.path)")
            }
        }
    }

    /// Foundation costs the agent 45 MB of binary, Swift's concurrency four threads.
    @Test func theAgentHasNeitherFoundationNorDispatchNorConcurrency() throws {
        let files = try SourceFile.under("Sources/Agent")
        #expect(!files.isEmpty)
        for file in files {
            #expect(
                Set(file.imports).isDisjoint(with: ["Foundation", "FoundationEssentials", "Dispatch", "_Concurrency"]),
                "\(file.path)")
            let found = file.words.intersection(["async", "await", "actor", "Task", "TaskGroup", "MainActor"])
            #expect(found.isEmpty, "\(file.path) uses \(found.sorted())")
        }
    }

    @Test func generatedFilesAreAsTheGeneratorWroteThemFromTheseDefinitions() throws {
        let list = try String(contentsOf: SourceFile.root.appending(path: "tools/generated.sha256"), encoding: .utf8)
        let listed = Set(list.split(separator: "\n").compactMap { $0.split(separator: " ").last.map(String.init) })
        let contract = try Set(
            FileManager.default.subpathsOfDirectory(atPath: SourceFile.root.appending(path: "Sources/Shared").path)
                .filter { $0.hasSuffix(".proto") || $0.hasSuffix(".pb.swift") }.map { "Sources/Shared/" + $0 })
        #expect(listed == contract)

        let check = Process()
        check.executableURL = URL(filePath: "/usr/bin/sha256sum")
        check.arguments = ["--check", "--strict", "--quiet", "tools/generated.sha256"]
        check.currentDirectoryURL = SourceFile.root
        try check.run()
        check.waitUntilExit()
        #expect(check.terminationStatus == 0, "edited by hand, or a .proto without `make proto`")
    }

    @Test(arguments: [
        ("import Foundation", ["Foundation"]),
        ("@testable import Agent\npublic import Shared", ["Agent", "Shared"]),
        ("import struct Foundation.Data", ["Foundation"]),
        ("@preconcurrency import NIOSSL // why", ["NIOSSL"]),
        ("// import Crypto\nlet a = \"\\\"; import GRDB\"", []),
        ("/* import Yams */ let text = \"\"\"\nimport Yams\n\"\"\"", []),
    ])
    func importsAreFoundHoweverTheyAreWritten(text: String, modules: [String]) {
        let file = SourceFile(path: "", code: SourceFile.withoutCommentsAndStrings(text))
        #expect(file.imports == modules)
    }
}
