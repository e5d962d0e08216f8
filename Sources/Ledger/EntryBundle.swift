// Entries as the log serves them: 256 to a bundle, each behind its length.

/// A run of entries beside the level 0 tile of the same index and width.
public struct EntryBundle: Sendable, Hashable {
    /// Of the bundle; its first entry is 256 · index.
    public let index: UInt64
    /// 1 … 256 entries.
    public let width: Int

    /// - Returns: `nil` for a bundle that no log within the limits has.
    public init?(index: UInt64, width: Int = Tile.fullWidth) {
        guard Tile(level: 0, index: index, width: width) != nil else { return nil }
        self.index = index
        self.width = width
    }

    /// The bundle as a log of `size` entries has it; `nil` where it has none.
    public init?(index: UInt64, size: UInt64) {
        guard let tile = Tile(level: 0, index: index, size: size) else { return nil }
        self.init(index: index, width: tile.width)
    }

    /// Indices of its entries.
    public var range: Range<UInt64> {
        let first = index * UInt64(Tile.fullWidth)
        return first..<(first + UInt64(width))
    }

    /// `tile/entries/N` or `tile/entries/N.p/W`.
    public var path: String { "tile/entries/\(TilePath.write(index: index, width: width))" }

    /// - Returns: `nil` unless the path is a bundle's one name.
    public init?(path: String) {
        let prefix = "tile/entries/"
        guard path.utf8.starts(with: prefix.utf8),
            let (index, width) = TilePath.read(String(path.dropFirst(prefix.count)))
        else { return nil }
        self.init(index: index, width: width)
        guard self.path.utf8.elementsEqual(path.utf8) else { return nil }
    }

    /// Each entry behind its length as a big-endian 16-bit number (C2SP tlog-tiles, "Log entries").
    /// - Throws: `entry` for one beyond the limit.
    public static func encode(_ entries: [[UInt8]]) throws(LedgerRefusal) -> [UInt8] {
        var bytes: [UInt8] = []
        for entry in entries {
            guard entry.count <= LedgerLimits.entryBytes else {
                throw LedgerRefusal(.entry, "is \(entry.count) bytes long, \(LedgerLimits.entryBytes) are the most")
            }
            bytes += [UInt8(truncatingIfNeeded: entry.count >> 8), UInt8(truncatingIfNeeded: entry.count)] + entry
        }
        return bytes
    }

    /// - Throws: `tile` unless there are exactly `width` entries within the limits.
    public func decode(_ bytes: [UInt8]) throws(LedgerRefusal) -> [[UInt8]] {
        var entries: [[UInt8]] = []
        var rest = bytes[...]
        while entries.count < width {
            guard let high = rest.popFirst(), let low = rest.popFirst() else {
                throw LedgerRefusal(.tile, "\(path) ends after \(entries.count) entries")
            }
            let count = Int(high) << 8 | Int(low)
            guard count <= LedgerLimits.entryBytes else {
                throw LedgerRefusal(.tile, "\(path) has an entry of \(count) bytes")
            }
            guard count <= rest.count else { throw LedgerRefusal(.tile, "\(path) ends within an entry") }
            entries.append(Array(rest.prefix(count)))
            rest = rest.dropFirst(count)
        }
        guard rest.isEmpty else { throw LedgerRefusal(.tile, "\(path) has bytes after its last entry") }
        return entries
    }
}
