import Evaluation
import Evidence
import Judge
import Ledger
import Shared

/// Hosts' past before a roll-out, from frozen blocks; what nobody had asked to be frozen yet is frozen now, from the
/// raw reports, so that it is the same whenever it is read again.
extension JudgingService {
    private static let frozenBlocksAtOnce = 24

    /// - Throws: `StoreError`; `EvidenceRow.Unreadable` when what is stored cannot be read.
    nonisolated func baseline(
        _ question: BaselineQuestion, _ context: JudgingContext, blockSeconds: Int
    ) async throws -> HostBaseline {
        var baseline = HostBaseline(question, blockSeconds: blockSeconds)
        for host in question.old {
            for row in try await past(of: host, blockSeconds: blockSeconds, question.blocks) {
                baseline.add(try FrozenBlock(reading: row.body), context)
            }
        }
        return baseline
    }

    /// The blocks of a range, frozen first where they are not there.
    private nonisolated func past(
        of host: String, blockSeconds: Int, _ range: Range<Int>
    ) async throws -> [BlockRow] {
        func stored() async throws -> [BlockRow] {
            try await store.blocks(
                host: host, blockSeconds: blockSeconds, from: Int64(range.lowerBound), to: Int64(range.upperBound - 1))
        }
        let known = try await stored()
        guard known.count < range.count else { return known }
        try await freezePast(of: host, blockSeconds: blockSeconds, range)
        return try await stored()
    }

    /// Freezes the blocks of a range that are not there. Blocks without any report are frozen as silent, too: reports
    /// that come later still must not change what was judged.
    private nonisolated func freezePast(of host: String, blockSeconds: Int, _ range: Range<Int>) async throws {
        let length = UInt64(blockSeconds) * 1_000_000
        let start = UInt64(range.lowerBound) * length
        var past = PastBlocks(host: host, blockSeconds: blockSeconds, range: range)
        var position: Int64 = 0
        while true {
            let page = try await store.reports(
                host: host, fromTimeMicroseconds: start - min(start, Self.baselineMicroseconds), after: position,
                limit: Self.reportsAtOnce)
            for item in page {
                past.add(try item.row.report(), skewMicroseconds: item.row.skewMicroseconds)
                position = item.position
            }
            if page.count < Self.reportsAtOnce || past.isComplete { break }
        }
        let now = clock.nowMicroseconds()
        var rows: [BlockRow] = []
        for block in past.finished() {
            rows.append(Self.row(FrozenBlock(block), frozenAt: now))
            guard rows.count == Self.frozenBlocksAtOnce else { continue }
            _ = try await store.freeze(rows)
            rows = []
        }
        _ = try await store.freeze(rows)
    }
}

/// A host's blocks of a range that lies in the past, from its reports in the order of their commit.
private struct PastBlocks {
    private let range: Range<Int>
    private var series = HostSeries()
    private var builder: BlockBuilder

    init(host: String, blockSeconds: Int, range: Range<Int>) {
        self.range = range
        builder = BlockBuilder(host: host, blockSeconds: blockSeconds, frozenThrough: range.lowerBound - 1)
    }

    var isComplete: Bool { builder.newestBlock.map { $0 > range.upperBound } ?? false }

    mutating func add(_ report: Report, skewMicroseconds: Int64) {
        let delta = series.add(report, skewMicroseconds: skewMicroseconds)
        if builder.blockIndex(ofMicroseconds: delta.timeMicroseconds) < range.upperBound {
            builder.add(delta)
        } else {
            builder.note(delta)
        }
    }

    mutating func finished() -> [HostBlock] { range.map { builder.take($0) } }
}
