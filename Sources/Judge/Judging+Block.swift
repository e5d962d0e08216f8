// One block: which pairs are owed, usable and warm, and what they say to the streams. Must never let a pair-block that
// is not usable on both sides say anything.

extension Judging {
    /// Values of one block, one row per pair, one column per metric; not-a-number where absent.
    private struct Grid {
        let columns: Int
        private var values: [Double]

        init(rows: Int, columns: Int) {
            self.columns = columns
            values = [Double](repeating: .nan, count: rows * columns)
        }

        subscript(row: Int, column: Int) -> Double? {
            get {
                let value = values[row * columns + column]
                return value.isNaN ? nil : value
            }
            set { values[row * columns + column] = newValue ?? .nan }
        }

        func present(column: Int, rows: some Sequence<Int>) -> [Double] {
            var present: [Double] = []
            for row in rows {
                if let value = self[row, column] { present.append(value) }
            }
            return present
        }
    }

    /// Everything that a block adds, before it goes to the streams.
    private struct Pass {
        var grid: Grid
        var counts: [CountSum]
        var owed = 0
        var rowsOfHost: [[Int]]
    }

    mutating func pass(_ block: Int, _ rows: [Row], _ inputs: [PairInput]) {
        while hosts.count < roster.hosts.count {
            hosts.append(HostRecord(streams: metrics.map { _ in HostStream() }))
        }
        while pairs.count < roster.pairs.count { pairs.append(PairRecord(metrics: metrics.count)) }
        var pass = Pass(
            grid: Grid(rows: rows.count, columns: metrics.count),
            counts: metrics.map { _ in CountSum() }, rowsOfHost: hosts.map { _ in [] })
        for (position, row) in rows.enumerated() {
            pass.rowsOfHost[row.host].append(position)
            guard let input = row.input else {
                cover(row, owed: true, seen: false)
                pairs[row.pair].silentBlocks = 0
                pass.owed += 1
                continue
            }
            take(inputs[input], row, position, block, &pass)
        }
        feedStreams(block, rows.count, pass)
    }

    /// One pair's block.
    private mutating func take(_ input: PairInput, _ row: Row, _ position: Int, _ block: Int, _ pass: inout Pass) {
        let oldOps = finite(input.old.ops)
        let newOps = finite(input.new.ops)
        let cause = PairAbsence.of(oldOps: oldOps, newOps: newOps)
        // Copies that both report and both sleep are owed nothing: small instances rest at night.
        let isOwed = !(oldOps.map { $0 <= 0 } ?? false && newOps.map { $0 <= 0 } ?? false)
        pairs[row.pair].silentBlocks = cause == .newSilent ? pairs[row.pair].silentBlocks + 1 : 0
        var isSeen = false
        if cause == nil {
            lastUsableBlock = block
            isSeen = pairs[row.pair].isWarm(on: row.host)
        }
        cover(row, owed: isOwed, seen: isSeen)
        if isOwed {
            pass.owed += 1
            countIdle(input)
        }
        guard isSeen, let newOps else { return }
        for (index, metric) in metrics.enumerated() {
            let old = finite(input.old[metric.metric])
            let new = finite(input.new[metric.metric])
            guard let value = metric.value(old: old, new: new, newOps: newOps) else { continue }
            pass.grid[position, index] = value
            if metric.isCount {
                pass.counts[index].add(CountSum(old: old ?? 0, new: new ?? 0, excess: value))
            } else {
                pairs[row.pair].streams[index].add(block: block, value)
            }
        }
    }

    private mutating func cover(_ row: Row, owed: Bool, seen: Bool) {
        coverage.add(owed: owed, seen: seen)
        hosts[row.host].coverage.add(owed: owed, seen: seen)
        pairs[row.pair].coverage.add(owed: owed, seen: seen)
    }

    private mutating func countIdle(_ input: PairInput) {
        for (index, metric) in metrics.enumerated() {
            if input.old[metric.metric].absence == .idle, input.new[metric.metric].absence == .idle {
                fleet[index].addIdle()
            }
        }
    }

    private mutating func feedStreams(_ block: Int, _ rows: Int, _ pass: Pass) {
        let needed = max(1, (pass.owed + 1) / 2)
        for (index, metric) in metrics.enumerated() {
            let values = pass.grid.present(column: index, rows: 0..<rows)
            let mean = metric.isCount ? Trimmed.plainMean(values) : Trimmed.mean(values)
            let fleetValue = values.count >= needed ? mean : nil
            var hostValues: [Double?] = []
            for host in hosts.indices {
                let ofHost = pass.grid.present(column: index, rows: pass.rowsOfHost[host])
                let hostValue = metric.isCount ? Trimmed.plainMean(ofHost) : Trimmed.mean(ofHost)
                hosts[host].streams[index].add(block: block, value: hostValue, isRatio: !metric.isCount)
                hostValues.append(hostValue)
            }
            fleet[index].add(
                block: block, value: fleetValue,
                isHot: !metric.isCount && Guards.isHot(fleet: fleetValue, hosts: hostValues),
                counts: metric.isCount && fleetValue != nil ? pass.counts[index] : nil)
        }
    }

    /// Infinite or undefined numbers are not believed.
    private func finite(_ reading: Measured<Double>) -> Double? {
        guard let value = reading.value, value.isFinite else { return nil }
        return value
    }
}
