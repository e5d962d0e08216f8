import Evidence
import Shared

/// One host's way from committed reports to frozen blocks, for every block length in use. Decides when a block may be
/// frozen: once a later report is there, or the host has been silent for too long.
struct HostFeed {
    struct Patience: Sendable, Equatable {
        var waitBlocks: Int
        var longestWaitBlocks: Int
    }

    let host: String
    private var series = HostSeries()
    private var builders: [Int: BlockBuilder] = [:]
    private var patience: [Int: Patience] = [:]
    /// Arrival of the newest report; the collector's start counts as one, so that its own outage loses nothing.
    private var lastArrivalMicroseconds: UInt64

    init(host: String, startMicroseconds: UInt64) {
        self.host = host
        lastArrivalMicroseconds = startMicroseconds
    }

    /// Begins to make blocks of this length after `frozenThrough`; of two policies the more patient one counts.
    mutating func want(blockSeconds: Int, frozenThrough: Int, patience wanted: Patience) {
        if builders[blockSeconds] == nil {
            builders[blockSeconds] = BlockBuilder(host: host, blockSeconds: blockSeconds, frozenThrough: frozenThrough)
        }
        let known = patience[blockSeconds] ?? wanted
        patience[blockSeconds] = Patience(
            waitBlocks: max(known.waitBlocks, wanted.waitBlocks),
            longestWaitBlocks: max(known.longestWaitBlocks, wanted.longestWaitBlocks))
    }

    func frozenThrough(blockSeconds: Int) -> Int? { builders[blockSeconds]?.frozenThrough }
    /// Begin of the oldest block that is not frozen; `nil` when none is wanted.
    var oldestOpenMicroseconds: UInt64? {
        builders.values.map { UInt64($0.frozenThrough + 1) * UInt64($0.blockSeconds) * 1_000_000 }.min()
    }
    var lateReports: UInt64 { builders.values.reduce(0) { $0 + $1.lateReports } }

    mutating func add(_ report: Report, skewMicroseconds: Int64, receivedMicroseconds: UInt64) {
        lastArrivalMicroseconds = max(lastArrivalMicroseconds, receivedMicroseconds)
        let delta = series.add(report, skewMicroseconds: skewMicroseconds)
        for length in builders.keys { builders[length]?.add(delta) }
    }

    mutating func forgetLate() {
        for length in builders.keys { builders[length]?.forgetLate() }
    }

    /// Blocks whose time has come, oldest first.
    mutating func takeDue(nowMicroseconds now: UInt64) -> [HostBlock] {
        builders.keys.sorted().flatMap { takeDue(blockSeconds: $0, now: now) }
    }

    private mutating func takeDue(blockSeconds: Int, now: UInt64) -> [HostBlock] {
        guard var builder = builders[blockSeconds] else { return [] }
        defer { builders[blockSeconds] = builder }
        var blocks: [HostBlock] = []
        while blocks.count < Self.mostBlocksAtOnce, isDue(builder, builder.frozenThrough + 1, now) {
            blocks.append(builder.take(builder.frozenThrough + 1))
        }
        return blocks
    }

    static let mostBlocksAtOnce = 4096

    private func isDue(_ builder: BlockBuilder, _ index: Int, _ now: UInt64) -> Bool {
        let length = UInt64(builder.blockSeconds) * 1_000_000
        let end = UInt64(index + 1) * length
        if let newest = builder.newestBlock, newest > index { return now >= end + length * 2 / 5 }
        let wait = patience[builder.blockSeconds] ?? Patience(waitBlocks: 3, longestWaitBlocks: 24)
        let silentSince = max(end, lastArrivalMicroseconds)
        return now >= silentSince + UInt64(wait.waitBlocks) * length
            || now >= end + UInt64(wait.longestWaitBlocks) * length
    }
}
