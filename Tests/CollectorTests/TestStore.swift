import FoundationEssentials
import Glibc

@testable import Collector

/// Directories of this test process; all go when it ends.
enum TestDirectory {
    private static let root: String = {
        let path = FileManager.default.temporaryDirectory.appending(path: "perch-tests-\(UUID())").path()
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            preconditionFailure("no temporary directory: \(error)")
        }
        atexit { try? FileManager.default.removeItem(atPath: TestDirectory.root) }
        return path
    }()

    static func make() throws -> String {
        let path = "\(root)/\(UUID())"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return path
    }
}

enum TestStore {
    /// An empty store of its own.
    static func make() throws -> any Store { try SQLiteStore(path: TestDirectory.make() + "/perch.sqlite") }
}
