import Foundation
import Shared
import Testing

@testable import Agent

struct PackagesProbeTests {
    private let watched = ["libc6", "redis*", "linux-image-*"]

    private func probe(_ root: Root, _ patterns: [String]? = nil) -> PackagesProbe {
        PackagesProbe(root: root, configuration: HostFixture.configuration { $0.watchedPackages = patterns ?? watched })
    }

    @Test func onlyWhatIsInstalledAndWatchedCounts() throws {
        let sample = probe(HostFixture.root("dpkg-1.21")).sample(HostFixture.moment())
        let packages = try #require(sample.packages)
        #expect(packages.cause == nil)
        #expect(
            packages.installed.map { "\($0.name) \($0.version) \($0.architecture)" } == [
                "libc6 2.36-9+deb12u10 amd64", "libc6 2.36-9+deb12u10 i386",
                "linux-image-6.1.0-18-amd64 6.1.76-1 amd64",
                "redis-server 5:7.0.15-1~deb12u1 amd64",
            ])
    }

    @Test func theDigestIsOfThePackagesOwnList() throws {
        let root = HostFixture.root("dpkg-1.21")
        let installed = try #require(probe(root).sample(HostFixture.moment()).packages?.installed)
        func digest(_ file: String) throws -> [UInt8] {
            SHA256.digest(of: Array(try ProcText.read(root.file("/var/lib/dpkg/info/" + file))))
        }
        #expect(installed[0].md5sumsDigest == (try digest("libc6:amd64.md5sums")))
        #expect(installed[1].md5sumsDigest == (try digest("libc6:i386.md5sums")))
        #expect(installed[2].md5sumsDigest == nil)
        #expect(installed[3].md5sumsDigest == (try digest("redis-server.md5sums")))
    }

    @Test func aChangeOfEitherFileIsSeen() throws {
        let tree = try HostTree()
        let stanza = "Package: redis\nStatus: install ok installed\nArchitecture: all\nVersion: "
        try tree.write("/var/lib/dpkg/status", stanza + "1\n")
        try tree.write("/var/lib/dpkg/info/redis.md5sums", "a")
        let probe = probe(tree.root)
        let first = try #require(probe.sample(HostFixture.moment()).packages?.installed.first)
        #expect(first.md5sumsDigest == SHA256.digest(of: [UInt8(ascii: "a")]))
        try tree.write("/var/lib/dpkg/info/redis.md5sums", "bb")
        let second = try #require(probe.sample(HostFixture.moment()).packages?.installed.first)
        #expect(second.md5sumsDigest == SHA256.digest(of: Array("bb".utf8)))
        try tree.write("/var/lib/dpkg/status", stanza + "22\n")
        #expect(probe.sample(HostFixture.moment()).packages?.installed.first?.version == "22")
    }

    @Test(arguments: [
        ("hold ok installed", 1), ("deinstall ok installed", 1), ("deinstall ok config-files", 0),
        ("install ok half-configured", 0), ("install reinstreq installed", 0),
    ])
    func whatIsThereCountsWhateverIsWanted(_ status: String, _ count: Int) throws {
        let tree = try HostTree()
        try tree.write(
            "/var/lib/dpkg/status", "Package: redis\nStatus: \(status)\nArchitecture: all\nVersion: 1\n")
        #expect(probe(tree.root).sample(HostFixture.moment()).packages?.installed.count == count)
    }

    @Test func aNameCannotLeadOutOfDpkgsDirectory() throws {
        let tree = try HostTree()
        try tree.write("/secret.md5sums", "x")
        for name in ["../../../../secret", "..", "a/b", "A", "a b"] {
            try tree.write(
                "/var/lib/dpkg/status",
                "Package: \(name)\nStatus: install ok installed\nArchitecture: all\nVersion: 1\n")
            let sample = probe(tree.root, ["*"]).sample(HostFixture.moment())
            #expect(sample.packages?.cause == .parse)
            #expect(sample.packages?.installed.isEmpty == true)
        }
    }

    @Test func moreThanTheLimitIsCounted() throws {
        let tree = try HostTree()
        var text = ""
        for number in 0..<300 {
            text += "Package: p\(1000 + number)\nStatus: install ok installed\nArchitecture: all\nVersion: 1\n\n"
        }
        try tree.write("/var/lib/dpkg/status", text)
        let sample = probe(tree.root, ["p*"]).sample(HostFixture.moment())
        #expect(sample.packages?.installed.count == 256)
        #expect(sample.truncated == 44)
    }

    @Test func noDpkgIsUnsupportedAndRubbishIsParse() throws {
        #expect(probe(try HostTree().root).sample(HostFixture.moment()).packages?.cause == .unsupported)
        let tree = try HostTree()
        for text in ["", "\n\n", "no: packages\n", "Package: redis\nVersion: 1\n"] {
            try tree.write("/var/lib/dpkg/status", text)
            let sample = probe(tree.root).sample(HostFixture.moment())
            #expect(sample.cause == .parse, "\(text)")
            #expect(sample.packages?.cause == .parse)
        }
    }

    @Test func everyTruncationAndAnyDamageGivesTheTruthOrACause() throws {
        let tree = try HostTree()
        let whole = try HostFixture.bytes("dpkg-1.21", "var/lib/dpkg/status")
        let path = tree.root.file("/status")
        for end in stride(from: 0, to: whole.count, by: 3) {
            try tree.write("/status", Array(whole.prefix(end)))
            guard let found = try? DpkgStatus.read(path, watching: ["libc6"]) else { continue }
            // A version may be cut inside, as dpkg ends no file that way but by rename.
            #expect(found.allSatisfy { "2.36-9+deb12u10".hasPrefix($0.version) && !$0.version.isEmpty })
        }
        var random = HostRandom.seeded("packages everyTruncationAndAnyDamage")
        for _ in 0..<200 {
            try tree.write("/status", Array(random.damaged(whole)))
            _ = try? DpkgStatus.read(path, watching: watched)
            try tree.write("/status", random.bytes(500))
            _ = try? DpkgStatus.read(path, watching: ["*"])
        }
    }

    @Test func thisHostAnswersOrSaysWhyNot() {
        let sample = probe(.host).sample(HostFixture.moment())
        #expect(sample.packages != nil)
        #expect(sample.cause != .parse)
    }
}
