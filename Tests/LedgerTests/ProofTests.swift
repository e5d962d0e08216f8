import Testing

@testable import Ledger

@Suite struct ProofTests {
    static let tree = NaiveTree(count: 3000)

    /// A tree whose tiles are all in memory.
    private func stored(_ size: Int) async throws -> MemoryStorage {
        let storage = MemoryStorage(Faults())
        var growing = TiledTree()
        for leaf in Self.tree.leaves.prefix(size) { growing.append(leaf) }
        try await storage.append(LogBatch(first: 0, entries: [], tiles: growing.takeTiles()))
        return storage
    }

    private func checkInclusion(_ index: Int, _ size: Int, _ storage: MemoryStorage) async throws {
        let proof = try await InclusionProof.make(index: UInt64(index), size: UInt64(size), tiles: storage)
        #expect(proof.hashes == Self.tree.inclusion(index, size), "\(index) of \(size)")
        try proof.verify(leafHash: Self.tree.leaves[index], root: Self.tree.root(size))
    }

    private func checkConsistency(_ old: Int, _ new: Int, _ storage: MemoryStorage) async throws {
        let proof = try await ConsistencyProof.make(oldSize: UInt64(old), newSize: UInt64(new), tiles: storage)
        #expect(proof.hashes == Self.tree.consistency(old, new), "\(old) to \(new)")
        try proof.verify(oldRoot: Self.tree.root(old), newRoot: Self.tree.root(new))
    }

    @Test func everyIndexAndPairOfSmallTrees() async throws {
        for size in 0...40 {
            let storage = try await stored(size)
            #expect(try await Merkle.root(size: UInt64(size), tiles: storage) == Self.tree.root(size))
            for index in 0..<size { try await checkInclusion(index, size, storage) }
            for old in 0...size { try await checkConsistency(old, size, storage) }
        }
    }

    @Test(arguments: [41...110, 111...170, 171...230, 231...300])
    func treesOfEverySizeUpToThreeHundred(_ sizes: ClosedRange<Int>) async throws {
        var random = Seeded(5)
        for size in sizes {
            let storage = try await stored(size)
            let reread = try await TiledTree(size: UInt64(size), tiles: storage)
            #expect(reread.root == Self.tree.root(size) && reread.size == UInt64(size))
            for index in [size - 1, .random(in: 0..<size, using: &random)] {
                try await checkInclusion(index, size, storage)
            }
            for old in [size - 1, .random(in: 0...size, using: &random)] {
                try await checkConsistency(old, size, storage)
            }
        }
    }

    @Test func someLargerTrees() async throws {
        var random = Seeded(6)
        for size in [511, 512, 513, 2047] + (0..<4).map({ _ in Int.random(in: 514...3000, using: &random) }) {
            let storage = try await stored(size)
            for _ in 0..<4 {
                try await checkInclusion(.random(in: 0..<size, using: &random), size, storage)
                try await checkConsistency(.random(in: 0...size, using: &random), size, storage)
            }
        }
    }

    /// Three levels of tiles: too large for the reference, so proofs are verified instead.
    @Test func aTreeOfThreeLevels() async throws {
        let size: UInt64 = 66_000
        let storage = MemoryStorage(Faults())
        var growing = TiledTree()
        var oldRoots: [UInt64: Digest] = [0: Merkle.emptyRoot]
        let olds: Set<UInt64> = [1, 255, 256, 257, 65_535, 65_536, 65_537, 65_999]
        for index in 0..<size {
            growing.append(Merkle.leaf(Array("entry \(index)".utf8)))
            if olds.contains(index + 1) { oldRoots[index + 1] = growing.root }
        }
        try await storage.append(LogBatch(first: 0, entries: [], tiles: growing.takeTiles()))
        for index in [0, 255, 256, 65_535, 65_536, 65_999] as [UInt64] {
            let proof = try await InclusionProof.make(index: index, size: size, tiles: storage)
            try proof.verify(leafHash: Merkle.leaf(Array("entry \(index)".utf8)), root: growing.root)
        }
        for (old, root) in oldRoots {
            let proof = try await ConsistencyProof.make(oldSize: old, newSize: size, tiles: storage)
            try proof.verify(oldRoot: root, newRoot: growing.root)
        }
        let reread = try await TiledTree(size: size, tiles: storage)
        #expect(reread.range == growing.range)
    }

