// Hashes of a tree of a given size, found in its tiles. Must never trust a tile beyond its length: whoever needs more
// compares the root with a signed one.

/// Where tiles come from.
public protocol TileReader: Sendable {
    /// - Returns: exactly `tile.width` hashes of 32 bytes. A wider tile of the same place begins with them.
    func hashes(of tile: Tile) async throws -> [UInt8]
}

/// One tree's hashes; keeps the tiles it has read.
struct TreeReader {
    let size: UInt64
    private let tiles: any TileReader
    private var read: [Tile: [UInt8]] = [:]

    init(size: UInt64, tiles: any TileReader) {
        self.size = size
        self.tiles = tiles
    }

    /// RFC 6962 2.1, MTH(D[range]).
    /// - Precondition: the range is one that splitting the tree, or one of its subtrees, leads to.
    mutating func root(of range: Range<UInt64>) async throws -> Digest {
        guard let last = range.last else { return Merkle.emptyRoot }
        let count = last - range.lowerBound + 1
        if count.nonzeroBitCount == 1 {
            let height = count.trailingZeroBitCount
            return try await perfect(height: height, index: range.lowerBound >> UInt64(height))
        }
        let middle = range.lowerBound + Merkle.split(count)
        let left = try await root(of: range.lowerBound..<middle)
        let right = try await root(of: middle..<range.upperBound)
        return Merkle.node(left, right)
    }

    /// Root of the subtree over the leaves [index · 2^height, (index + 1) · 2^height), which lie within the tree.
    mutating func perfect(height: Int, index: UInt64) async throws -> Digest {
        let inTile = height % 8
        let first = index << UInt64(inTile)
        let width = UInt64(Tile.fullWidth)
        guard let tile = Tile(level: height / 8, index: first / width, size: size) else {
            throw LedgerRefusal(.tile, "a tree of \(size) leaves has no subtree of height \(height) at \(index)")
        }
        let bytes = try await hashes(of: tile)
        let start = Int(first % width)
        var row: [Digest] = []
        for place in start..<(start + 1 << inTile) {
            let from = place * Tile.hashBytes
            guard from + Tile.hashBytes <= bytes.count,
                let hash = Digest(bytes: Array(bytes[from..<(from + Tile.hashBytes)]))
            else { throw LedgerRefusal(.tile, "\(tile.path) does not hold hash \(place)") }
            row.append(hash)
        }
        return Self.fold(row)
    }

    /// The tile's bytes, of the right length.
    mutating func hashes(of tile: Tile) async throws -> [UInt8] {
        if let bytes = read[tile] { return bytes }
        let bytes = try await tiles.hashes(of: tile)
        guard bytes.count == tile.width * Tile.hashBytes else {
            throw LedgerRefusal(.tile, "\(tile.path) has \(bytes.count) bytes, not \(tile.width * Tile.hashBytes)")
        }
        read[tile] = bytes
        return bytes
    }

    /// - Precondition: the row's count is a power of two.
    static func fold(_ row: [Digest]) -> Digest {
        var row = row
        while row.count > 1 {
            row = stride(from: 0, to: row.count - 1, by: 2).map { Merkle.node(row[$0], row[$0 + 1]) }
        }
        return row.first ?? Merkle.emptyRoot
    }

    /// The perfect subtrees of the whole tree.
    mutating func compactRange() async throws -> CompactRange {
        var hashes: [Digest] = []
        var first: UInt64 = 0
        for height in (0..<UInt64.bitWidth).reversed() where size & (1 << UInt64(height)) != 0 {
            hashes.append(try await perfect(height: height, index: first >> UInt64(height)))
            first += 1 << UInt64(height)
        }
        guard let range = CompactRange(size: size, hashes: hashes) else {
            throw LedgerRefusal(.tile, "the tree's right edge cannot be read")
        }
        return range
    }
}

extension Merkle {
    /// Root of the tree that the tiles hold.
    /// - Throws: what the reader throws, or `LedgerRefusal` (`tile`).
    public static func root(size: UInt64, tiles: any TileReader) async throws -> Digest {
        var reader = TreeReader(size: size, tiles: tiles)
        return try await reader.root(of: 0..<size)
    }
}
