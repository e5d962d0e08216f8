// That an entry is in a tree. Must never accept a proof that is longer or shorter than the tree is deep.

/// RFC 6962 2.1.1: siblings from the leaf's to the child of the root.
public struct InclusionProof: Sendable, Hashable {
    /// Of the leaf, from 0.
    public let index: UInt64
    /// Leaves of the tree; more than `index`.
    public let size: UInt64
    /// At most one for each level of the tree.
    public let hashes: [Digest]

    public init(index: UInt64, size: UInt64, hashes: [Digest]) {
        self.index = index
        self.size = size
        self.hashes = hashes
    }

    /// Makes the proof from tiles, PATH(m, D[n]).
    /// - Throws: `inclusion` unless index < size, or what the reader throws.
    public static func make(index: UInt64, size: UInt64, tiles: any TileReader) async throws -> InclusionProof {
        guard index < size else { throw LedgerRefusal(.inclusion, "index \(index) is outside a tree of \(size)") }
        var reader = TreeReader(size: size, tiles: tiles)
        var range = 0..<size
        var hashes: [Digest] = []
        // From the root downward; the proof runs upward.
        while range.count > 1 {
            let middle = range.lowerBound + Merkle.split(UInt64(range.count))
            let (near, far) =
                index < middle
                ? (range.lowerBound..<middle, middle..<range.upperBound)
                : (middle..<range.upperBound, range.lowerBound..<middle)
            hashes.append(try await reader.root(of: far))
            range = near
        }
        return InclusionProof(index: index, size: size, hashes: hashes.reversed())
    }

    /// RFC 9162 2.1.3.2.
    /// - Throws: `inclusion` for a proof of the wrong shape, `log` if it leads to another root.
    public func verify(leafHash: Digest, root: Digest) throws(LedgerRefusal) {
        guard index < size else {
            throw LedgerRefusal(.inclusion, "index \(index) is outside a tree of \(size) entries")
        }
        var low = index
        var high = size - 1
        var hash = leafHash
        for sibling in hashes {
            guard high > 0 else { throw LedgerRefusal(.inclusion, "the proof is too long") }
            if low & 1 == 1 || low == high {
                hash = Merkle.node(sibling, hash)
                while low & 1 == 0, low != 0 {
                    low >>= 1
                    high >>= 1
                }
            } else {
                hash = Merkle.node(hash, sibling)
            }
            low >>= 1
            high >>= 1
        }
        guard high == 0 else { throw LedgerRefusal(.inclusion, "the proof is too short") }
        guard hash == root else {
            throw LedgerRefusal(.log, "inclusion: the entry at index \(index) is not in the tree that was signed")
        }
    }
}
