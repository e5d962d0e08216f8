// Captured trees, throw-away trees and seeded randomness for the tests of the host probes.
import Foundation
import Shared
import Synchronization

@testable import Agent

enum HostFixture {
    private static let trees = Mutex([String: String]())

    /// A captured tree. One with symbolic links lists them in its file `links`, since not every way to hand on a
    /// repository keeps them, and is copied once to be given them.
    static func root(_ name: String) -> Root {
        let place = URL(filePath: #filePath).deletingLastPathComponent().path + "/../Fixtures/Agent/" + name
        guard let links = try? String(contentsOfFile: place + "/links", encoding: .utf8) else {
            return Root(path: place)
        }
        return trees.withLock { trees in
            if let known = trees[name] { return Root(path: known) }
            do {
                let copy = try linked(place, links)
                if trees.isEmpty { atexit { HostFixture.removeTrees() } }
                trees[name] = copy
                return Root(path: copy)
            } catch {
                // Called in stored properties, where nothing can be thrown; without its tree a test proves nothing.
                fatalError("the tree \(name) cannot be laid out: \(error)")
            }
        }
    }

    private static func linked(_ place: String, _ links: String) throws -> String {
        let files = FileManager.default
        let copy = files.temporaryDirectory.path + "/perch-host-\(UUID().uuidString)"
        try files.copyItem(atPath: place, toPath: copy)
        for line in links.split(separator: "\n") {
            let words = line.split(separator: " ").map(String.init)
            let path = URL(filePath: copy + "/" + words[0])
            try files.createDirectory(at: path.deletingLastPathComponent(), withIntermediateDirectories: true)
            try files.createSymbolicLink(atPath: path.path, withDestinationPath: words[1])
        }
        return copy
    }

    private static func removeTrees() {
        trees.withLock { for copy in $0.values { try? FileManager.default.removeItem(atPath: copy) } }
    }

    static func bytes(_ tree: String, _ file: String) throws -> ArraySlice<UInt8> {
        try ProcText.read(root(tree).file("/" + file))
    }

    static func configuration(_ change: (inout Configuration) -> Void = { _ in }) -> Configuration {
        var configuration = Configuration(host: "test")
        change(&configuration)
        return configuration
    }

    static func moment(seconds: UInt64 = 1000) -> Moment {
        Moment(wallMicroseconds: 1_700_000_000_000_000 + seconds * 1_000_000, bootMicroseconds: seconds * 1_000_000)
    }
}

/// A directory that lives as long as the value.
final class HostTree {
    let root: Root

    init() throws {
        let place = FileManager.default.temporaryDirectory.path + "/perch-host-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
        root = Root(path: place)
    }

    deinit { try? FileManager.default.removeItem(atPath: root.path) }

    func write(_ file: String, _ bytes: [UInt8]) throws {
        let path = root.file(file)
        let parent = URL(filePath: path).deletingLastPathComponent().path
        try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
        try Data(bytes).write(to: URL(filePath: path))
    }

    func write(_ file: String, _ text: String) throws { try write(file, Array(text.utf8)) }

    func directory(_ path: String) throws {
        try FileManager.default.createDirectory(atPath: root.file(path), withIntermediateDirectories: true)
    }
}

/// SplitMix64: the same bytes for the same seed.
struct HostRandom: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    /// Prints the seed, so that a failure can be repeated with `PERCH_SEED`.
    static func seeded(_ test: String) -> HostRandom {
        let given = ProcessInfo.processInfo.environment["PERCH_SEED"].flatMap { UInt64($0) }
        let seed = given ?? UInt64.random(in: 0 ... .max)
        print("\(test): PERCH_SEED=\(seed)")
        return HostRandom(seed: seed)
    }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    mutating func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8.random(in: 0...255, using: &self) } }

    /// A text with a few bytes changed, dropped or doubled.
    mutating func damaged(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var bytes = Array(text)
        for _ in 0..<Int.random(in: 1...8, using: &self) where !bytes.isEmpty {
            let place = Int.random(in: 0..<bytes.count, using: &self)
            switch Int.random(in: 0..<4, using: &self) {
            case 0: bytes[place] = UInt8.random(in: 0...255, using: &self)
            case 1: bytes.remove(at: place)
            case 2: bytes.insert(bytes[place], at: place)
            default: bytes.removeSubrange(place..<min(bytes.count, place + 40))
            }
        }
        return bytes[...]
    }
}

extension Sample {
    func reading(_ measurement: Shared.Measurement) -> Reading<UInt64>? {
        host.first { $0.measurement == measurement }?.reading
    }

    func reading(_ measurement: Shared.Measurement, of label: String) -> Reading<UInt64>? {
        labelled.first { $0.label == label }?.values.first { $0.measurement == measurement }?.reading
    }

    /// Every reading by name, to compare two samples.
    var table: [String: Reading<UInt64>] {
        var table: [String: Reading<UInt64>] = [:]
        for (measurement, reading) in host { table["\(measurement.number)"] = reading }
        for (label, values) in labelled {
            for (measurement, reading) in values { table["\(label) \(measurement.number)"] = reading }
        }
        return table
    }

    /// No reading says something else than in `whole`: what is missing is absent or left out, never another number.
    func isPart(of whole: Sample) -> Bool {
        let all = whole.table
        return table.allSatisfy { key, reading in reading.value == nil || all[key] == reading }
    }
}
