/// The two histograms of the wire: PING's log-linear buckets and Redis' 21 fixed edges.
public enum PingHistogram {
    /// 2^36 - 1 ns (68.7 s) and more fall into the last bucket.
    public static let largestNanoseconds: UInt64 = (1 << 36) - 1
    public static let bucketCount = Int(index(nanoseconds: largestNanoseconds)) + 1

    /// `e = max(0, bits(v) - 7)`, bucket `64 e + (v >> e)`: a bucket is at most 1/64 of its value wide.
    public static func index(nanoseconds: UInt64) -> UInt32 {
        let value = min(nanoseconds, largestNanoseconds)
        let exponent = max(0, UInt64.bitWidth - value.leadingZeroBitCount - 7)
        return UInt32(64 * exponent) + UInt32(value >> UInt64(exponent))
    }
}

public enum CommandHistogram {
    /// Upper edges in microseconds of `LATENCY HISTOGRAM`; the last one stands for everything above.
    public static let edgesMicroseconds: [UInt64] = [
        1, 2, 4, 8, 16, 33, 66, 132, 264, 528, 1056, 2113, 4227, 8454, 16908, 33816, 67633, 135_266, 270_532, 541_065,
        1_073_741,
    ]

    /// Redis leaves out edges at which the cumulative count did not grow; this fills them with the count before.
    /// - Returns: 21 cumulative counts, or `nil` when an edge is unknown, out of order, or a count falls.
    public static func filled(_ reply: [(edge: UInt64, count: UInt64)]) -> [UInt64]? {
        var result: [UInt64] = []
        var rest = reply[...]
        var last: UInt64 = 0
        for edge in edgesMicroseconds {
            if let next = rest.first, next.edge == edge {
                guard next.count >= last else { return nil }
                last = next.count
                rest = rest.dropFirst()
            }
            result.append(last)
        }
        return rest.isEmpty ? result : nil
    }

    /// Per-edge counts between two cumulative replies; `nil` if any bucket fell, which is a reset.
    public static func difference(from old: [UInt64], to new: [UInt64]) -> [UInt64]? {
        guard old.count == new.count else { return nil }
        var result: [UInt64] = []
        var lastOld: UInt64 = 0
        var lastNew: UInt64 = 0
        for (before, after) in zip(old, new) {
            let countBefore = before - min(lastOld, before)
            let countAfter = after - min(lastNew, after)
            guard countAfter >= countBefore else { return nil }
            result.append(countAfter - countBefore)
            lastOld = before
            lastNew = after
        }
        return result
    }
}
