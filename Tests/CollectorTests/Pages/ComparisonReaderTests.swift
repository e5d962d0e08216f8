import Evidence
import Judge
import Pages
import Shared
import Testing

@testable import Collector

@Suite struct ComparisonReaderTests {
    private static func copy(_ seen: UInt64 = 30, operations: UInt64 = 1000, cpu: UInt64 = 25_000) -> CopyBlock {
        var copy = CopyBlock(
            samplesSeen: seen, samplesExpected: 30, observedMicroseconds: 300_000_000, absent: .denied)
        copy.operations = .value(operations)
        copy.cpuMicroseconds = .value(cpu)
        copy.errors = .value(2)
        copy.memoryBytesSum = .value(30 << 20)
        copy.memorySamples = 30
        copy.ping = .value([.init(index: PingHistogram.index(nanoseconds: 90_000), count: 300)])
        return copy
    }

    private static func block(_ host: String, _ index: Int, _ instances: [String: CopyBlock]) -> HostBlock {
        var block = HostBlock(host: host, index: index, blockSeconds: 300, samplesSeen: 30, samplesExpected: 30)
        block.instances = instances.sorted { $0.key < $1.key }.map { InstanceBlock(name: $0.key, copy: $0.value) }
        return block
    }

    private static func store(_ blocks: [HostBlock]) async throws -> any Store {
        let store = try TestStore.make()
        _ = try await store.freeze(blocks.map { JudgingService.row(FrozenBlock($0), frozenAt: 1) })
        return store
    }

    private static func read(
        _ store: any Store, old: ComparisonReader.Side, new: ComparisonReader.Side, last: Int, newest: Int? = nil
    ) async throws -> ComparisonContent {
        try await ComparisonReader(
            store: store, blockSeconds: 300, old: old, new: new, allowed: [.cpu: 1.3225]
        ).read(last: last, newest: newest ?? last, oldName: "o", newName: "n", address: "/x")
    }

    @Test func aPairsChartsHoldTheBlocksAsTheyAreJudgedAndGapsAsGaps() async throws {
        let blocks = [
            Self.block("o", 1000, ["a": Self.copy(), "b": Self.copy(cpu: 9)]),
            Self.block("o", 1001, ["a": Self.copy()]),
            Self.block("n", 1000, ["a": Self.copy(cpu: 30_000)]),
            HostBlock(silent: "n", index: 1001, blockSeconds: 300),
            Self.block("n", 1002, ["a": Self.copy(10)]), Self.block("n", 1003, ["b": Self.copy()]),
        ]
        let content = try await Self.read(
            try await Self.store(blocks), old: ["o": ["a"]], new: ["n": ["a"]], last: 1003)
        let cpu = try #require(content.charts.first { $0.title == "CPU per operation" })
        #expect(Array(cpu.old.suffix(4)) == [25, 25, nil, nil])
        #expect(Array(cpu.new.suffix(4)) == [30, nil, nil, nil])
        #expect(cpu.allowed == 1.3225 && cpu.old.count == ComparisonReader.most)
        #expect(cpu.startSeconds == (1003 - ComparisonReader.most + 1) * 300)
        #expect(content.newGaps["silent"] == 1 && content.newGaps["coverage"] == 1 && content.newGaps["not-there"] == 1)
        #expect(content.oldGaps == ["not-frozen": ComparisonReader.most - 2])
        let p50 = try #require(content.charts.first { $0.title == "PING, median" })
        let judged = Self.copy().values(.default)[.p50].value
        #expect(p50.old.suffix(4).first == judged && judged != nil)
    }

    @Test func severalCopiesAreAddedUpBeforeTheyAreDivided() async throws {
        let blocks = [
            Self.block(
                "o", 500,
                ["a": Self.copy(operations: 1000, cpu: 10_000), "b": Self.copy(operations: 3000, cpu: 90_000)]),
            Self.block("n1", 500, ["a": Self.copy()]), Self.block("n2", 500, ["b": Self.copy()]),
        ]
        let content = try await Self.read(
            try await Self.store(blocks), old: ["o": ["a", "b"]], new: ["n1": ["a"], "n2": ["b"]], last: 500)
        let chart = try #require(content.charts.first { $0.title == "CPU per operation" })
        #expect(chart.old.last == 25 && chart.new.last == 25)
        let errors = try #require(content.charts.first { $0.title == "Errors per block" })
        #expect(errors.new.last == 4)
    }

    @Test func pagesOfTimeAreLinkedAsFarAsThereAreBlocks() async throws {
        let most = ComparisonReader.most
        let blocks = (0..<(2 * most)).map { Self.block("o", 1000 + $0, ["a": Self.copy()]) }
        let store = try await Self.store(blocks)
        let newest = 1000 + 2 * most - 1
        let late = try await Self.read(store, old: ["o": ["a"]], new: [:], last: newest)
        #expect(late.later == nil && late.earlier == "/x?before=\((newest - most + 1) * 300)")
        let early = try await Self.read(store, old: ["o": ["a"]], new: [:], last: newest - most, newest: newest)
        #expect(early.later == "/x?before=\((newest + 1) * 300)" && early.earlier != nil)
        let empty = try await Self.read(store, old: ["o": ["a"]], new: [:], last: 999, newest: newest)
        #expect(empty.earlier == nil && empty.later != nil)
    }

    @Test func onlySoManyPagesAreDrawnAtOnce() async throws {
        let turnstile = Turnstile(places: 2)
        try await turnstile.pass {
            try await turnstile.pass {
                let error = await #expect(throws: Problem.self) { try await turnstile.pass {} }
                #expect(error?.code == .slowDown)
            }
            try await turnstile.pass {}
        }
        try await turnstile.pass {}
    }
}
