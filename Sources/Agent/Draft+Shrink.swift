// Making a report fit its limit: per-command series go first, the rarest before the others, because totals over all
// commands are sent beside them. Each cut is counted.
import Terms

extension Draft {
    mutating func shrink(softBytes: Int, hardBytes: Int) {
        var size = sizeBytes
        while size > softBytes, dropRarestCommands(ofBytes: size - softBytes) { size = sizeBytes }
        guard size > hardBytes else { return }
        for index in (report.journal?.fingerprints ?? []).indices { report.journal?.fingerprints[index].sample = "" }
        for index in report.instances.indices {
            truncatedFleet(by: UInt64(report.instances[index].errors.count))
            report.instances[index].errors = []
            report.instances[index].errorsCause = .unsupported
        }
        // An instance that is cut is missing, which the collector sees; its values would be no use half.
        while sizeBytes > hardBytes, !report.instances.isEmpty {
            let count = max(1, report.instances.count / 8)
            report.instances.removeLast(count)
            truncatedFleet(by: UInt64(count))
        }
    }

    var sizeBytes: Int { report.encoded.count }

    private struct Place {
        var instance: Int
        var command: Int
        var calls: UInt64
        var sizeBytes: Int
    }

    /// - Returns: false if there were none.
    private mutating func dropRarestCommands(ofBytes wanted: Int) -> Bool {
        var places: [Place] = []
        for (instance, wire) in report.instances.enumerated() {
            for (index, command) in wire.commands.enumerated() {
                places.append(
                    Place(instance: instance, command: index, calls: command.calls, sizeBytes: command.columnBytes))
            }
        }
        places.sort { ($0.calls, $0.instance, $0.command) < ($1.calls, $1.instance, $1.command) }
        var excess = wanted
        var doomed: [Int: Set<Int>] = [:]
        var count: UInt64 = 0
        for place in places where excess > 0 {
            excess -= place.sizeBytes
            doomed[place.instance, default: []].insert(place.command)
            count += 1
        }
        for (instance, commands) in doomed {
            let kept = report.instances[instance].commands.enumerated().filter { !commands.contains($0.offset) }
            report.instances[instance].commands = kept.map(\.element)
        }
        truncatedFleet(by: count)
        return count > 0
    }
}

extension Wire.Command {
    /// About what it takes in the columns; those that may be left out do not count.
    fileprivate var columnBytes: Int {
        let counts = duration?.count ?? []
        return ([UInt64(name), calls, usec] + counts).reduce(counts.count) { $0 + $1.varintBytes }
    }
}