    @Test func everyOtherProofIsRefused() throws {
        for size in 1...18 {
            let root = Self.tree.root(size)
            for index in 0..<size {
                let hashes = Self.tree.inclusion(index, size)
                let refused = { (index: Int, size: Int, hashes: [Digest], leaf: Int) in
                    let proof = InclusionProof(index: UInt64(index), size: UInt64(size), hashes: hashes)
                    return refusal { try proof.verify(leafHash: Self.tree.leaves[leaf], root: root) } != nil
                }
                #expect(!refused(index, size, hashes, index))
                #expect(refused(index, size, hashes, index + 1))
                #expect(refused(index, size, hashes + [root], index))
                if !hashes.isEmpty { #expect(refused(index, size, Array(hashes.dropLast()), index)) }
                for other in 0..<size where other != index { #expect(refused(other, size, hashes, index)) }
                for place in hashes.indices {
                    var changed = hashes
                    changed[place] = root
                    #expect(refused(index, size, changed, index))
                }
            }
            let outside = InclusionProof(index: UInt64(size), size: UInt64(size), hashes: [])
            #expect(refusal { try outside.verify(leafHash: root, root: root) }?.area == .inclusion)
        }
        let empty = InclusionProof(index: 0, size: 0, hashes: [])
        #expect(refusal { try empty.verify(leafHash: Merkle.emptyRoot, root: Merkle.emptyRoot) }?.area == .inclusion)
    }

    @Test func everyOtherGrowthIsRefused() throws {
        for new in 1...18 {
            for old in 1...new {
                let hashes = Self.tree.consistency(old, new)
                let refused = { (hashes: [Digest], oldRoot: Digest, newRoot: Digest) in
                    let proof = ConsistencyProof(oldSize: UInt64(old), newSize: UInt64(new), hashes: hashes)
                    return refusal { try proof.verify(oldRoot: oldRoot, newRoot: newRoot) } != nil
                }
                let (before, after) = (Self.tree.root(old), Self.tree.root(new))
                #expect(!refused(hashes, before, after))
                #expect(refused(hashes, Self.tree.leaves[40], after))
                #expect(refused(hashes, before, Self.tree.leaves[40]))
                #expect(refused(hashes + [after], before, after))
                // A tree twice as deep needs more hashes.
                let deeper = ConsistencyProof(oldSize: UInt64(old), newSize: UInt64(new * 4 + 1), hashes: hashes)
                #expect(refusal { try deeper.verify(oldRoot: before, newRoot: after) } != nil)
                if !hashes.isEmpty { #expect(refused(Array(hashes.dropLast()), before, after)) }
                for place in hashes.indices {
                    var changed = hashes
                    changed[place] = Self.tree.leaves[41]
                    #expect(refused(changed, before, after))
                }
            }
        }
        let shrunk = ConsistencyProof(oldSize: 3, newSize: 2, hashes: [])
        #expect(refusal { try shrunk.verify(oldRoot: Merkle.emptyRoot, newRoot: Merkle.emptyRoot) } != nil)
        let root = Self.tree.root(2)
        let fromNothing = ConsistencyProof(oldSize: 0, newSize: 2, hashes: [])
        try fromNothing.verify(oldRoot: Merkle.emptyRoot, newRoot: root)
        #expect(refusal { try fromNothing.verify(oldRoot: root, newRoot: root) }?.area == .consistency)
        let padded = ConsistencyProof(oldSize: 0, newSize: 2, hashes: [root])
        #expect(refusal { try padded.verify(oldRoot: Merkle.emptyRoot, newRoot: root) }?.area == .consistency)
    }

    @Test func whatCannotBeProvedIsNotMade() async throws {
        let storage = try await stored(10)
        await #expect(throws: LedgerRefusal.self) {
            try await InclusionProof.make(index: 10, size: 10, tiles: storage)
        }
        await #expect(throws: LedgerRefusal.self) {
            try await ConsistencyProof.make(oldSize: 11, newSize: 10, tiles: storage)
        }
        // Data short of the size asked for.
        await #expect(throws: Broken.self) { try await InclusionProof.make(index: 0, size: 20, tiles: storage) }
        await #expect(throws: LedgerRefusal.self) { try await Merkle.root(size: 3, tiles: ShortTiles()) }
    }
}

private struct ShortTiles: TileReader {
    func hashes(of tile: Tile) async throws -> [UInt8] { [UInt8](repeating: 0, count: tile.width * 32 - 1) }
}
