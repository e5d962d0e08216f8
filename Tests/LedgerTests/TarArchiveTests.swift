import Foundation
import Testing

@testable import Ledger

@Suite struct TarArchiveTests {
    private static let long = String(repeating: "d", count: 90) + "/" + String(repeating: "f", count: 90) + ".jsonl"
    private static let files: [(name: String, bytes: [UInt8])] = [
        ("README.txt", Array("read me\n".utf8)), ("evidence/empty.json", []),
        ("evidence/whole-block", [UInt8](repeating: 7, count: 512)),
        (long, (0..<5000).map { UInt8(truncatingIfNeeded: $0) }),
    ]

    private static func archive() throws -> [UInt8] {
        try files.flatMap { try TarArchive.member($0.name, $0.bytes) } + TarArchive.end
    }

    private static func read(_ archive: [UInt8]) throws -> [String: [UInt8]] {
        let places = try TarArchive.files(size: UInt64(archive.count)) { range in
            Array(archive[Int(range.lowerBound)..<Int(range.upperBound)])
        }
        return places.mapValues { Array(archive[Int($0.lowerBound)..<Int($0.upperBound)]) }
    }

    @Test func whatIsWrittenIsRead() throws {
        let read = try Self.read(Self.archive())
        #expect(read.count == Self.files.count)
        for file in Self.files { #expect(read[file.name] == file.bytes, "\(file.name)") }
    }

    @Test func tarItselfUnpacksIt() throws {
        let directory = FileManager.default.temporaryDirectory.path + "/perch-tar-\(UUID())"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try Data(try Self.archive()).write(to: URL(filePath: directory + "/a.tar"))
        let tar = Process()
        tar.executableURL = URL(filePath: "/usr/bin/env")
        tar.arguments = ["tar", "-xf", "a.tar"]
        tar.currentDirectoryURL = URL(filePath: directory)
        try tar.run()
        tar.waitUntilExit()
        #expect(tar.terminationStatus == 0)
        for file in Self.files {
            let data = try #require(FileManager.default.contents(atPath: directory + "/" + file.name), "\(file.name)")
            #expect(Array(data) == file.bytes, "\(file.name)")
        }
    }

    @Test(arguments: ["../up", "/etc/passwd", "a//b", "", ".hidden", "a\nb"])
    func aNameThatLeadsOutOfItIsNotWritten(_ name: String) {
        #expect(throws: LedgerRefusal.self) { try TarArchive.member(name, []) }
    }

    @Test func aCutOrChangedHeaderIsRefused() throws {
        let archive = try Self.archive()
        for end in stride(from: 0, to: archive.count - 1024, by: 511) {
            #expect(throws: LedgerRefusal.self, "cut at \(end)") { _ = try Self.read(Array(archive[..<end])) }
        }
        // What follows the checksum's digits means nothing.
        for byte in 0..<345 where !(154...155).contains(byte) {
            var changed = archive
            changed[byte] ^= 1
            #expect(throws: LedgerRefusal.self, "byte \(byte)") { _ = try Self.read(changed) }
        }
    }

    @Test func oneNameStandsForOneFile() throws {
        let twice = try TarArchive.member("a", [1]) + TarArchive.member("a", [2]) + TarArchive.end
        #expect(throws: LedgerRefusal.self) { try Self.read(twice) }
    }
}
