// RFC 6962 section 2.1 as it is written, over a list of leaf hashes: slow, and shares no code with what it checks but
// the two hash functions.
@testable import Ledger

struct NaiveTree {
    let leaves: [Digest]

    init(_ leaves: [Digest]) { self.leaves = leaves }

    /// Leaves that all differ.
    init(count: Int) { leaves = (0..<count).map { Merkle.leaf(Array("entry \($0)".utf8)) } }

    private static func split(_ count: Int) -> Int {
        var power = 1
        while power * 2 < count { power *= 2 }
        return power
    }

    static func root(_ leaves: ArraySlice<Digest>) -> Digest {
        guard let first = leaves.first else { return Digest(of: []) }
        guard leaves.count > 1 else { return first }
        let middle = leaves.startIndex + split(leaves.count)
        return Merkle.node(root(leaves[..<middle]), root(leaves[middle...]))
    }

    func root(_ size: Int) -> Digest { Self.root(leaves[..<size]) }

    func inclusion(_ index: Int, _ size: Int) -> [Digest] { Self.path(index, leaves[..<size]) }

    private static func path(_ index: Int, _ leaves: ArraySlice<Digest>) -> [Digest] {
        guard leaves.count > 1 else { return [] }
        let middle = leaves.startIndex + split(leaves.count)
        return index < middle
            ? path(index, leaves[..<middle]) + [root(leaves[middle...])]
            : path(index, leaves[middle...]) + [root(leaves[..<middle])]
    }

    func consistency(_ old: Int, _ new: Int) -> [Digest] {
        old == 0 ? [] : Self.subproof(old, leaves[..<new], isWhole: true)
    }

    private static func subproof(_ old: Int, _ leaves: ArraySlice<Digest>, isWhole: Bool) -> [Digest] {
        if old == leaves.endIndex { return isWhole ? [] : [root(leaves)] }
        let middle = leaves.startIndex + split(leaves.count)
        return old <= middle
            ? subproof(old, leaves[..<middle], isWhole: isWhole) + [root(leaves[middle...])]
            : subproof(old, leaves[middle...], isWhole: false) + [root(leaves[..<middle])]
    }
}

/// Tiles computed from their definition (C2SP tlog-tiles).
struct NaiveTiles: TileReader {
    let tree: NaiveTree

    func hashes(of tile: Tile) async throws -> [UInt8] {
        var span = 1
        for _ in 0..<tile.level { span *= 256 }
        return (0..<tile.width).flatMap { place -> [UInt8] in
            let first = (Int(tile.index) * 256 + place) * span
            return NaiveTree.root(tree.leaves[first..<(first + span)]).bytes
        }
    }
}
