// The growing tree as its writer keeps it: the right edge in memory, tiles as they change. Must never rewrite a hash
// that it has given out.

/// Hashes of one tile, to be stored.
public struct TileHashes: Sendable, Hashable {
    public let tile: Tile
    /// `tile.width` hashes of 32 bytes.
    public let bytes: [UInt8]
}

/// The right edge of a tree: at most 255 hashes on each level.
struct TiledTree: Sendable {
    private(set) var range = CompactRange()
    /// Hashes of each level's partial tile.
    private var edges = [[Digest]](repeating: [], count: Tile.levels)
    private var full: [TileHashes] = []
    private var changed: Set<Int> = []

    init() {}

    /// Reads the right edge of a stored tree.
    init(size: UInt64, tiles: any TileReader) async throws {
        var reader = TreeReader(size: size, tiles: tiles)
        range = try await reader.compactRange()
        for level in 0..<Tile.levels {
            let index = Tile.hashes(level: level, size: size) / UInt64(Tile.fullWidth)
            guard let tile = Tile(level: level, index: index, size: size) else { continue }
            let bytes = try await reader.hashes(of: tile)
            edges[level] = stride(from: 0, to: bytes.count, by: Tile.hashBytes).compactMap {
                Digest(bytes: Array(bytes[$0..<($0 + Tile.hashBytes)]))
            }
        }
    }

    var size: UInt64 { range.size }
    var root: Digest { range.root }

    mutating func append(_ leafHash: Digest) {
        range.append(leafHash)
        var hash = leafHash
        for level in 0..<Tile.levels {
            edges[level].append(hash)
            changed.insert(level)
            guard edges[level].count == Tile.fullWidth else { return }
            let index = Tile.hashes(level: level, size: size) / UInt64(Tile.fullWidth) - 1
            if let tile = Tile(level: level, index: index) {
                full.append(TileHashes(tile: tile, bytes: edges[level].flatMap(\.bytes)))
            }
            hash = TreeReader.fold(edges[level])
            edges[level] = []
        }
    }

    /// Tiles that are new or wider since the last call: full ones first, then each level's partial one.
    mutating func takeTiles() -> [TileHashes] {
        defer {
            full = []
            changed = []
        }
        var tiles = full
        for level in changed.sorted() where !edges[level].isEmpty {
            let index = Tile.hashes(level: level, size: size) / UInt64(Tile.fullWidth)
            guard let tile = Tile(level: level, index: index, width: edges[level].count) else { continue }
            tiles.append(TileHashes(tile: tile, bytes: edges[level].flatMap(\.bytes)))
        }
        return tiles
    }
}
