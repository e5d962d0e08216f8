// That a log only grew. Must never accept a smaller tree as the newer one.

/// RFC 6962 2.1.2: that the first `oldSize` entries of the new tree are those of the old one.
public struct ConsistencyProof: Sendable, Hashable {
    /// Leaves of the older tree.
    public let oldSize: UInt64
    /// Leaves of the newer tree.
    public let newSize: UInt64
    /// From the subtree where the old tree ends, upward.
    public let hashes: [Digest]

    public init(oldSize: UInt64, newSize: UInt64, hashes: [Digest]) {
        self.oldSize = oldSize
        self.newSize = newSize
        self.hashes = hashes
    }

    /// Makes the proof from the new tree's tiles, PROOF(m, D[n]); empty for an empty old tree and for equal sizes.
    /// - Throws: `consistency` unless oldSize ≤ newSize, or what the reader throws.
    public static func make(
        oldSize: UInt64, newSize: UInt64, tiles: any TileReader
    ) async throws -> ConsistencyProof {
        guard oldSize <= newSize else {
            throw LedgerRefusal(.consistency, "\(oldSize) entries cannot have grown to \(newSize)")
        }
        guard oldSize > 0, oldSize < newSize else {
            return ConsistencyProof(oldSize: oldSize, newSize: newSize, hashes: [])
        }
        var reader = TreeReader(size: newSize, tiles: tiles)
        var range = 0..<newSize
        var hashes: [Digest] = []
        while oldSize != range.upperBound {
            let middle = range.lowerBound + Merkle.split(UInt64(range.count))
            let (near, far) =
                oldSize <= middle
                ? (range.lowerBound..<middle, middle..<range.upperBound)
                : (middle..<range.upperBound, range.lowerBound..<middle)
            hashes.append(try await reader.root(of: far))
            range = near
        }
        // The old root itself is known to the verifier if it is the leftmost subtree.
        if range.lowerBound > 0 { hashes.append(try await reader.root(of: range)) }
        return ConsistencyProof(oldSize: oldSize, newSize: newSize, hashes: hashes.reversed())
    }

    /// RFC 9162 2.1.4.2; an empty old tree is a prefix of every tree.
    /// - Throws: `consistency`.
    public func verify(oldRoot: Digest, newRoot: Digest) throws(LedgerRefusal) {
        guard oldSize <= newSize else {
            throw LedgerRefusal(.consistency, "\(oldSize) entries cannot have grown to \(newSize)")
        }
        if oldSize == 0 || oldSize == newSize {
            guard hashes.isEmpty else { throw LedgerRefusal(.consistency, "the proof is too long") }
            guard oldRoot == (oldSize == 0 ? Merkle.emptyRoot : newRoot) else {
                throw LedgerRefusal(.consistency, "one size has two roots: the log has two histories")
            }
            return
        }
        var steps = hashes[...]
        let seed = oldSize.nonzeroBitCount == 1 ? oldRoot : steps.popFirst()
        guard let seed, !steps.isEmpty else { throw LedgerRefusal(.consistency, "the proof is too short") }
        let (first, second) = try Self.climb(from: seed, steps: steps, oldSize: oldSize, newSize: newSize)
        guard first == oldRoot, second == newRoot else {
            throw LedgerRefusal(
                .consistency, "the tree of \(newSize) entries does not begin with the \(oldSize) seen before")
        }
    }

    /// Both roots that follow from the proof.
    private static func climb(
        from seed: Digest, steps: ArraySlice<Digest>, oldSize: UInt64, newSize: UInt64
    ) throws(LedgerRefusal) -> (old: Digest, new: Digest) {
        var low = oldSize - 1
        var high = newSize - 1
        while low & 1 == 1 {
            low >>= 1
            high >>= 1
        }
        var first = seed
        var second = seed
        for sibling in steps {
            guard high > 0 else { throw LedgerRefusal(.consistency, "the proof is too long") }
            if low & 1 == 1 || low == high {
                first = Merkle.node(sibling, first)
                second = Merkle.node(sibling, second)
                while low & 1 == 0, low != 0 {
                    low >>= 1
                    high >>= 1
                }
            } else {
                second = Merkle.node(second, sibling)
            }
            low >>= 1
            high >>= 1
        }
        guard high == 0 else { throw LedgerRefusal(.consistency, "the proof is too short") }
        return (first, second)
    }
}
