// Entries as `journalctl -o json` printed them, and real journal files made from them by systemd-journal-remote.
import Foundation
import Shared

@testable import Agent

enum JournalFixture {
    static let remote = "/lib/systemd/systemd-journal-remote"
    static var canMakeJournals: Bool { FileManager.default.isExecutableFile(atPath: remote) }
    static let whyNot: String = "systemd-journal-remote is not installed, so no journal files can be made"

    /// Field values are bytes; a field may come several times.
    struct Entry {
        var fields: [(name: String, value: [UInt8])] = []

        subscript(name: String) -> String? {
            get { fields.first { $0.name == name }.map { String(decoding: $0.value, as: UTF8.self) } }
            set {
                fields.removeAll { $0.name == name }
                if let newValue { fields.append((name, Array(newValue.utf8))) }
            }
        }

        /// As the probe would read it.
        var parsed: JournalEntry {
            var entry = JournalEntry()
            for (name, value) in fields where !name.hasPrefix("__") {
                let bytes = Array((name + "=").utf8) + value
                bytes.withUnsafeBytes { entry.take($0) }
            }
            entry.timeMicroseconds = self["__REALTIME_TIMESTAMP"].flatMap { UInt64($0) } ?? 0
            return entry
        }
    }

    static func entries(_ name: String) throws -> [Entry] {
        let place = URL(filePath: #filePath).deletingLastPathComponent().path + "/../Fixtures/Journal/" + name
        let text = try String(contentsOfFile: place, encoding: .utf8)
        return try text.split(separator: "\n").map { line in
            let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any] ?? [:]
            var entry = Entry()
            for (name, value) in object.sorted(by: { $0.key < $1.key }) {
                for bytes in Self.values(value) { entry.fields.append((name, bytes)) }
            }
            return entry
        }
    }

    private static func values(_ value: Any) -> [[UInt8]] {
        switch value {
        case let text as String: [Array(text.utf8)]
        case let numbers as [Int]: [numbers.map { UInt8(truncatingIfNeeded: $0) }]
        case let list as [Any]: list.flatMap(values)
        default: []
        }
    }

    /// A made-up entry with journald's own fields.
    static func entry(_ message: String?, _ fields: [String: String] = [:], microseconds: UInt64 = 1) -> Entry {
        var entry = Entry()
        entry["MESSAGE"] = message
        for (name, value) in fields { entry[name] = value }
        entry["__REALTIME_TIMESTAMP"] = "\(1_790_000_000_000_000 + microseconds)"
        entry["__MONOTONIC_TIMESTAMP"] = "\(microseconds)"
        entry["_BOOT_ID"] = entry["_BOOT_ID"] ?? "051cc28695934e06ac52a32fe95d53c5"
        return entry
    }
}

/// A directory with journal files and an agent's state directory, as long as the value lives.
final class JournalPlace {
    let journal: String
    let state: String
    private let top: String
    private var files = 0

    init() throws {
        top = FileManager.default.temporaryDirectory.path + "/perch-journal-\(UUID().uuidString.prefix(8))"
        journal = top + "/journal"
        state = top + "/state"
        for path in [journal, state] {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        }
    }

    deinit { try? FileManager.default.removeItem(atPath: top) }

    var configuration: Configuration {
        HostFixture.configuration {
            $0.stateDirectory = state
            $0.journal.directory = journal
            $0.journal.historyDays = 0
        }
    }

    /// Appends to a journal file; a new name is a new file.
    func write(_ entries: [JournalFixture.Entry], to file: String = "system.journal") async throws {
        files += 1
        let export = top + "/\(files).export"
        var bytes: [UInt8] = []
        for entry in entries {
            // journald's fields of address come first.
            for (name, value) in entry.fields where name.hasPrefix("__") && name != "__CURSOR" {
                bytes += Array("\(name)=".utf8) + value + [10]
            }
            for (name, value) in entry.fields where !name.hasPrefix("__") {
                if value.contains(where: { $0 < 32 && $0 != 9 }) || value.contains(where: { $0 > 127 }) {
                    bytes += Array(name.utf8) + [10]
                    withUnsafeBytes(of: UInt64(value.count).littleEndian) { bytes += $0 }
                    bytes += value + [10]
                } else {
                    bytes += Array("\(name)=".utf8) + value + [10]
                }
            }
            bytes.append(10)
        }
        try Data(bytes).write(to: URL(filePath: export))
        let process = Process()
        process.executableURL = URL(filePath: JournalFixture.remote)
        process.arguments = ["-o", journal + "/" + file, export]
        process.standardError = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        // Waiting here would hold up the other tests.
        let status: Int32 = try await withCheckedThrowingContinuation { continuation in
            process.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
            do {
                try process.run()
            } catch {
                process.terminationHandler = nil
                continuation.resume(throwing: error)
            }
        }
        guard status == 0 else { throw CocoaError(.fileWriteUnknown) }
    }

    func remove(_ file: String = "system.journal") throws {
        try FileManager.default.removeItem(atPath: journal + "/" + file)
    }
}

/// A clock that moves on by a fixed step each time it is asked.
func steppingClock(stepMicroseconds: UInt64) -> Clock {
    let now = Counter()
    return Clock(
        monotonicMicroseconds: { now.next(stepMicroseconds) }, wallMicroseconds: { 1_790_000_000_000_000 },
        bootMicroseconds: { 1 })
}

// Safe to send: one test uses it on one thread at a time.
private final class Counter: @unchecked Sendable {
    private var value: UInt64 = 0

    func next(_ step: UInt64) -> UInt64 {
        value += step
        return value
    }
}
