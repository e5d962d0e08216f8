import Testing

@testable import Ledger

@Suite struct MerkleTests {
    /// The leaves and roots of Certificate Transparency's reference tests for RFC 6962.
    static let leaves = [
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
    ]
    static let roots = [
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ]

    static func tree() -> NaiveTree { NaiveTree(leaves.compactMap { Hex.decode($0) }.map(Merkle.leaf)) }

    @Test func rootsOfTheReferenceTree() {
        let tree = Self.tree()
        var range = CompactRange()
        for (size, root) in Self.roots.enumerated() {
            #expect(range.size == UInt64(size))
            #expect(range.root.description == root)
            #expect(tree.root(size).description == root)
            if size < tree.leaves.count { range.append(tree.leaves[size]) }
        }
    }

    /// Proofs of the same reference: leaf 5 of 8, leaf 2 of 3, and the growth from 6 to 8.
    @Test func proofsOfTheReferenceTree() async throws {
        let tiles = NaiveTiles(tree: Self.tree())
        let inclusion = try await InclusionProof.make(index: 5, size: 8, tiles: tiles)
        #expect(
            inclusion.hashes.map(\.description) == [
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
                "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            ])
        let edge = try await InclusionProof.make(index: 2, size: 3, tiles: tiles)
        #expect(
            edge.hashes.map(\.description) == ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"])
        let consistency = try await ConsistencyProof.make(oldSize: 6, newSize: 8, tiles: tiles)
        #expect(
            consistency.hashes.map(\.description) == [
                "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
                "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            ])
    }

    @Test func aRangeHasOneHashForEachPerfectSubtree() {
        let hash = Digest(of: [])
        #expect(CompactRange(size: 6, hashes: [hash, hash]) != nil)
        #expect(CompactRange(size: 6, hashes: [hash]) == nil)
        #expect(CompactRange(size: 0, hashes: []) == CompactRange())
    }

    @Test(arguments: [(2, 1), (3, 2), (4, 2), (5, 4), (8, 4), (9, 8), (1 << 40, 1 << 39), ((1 << 40) + 1, 1 << 40)])
    func treesSplitAtTheLargestPowerOfTwoBelow(_ count: UInt64, _ middle: UInt64) {
        #expect(Merkle.split(count) == middle)
    }
}
