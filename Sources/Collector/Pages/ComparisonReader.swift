import Evidence
import Judge
import Pages
import Shared

/// Frozen blocks as charts: some instances' old copies against their new ones. Reads what is judged and nothing else.
struct ComparisonReader: Sendable {
    /// Blocks on a page: a day of five-minute ones.
    static let most = 288

    /// Where copies of one side are.
    typealias Side = [String: Set<String>]

    let store: any BlockStore
    let blockSeconds: Int
    /// Old copies' instances by host, and new ones'.
    let old: Side
    let new: Side
    /// How many times the old value each metric may be, at this level.
    let allowed: [Metric: Double]

    /// One side's copies in one block, added up: one stated division or quantile of the sums, as in a block of one.
    struct Sums: Sendable {
        private var operations = UInt64(0)
        private var cpu = UInt64(0)
        private var observedSeconds = 0.0
        private var memory = 0.0
        private var errors = UInt64(0)
        private var ping: [UInt32: UInt64] = [:]
        private(set) var seen = UInt64(0)
        private(set) var expected = UInt64(0)
        private var hasOperations = false
        private var hasMemory = false
        private var hasErrors = false

        mutating func add(_ copy: CopyBlock) {
            seen &+= copy.samplesSeen
            expected &+= copy.samplesExpected
            guard copy.isCovered else { return }
            if let count = copy.operations.value, let time = copy.cpuMicroseconds.value {
                hasOperations = true
                operations &+= count
                cpu &+= time
                observedSeconds = max(observedSeconds, Double(copy.observedMicroseconds) / 1_000_000)
            }
            if let sum = copy.memoryBytesSum.value, copy.memorySamples > 0 {
                hasMemory = true
                memory += Double(sum) / Double(copy.memorySamples)
            }
            if let count = copy.errors.value {
                hasErrors = true
                errors &+= count
            }
            for bucket in copy.ping.value ?? [] { ping[bucket.index, default: 0] &+= bucket.count }
        }

        var cpuPerOperation: Double? { operations > 0 ? Double(cpu) / Double(operations) : nil }
        var operationsPerSecond: Double? {
            hasOperations && observedSeconds > 0 ? Double(operations) / observedSeconds : nil
        }
        var memoryBytes: Double? { hasMemory ? memory : nil }
        var errorCount: Double? { hasErrors ? Double(errors) : nil }
        var coverage: Double? { expected > 0 ? Double(seen) / Double(expected) : nil }
        func quantile(_ percent: UInt64) -> Double? {
            let buckets = ping.sorted { $0.key < $1.key }.map { CopyBlock.Bucket(index: $0.key, count: $0.value) }
            return buckets.isEmpty ? nil : PingQuantile(.value(buckets), percent: percent).nanoseconds.value
        }
    }

    /// - Parameters:
    ///   - last: the block that the page ends with.
    ///   - newest: the last one that there is.
    ///   - address: of the page, for the links to the times before and after.
    /// - Throws: `storage-unavailable`.
    func read(last: Int, newest: Int, oldName: String, newName: String, address: String) async throws(Problem)
        -> ComparisonContent
    {
        let first = max(0, last - Self.most + 1)
        let range = first...max(first, last)
        let oldSide = try await side(old, range)
        let newSide = try await side(new, range)
        func charts() -> [LineChart] {
            func chart(
                _ title: String, _ unit: Pages.Unit, _ metric: Metric?, _ value: (Sums) -> Double?
            ) -> LineChart {
                LineChart(
                    title: title, unit: unit, old: oldSide.sums.map { $0.flatMap(value) },
                    new: newSide.sums.map { $0.flatMap(value) }, allowed: metric.flatMap { allowed[$0] },
                    startSeconds: first * blockSeconds, stepSeconds: blockSeconds)
            }
            return [
                chart("PING, median", .nanoseconds, .p50) { $0.quantile(50) },
                chart("PING, 99th percentile", .nanoseconds, .p99) { $0.quantile(99) },
                chart("CPU per operation", .microseconds, .cpu, \.cpuPerOperation),
                chart("Resident memory", .bytes, .mem, \.memoryBytes),
                chart("Errors per block", .count, nil, \.errorCount),
                chart("Operations", .perSecond, nil, \.operationsPerSecond),
                chart("Coverage: samples seen of samples expected", .share, nil, \.coverage),
            ]
        }
        // Silent times have blocks, too: a page that begins without one is the first.
        let hasEarlier = [oldSide.firstIndex, newSide.firstIndex].contains(first)
        return ComparisonContent(
            oldName: oldName, newName: newName, charts: charts(), oldGaps: oldSide.gaps, newGaps: newSide.gaps,
            fromSeconds: first * blockSeconds, toSeconds: (last + 1) * blockSeconds,
            earlier: hasEarlier && first > 0 ? "\(address)?before=\(first * blockSeconds)" : nil,
            later: last < newest ? "\(address)?before=\((min(newest, last + Self.most) + 1) * blockSeconds)" : nil)
    }

    private struct SideSums {
        var sums: [Sums?]
        /// Blocks by why nothing is known of them.
        var gaps: [String: Int] = [:]
        /// Of the first block that is there.
        var firstIndex: Int?
    }

    private func side(_ hosts: Side, _ range: ClosedRange<Int>) async throws(Problem) -> SideSums {
        var side = SideSums(sums: Array(repeating: nil, count: range.count))
        var causes: [Int: String] = [:]
        do {
            for (host, names) in hosts.sorted(by: { $0.key < $1.key }) {
                for row in try await store.blocks(
                    host: host, blockSeconds: blockSeconds, from: Int64(range.lowerBound), to: Int64(range.upperBound))
                {
                    let place = Int(row.index) - range.lowerBound
                    side.firstIndex = min(side.firstIndex ?? Int(row.index), Int(row.index))
                    let block = try EvidenceRow.read(row.body, instances: names)
                    if let absence = block.absence {
                        causes[place] = absence.rawValue
                        continue
                    }
                    if block.instances.isEmpty { causes[place] = "not-there" }
                    for instance in block.instances {
                        side.sums[place, default: Sums()].add(instance.copy)
                        if !instance.copy.isCovered { causes[place] = "coverage" }
                    }
                }
            }
        } catch {
            throw Problem(stored: error)
        }
        for place in side.sums.indices where side.sums[place]?.coverage ?? 0 < 0.8 {
            side.gaps[causes[place] ?? "not-frozen", default: 0] += 1
        }
        return side
    }
}

extension Array {
    /// The optional at a place, made when it is not there yet.
    fileprivate subscript<Wrapped>(index: Int, default value: @autoclosure () -> Wrapped) -> Wrapped
    where Element == Wrapped? {
        get { self[index] ?? value() }
        set { self[index] = newValue }
    }
}
