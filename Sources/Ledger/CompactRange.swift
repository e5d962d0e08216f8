// A tree that grows at its right edge, kept as the roots of its perfect subtrees. Must never be asked for what lies
// inside: tiles hold that.

/// The fewest hashes from which the root follows: one for each set bit of the size, largest subtree first.
public struct CompactRange: Sendable, Equatable {
    /// Leaves.
    public private(set) var size: UInt64 = 0
    /// Roots of perfect subtrees from left to right.
    public private(set) var hashes: [Digest] = []

    /// The empty tree.
    public init() {}

    /// - Returns: `nil` unless there is one hash for each set bit of the size.
    public init?(size: UInt64, hashes: [Digest]) {
        guard hashes.count == size.nonzeroBitCount else { return nil }
        self.size = size
        self.hashes = hashes
    }

    /// Adds a leaf at the right edge; as many nodes as the old size ends in set bits.
    public mutating func append(_ leafHash: Digest) {
        var hash = leafHash
        var merges = size.trailingOneBitCount
        while merges > 0, let left = hashes.popLast() {
            hash = Merkle.node(left, hash)
            merges -= 1
        }
        hashes.append(hash)
        size += 1
    }

    /// RFC 6962 2.1: smaller subtrees are folded into the larger ones on their left.
    public var root: Digest {
        guard var root = hashes.last else { return Merkle.emptyRoot }
        for left in hashes.dropLast().reversed() { root = Merkle.node(left, root) }
        return root
    }
}

extension UInt64 {
    fileprivate var trailingOneBitCount: Int { (~self).trailingZeroBitCount }
}
