import Evidence
import Judge
import Ledger

/// Which files of frozen blocks a verdict rests on. Follows the judging block by block and keeps digests only; the
/// files themselves are written again from the stored blocks whenever somebody asks for them.
package struct EvidenceBook: Sendable {
    /// Blocks of a host in one file: a closed file never changes, and later manifests name it again.
    package static let segmentBlocks = 72

    private struct Running {
        var first: Int
        var last: Int
        var digest = RunningDigest()
        var records: UInt64 = 0
    }

    /// Of the roll-out, old ones first.
    private let hosts: [String]
    private let newHosts: Set<String>
    private let blockSeconds: Int
    /// Files of the hosts' past, which is compared with.
    var past: [Manifest.Chunk] = []
    private var closed: [Manifest.Chunk] = []
    private var running: [String: Running] = [:]
    private var gaps: [String: [(from: Int, through: Int, reason: String)]] = [:]

    init(old: [String], new: [String], blockSeconds: Int) {
        hosts = old + new
        newHosts = Set(new)
        self.blockSeconds = blockSeconds
    }

    /// Takes all hosts' blocks of one index, as they were frozen.
    mutating func add(_ blocks: [String: FrozenBlock]) {
        for host in hosts { if let block = blocks[host] { add(block) } }
    }

    mutating func add(_ frozen: FrozenBlock) {
        let block = frozen.block
        if let open = running[block.host], !Self.fits(block, frozen.text.count, open) { close(block.host) }
        var open = running[block.host] ?? Running(first: block.index, last: block.index)
        open.last = block.index
        open.digest.update(frozen.text)
        open.records += UInt64(1 + block.instances.count)
        running[block.host] = open
        if let absence = block.absence { note(absence, block) }
    }

    private static func fits(_ block: HostBlock, _ size: Int, _ open: Running) -> Bool {
        block.index == open.last + 1 && block.index / segmentBlocks == open.first / segmentBlocks
            && open.digest.size + UInt64(size) < LedgerLimits.chunkBytes
    }

    private mutating func note(_ absence: Absence, _ block: HostBlock) {
        var known = gaps[block.host] ?? []
        if let last = known.last, last.through + 1 == block.index, last.reason == absence.rawValue {
            known[known.count - 1].through = block.index
        } else {
            known.append((block.index, block.index, absence.rawValue))
        }
        gaps[block.host] = known
    }

    private mutating func close(_ host: String) {
        guard let open = running.removeValue(forKey: host) else { return }
        closed.append(chunk(host, open))
    }

    private func chunk(_ host: String, _ open: Running) -> Manifest.Chunk {
        let side: Manifest.Side = newHosts.contains(host) ? .new : .old
        let file = EvidenceFile(side: side, host: host, blocks: open.first...open.last)
        return Manifest.Chunk(
            side: side, host: host,
            file: ManifestFile(path: file.path, sha256: open.digest.digest, size: open.digest.size),
            records: open.records)
    }

    /// Everything so far, in the order in which it was judged.
    package var chunks: [Manifest.Chunk] {
        past + closed + hosts.compactMap { host in running[host].map { chunk(host, $0) } }
    }

    /// Spans in which a host said nothing, at most as many as a manifest may state.
    package var missing: [Manifest.Gap] {
        hosts.flatMap { host in
            (gaps[host] ?? []).compactMap { gap in
                guard let from = UTCTime(unixSeconds: Int64(gap.from * blockSeconds)),
                    let to = UTCTime(unixSeconds: Int64((gap.through + 1) * blockSeconds)),
                    let window = UTCWindow(from: from, to: to)
                else { return nil }
                return Manifest.Gap(host: host, window: window, reason: gap.reason)
            }
        }
    }
}

/// A file of evidence by the blocks that it holds. Frozen blocks never change, so the name says all.
package struct EvidenceFile: Equatable, Sendable {
    package let side: Manifest.Side
    package let host: String
    package let blocks: ClosedRange<Int>

    package init(side: Manifest.Side, host: String, blocks: ClosedRange<Int>) {
        self.side = side
        self.host = host
        self.blocks = blocks
    }

    /// `SIDE-HOST/FIRST-LAST.jsonl`.
    package var path: String { "\(side.rawValue)-\(host)/\(blocks.lowerBound)-\(blocks.upperBound).jsonl" }

    /// - Returns: `nil` unless the chunk is named as we name ours.
    package init?(_ chunk: Manifest.Chunk) {
        guard let slash = chunk.file.path.lastIndex(of: "/") else { return nil }
        let name = chunk.file.path[chunk.file.path.index(after: slash)...]
        guard name.hasSuffix(".jsonl") else { return nil }
        let numbers = name.dropLast(6).split(separator: "-").map { Int($0) }
        guard numbers.count == 2, let first = numbers[0], let last = numbers[1], first <= last else { return nil }
        self.init(side: chunk.side, host: chunk.host, blocks: first...last)
        guard path == chunk.file.path else { return nil }
    }
}
