// Cumulative latency histograms between two reports. Every instance keeps those of all its commands for the whole
// interval, so they are kept in one block without the edges at which nothing was added: a tenth of what arrays take.
// The block is taken before the first report is made and stays where it is: later it would come to lie among what only
// making a report needs, and keep a page of that each.
import Terms

struct PackedHistograms {
    /// For each command: length and bytes of its name, number of edges, then each edge and what was added there.
    private var bytes: [UInt8] = []

    /// What some twenty commands take.
    private static let usualBytes = 350

    init() { bytes.reserveCapacity(Self.usualBytes) }

    mutating func keep(_ histograms: RedisLatency.Histograms) {
        var packed: [UInt8] = []
        for (name, counts) in histograms {
            packed.appendVarint(UInt64(name.utf8.count))
            packed += name.utf8
            var last: UInt64 = 0
            var steps: [(edge: Int, added: UInt64)] = []
            for (edge, count) in counts.enumerated() where count != last {
                // Counts are cumulative; whatever they do, adding it up again gives them back.
                steps.append((edge, count &- last))
                last = count
            }
            packed.appendVarint(UInt64(steps.count))
            for step in steps {
                packed.appendVarint(UInt64(step.edge))
                packed.appendVarint(step.added)
            }
        }
        if packed.count > bytes.capacity {
            // Counts grow by a digit now and then.
            bytes = []
            bytes.reserveCapacity(packed.count + packed.count / 8)
        }
        bytes.removeAll(keepingCapacity: true)
        bytes += packed
    }

    var unpacked: RedisLatency.Histograms {
        var histograms: RedisLatency.Histograms = [:]
        var rest = bytes[...]
        while !rest.isEmpty {
            let length = Int(Self.take(&rest))
            let name = String(decoding: rest.prefix(length), as: UTF8.self)
            rest = rest.dropFirst(length)
            var added = [UInt64](repeating: 0, count: CommandHistogram.edgesMicroseconds.count)
            for _ in 0..<Self.take(&rest) {
                let edge = Int(Self.take(&rest))
                added[edge] = Self.take(&rest)
            }
            var sum: UInt64 = 0
            for edge in added.indices {
                sum &+= added[edge]
                added[edge] = sum
            }
            histograms[name] = added
        }
        return histograms
    }

    private static func take(_ bytes: inout ArraySlice<UInt8>) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while let byte = bytes.popFirst() {
            value |= UInt64(byte & 0x7f) << shift
            shift += 7
            if byte < 0x80 { break }
        }
        return value
    }
}
