import Testing

@testable import Ledger

@Suite struct TileTests {
    @Test(
        arguments: [
            (0, 0, 256, "tile/0/000"), (0, 0, 7, "tile/0/000.p/7"), (0, 999, 255, "tile/0/999.p/255"),
            (1, 1000, 256, "tile/1/x001/000"), (0, 1_234_067, 256, "tile/0/x001/x234/067"),
            (2, 70, 1, "tile/2/070.p/1"), (0, 4_294_967_295, 256, "tile/0/x004/x294/x967/295"),
        ] as [(Int, UInt64, Int, String)])
    func pathsAreThoseOfTheFormat(level: Int, index: UInt64, width: Int, path: String) throws {
        let tile = try #require(Tile(level: level, index: index, width: width))
        #expect(tile.path == path)
        #expect(Tile(path: path) == tile)
        let bundle = try #require(EntryBundle(index: index, width: width))
        #expect(bundle.path == path.with("tile/\(level)/", "tile/entries/"))
        #expect(EntryBundle(path: bundle.path) == bundle)
    }

    @Test(arguments: [
        "tile/0/0", "tile/0/00", "tile/0/0000", "tile/0/x000/001", "tile/0/001/000", "tile/0/x001/x000", "tile/0/x001",
        "tile/00/000", "tile/6/000", "tile/-1/000", "tile/+1/000", "tile/0/000.p/0", "tile/0/000.p/256",
        "tile/0/000.p/07", "tile/0/000.p/+7", "tile/0/000.p", "tile/0/000.p/", "tile/0/000/7", "tile/0/", "tile/0",
        "tile//000", "/tile/0/000", "tile/0/000/", "tile/0/x004/x294/x967/296", "tile/5/001", "tile/0/../000", "",
        "tile/0/٠٠٠", "tile/0/x999/x999/x999/x999/x999/x999/x999/999", "tile/0/000.p/7/", "tile/x/000",
    ])
    func anotherNameIsRefused(_ path: String) {
        #expect(Tile(path: path) == nil)
        #expect(EntryBundle(path: path.with("tile/0/", "tile/entries/")) == nil)
    }

    @Test func tilesBeyondTheLimitsDoNotExist() {
        #expect(Tile(level: 0, index: 1 << 40) == nil)
        #expect(Tile(level: 5, index: 0) != nil)
        #expect(Tile(level: 5, index: 1) == nil)
        #expect(Tile(level: 6, index: 0, size: 1 << 40) == nil)
        #expect(Tile(level: 0, index: .max, size: .max) == nil)
        #expect(Tile(level: 5, index: 0, size: 1 << 40)?.width == 1)
    }

    /// The example of C2SP tlog-tiles: 70 000 entries.
    @Test func aTreeHasTheTilesOfTheFormatsOwnExample() {
        let size: UInt64 = 70_000
        #expect(Tile(level: 0, index: 272, size: size)?.width == 256)
        #expect(Tile(level: 0, index: 273, size: size)?.width == 112)
        #expect(Tile(level: 0, index: 274, size: size) == nil)
        #expect(Tile(level: 1, index: 0, size: size)?.width == 256)
        #expect(Tile(level: 1, index: 1, size: size)?.width == 17)
        #expect(Tile(level: 2, index: 0, size: size)?.width == 1)
        #expect(Tile(level: 3, index: 0, size: size) == nil)
        #expect(Tile(level: 1, index: 0, size: 256)?.width == 1)
        #expect(Tile(level: 0, index: 0, size: 0) == nil)
    }

    @Test func bundlesAreReadAsTheyWereWritten() throws {
        let entries = [
            [], [1], [UInt8](repeating: 7, count: 258), [UInt8](repeating: 0, count: LedgerLimits.entryBytes),
        ]
        let bytes = try EntryBundle.encode(entries)
        #expect(Array(bytes.prefix(7)) == [0, 0, 0, 1, 1, 1, 2])
        let bundle = try #require(EntryBundle(index: 3, width: 4))
        #expect(bundle.range == 768..<772)
        #expect(try bundle.decode(bytes) == entries)
        for length in [0, 1, 2, 3, 4, 6, 100, bytes.count - 1] {
            #expect(refusal { _ = try bundle.decode(Array(bytes.prefix(length))) }?.area == .tile)
        }
        #expect(refusal { _ = try bundle.decode(bytes + [0]) }?.area == .tile)
        #expect(refusal { _ = try bundle.decode([0x10, 0x01] + [UInt8](repeating: 0, count: 4097)) }?.area == .tile)
        let long = [UInt8](repeating: 0, count: LedgerLimits.entryBytes + 1)
        #expect(refusal { _ = try EntryBundle.encode([long]) }?.area == .entry)
    }

    /// What the writer stores, batch by batch, is what the definition says.
    @Test func theGrowingTreeWritesTheTilesOfItsDefinition() async throws {
        let tree = NaiveTree(count: 600)
        let reference = NaiveTiles(tree: tree)
        var growing = TiledTree()
        var stored: [Tile: [UInt8]] = [:]
        var random = Seeded(4)
        while growing.size < 600 {
            let count = min(Int.random(in: 1...97, using: &random), 600 - Int(growing.size))
            for _ in 0..<count { growing.append(tree.leaves[Int(growing.size)]) }
            for tile in growing.takeTiles() { stored[tile.tile] = tile.bytes }
            #expect(growing.root == tree.root(Int(growing.size)))
            for level in 0..<Tile.levels {
                for index in 0..<3 {
                    guard let tile = Tile(level: level, index: UInt64(index), size: growing.size) else { continue }
                    #expect(try await stored[tile] == reference.hashes(of: tile), "\(tile.path)")
                }
            }
        }
        #expect(growing.takeTiles().isEmpty)
    }
}
