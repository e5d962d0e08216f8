// Where the tree's hashes lie (C2SP tlog-tiles). Must never name a tile in two ways: tiles are served for ever.

/// A run of up to 256 hashes on one level: hash `i` of tile `index` on `level` is the root of the perfect subtree over
/// the leaves [(index · 256 + i) · 256^level, (index · 256 + i + 1) · 256^level).
public struct Tile: Sendable, Hashable {
    /// Hashes of a full tile.
    public static let fullWidth = 256
    /// Bytes of one hash.
    public static let hashBytes = 32
    /// 256⁵ leaves are the most that a log may have.
    public static let levels = 6

    /// 0 … 5.
    public let level: Int
    /// Within the level, from 0.
    public let index: UInt64
    /// 1 … 256 hashes; below 256 the tile is partial.
    public let width: Int

    /// - Returns: `nil` for a tile that no log within the limits has.
    public init?(level: Int, index: UInt64, width: Int = Tile.fullWidth) {
        guard (0..<Self.levels).contains(level), (1...Self.fullWidth).contains(width),
            index <= (LedgerLimits.logEntries - 1) >> UInt64(8 * (level + 1))
        else { return nil }
        self.level = level
        self.index = index
        self.width = width
    }

    /// The tile as a tree of `size` leaves has it; `nil` where it has none.
    public init?(level: Int, index: UInt64, size: UInt64) {
        guard (0..<Self.levels).contains(level) else { return nil }
        let hashes = Self.hashes(level: level, size: size)
        let (first, overflow) = index.multipliedReportingOverflow(by: UInt64(Self.fullWidth))
        guard !overflow, first < hashes else { return nil }
        self.init(level: level, index: index, width: Int(min(hashes - first, UInt64(Self.fullWidth))))
    }

    /// How many hashes a level holds in a tree of `size` leaves.
    public static func hashes(level: Int, size: UInt64) -> UInt64 { size >> UInt64(8 * level) }

    /// Whether a wider one will replace it.
    public var isPartial: Bool { width < Self.fullWidth }

    /// `tile/L/N` or `tile/L/N.p/W`, N in groups of three digits, all but the last with an `x` before them.
    public var path: String { "tile/\(level)/\(TilePath.write(index: index, width: width))" }

    /// - Returns: `nil` unless the path is a tile's one name.
    public init?(path: String) {
        let parts = path.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == "tile", let level = Int(parts[1]),
            let (index, width) = TilePath.read(String(parts[2]))
        else { return nil }
        self.init(level: level, index: index, width: width)
        guard self.path.utf8.elementsEqual(path.utf8) else { return nil }
    }
}

/// The part of a path that tiles and entry bundles share: `x001/x234/067[.p/W]`.
enum TilePath {
    static func write(index: UInt64, width: Int) -> String {
        var groups: [String] = []
        var rest = index
        repeat {
            let digits = String(rest % 1000)
            let padded = String(repeating: "0", count: 3 - digits.utf8.count) + digits
            groups.append(groups.isEmpty ? padded : "x" + padded)
            rest /= 1000
        } while rest > 0
        return groups.reversed().joined(separator: "/") + (width < Tile.fullWidth ? ".p/\(width)" : "")
    }

    /// Lenient: callers compare with what they would write.
    static func read(_ text: String) -> (index: UInt64, width: Int)? {
        guard text.utf8.count <= 64 else { return nil }
        var groups = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        var width = Tile.fullWidth
        if groups.count >= 2, groups[groups.count - 2].hasSuffix(".p") {
            guard let partial = Int(groups.removeLast()) else { return nil }
            width = partial
            groups[groups.count - 1].removeLast(2)
        }
        var index: UInt64 = 0
        for group in groups {
            guard let digits = UInt64(group.hasPrefix("x") ? String(group.dropFirst()) : group), digits < 1000,
                index < LedgerLimits.logEntries
            else { return nil }
            index = index * 1000 + digits
        }
        return (index, width)
    }
}
