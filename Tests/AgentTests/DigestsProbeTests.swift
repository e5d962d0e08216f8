import Foundation
import Shared
import Testing

@testable import Agent

struct DigestsProbeTests {
    private func probe(_ root: Root, _ files: [String]) -> DigestsProbe {
        DigestsProbe(root: root, configuration: HostFixture.configuration { $0.watchedFiles = files })
    }

    @Test func filesAreDigestedAndOthersSayWhyNot() throws {
        let tree = try HostTree()
        try tree.write("/etc/a", "abc")
        try tree.directory("/etc/d")
        mkfifo(tree.root.file("/etc/p"), 0o600)
        let sample = probe(tree.root, ["/etc/a", "/etc/none", "/etc/d", "/etc/p"]).sample(HostFixture.moment())
        #expect(sample.digests.map(\.path) == ["/etc/a", "/etc/none", "/etc/d", "/etc/p"])
        #expect(sample.digests[0].sha256 == .value(SHA256.digest(of: Array("abc".utf8))))
        #expect(sample.digests.dropFirst().allSatisfy { $0.sha256 == .absent(.unsupported) })
        #expect(sample.cause == nil)
    }

    @Test func aChangeOfTheSameSizeIsSeen() throws {
        let tree = try HostTree()
        try tree.write("/a", "abc")
        let probe = probe(tree.root, ["/a"])
        let first = probe.sample(HostFixture.moment()).digests[0].sha256
        #expect(probe.sample(HostFixture.moment()).digests[0].sha256 == first)
        try tree.write("/a", "abd")
        #expect(probe.sample(HostFixture.moment()).digests[0].sha256 == .value(SHA256.digest(of: Array("abd".utf8))))
    }

    @Test(.enabled(if: getuid() != 0, "root reads everything"))
    func whatMayNotBeReadIsDenied() throws {
        let tree = try HostTree()
        try tree.write("/a", "abc")
        chmod(tree.root.file("/a"), 0)
        #expect(probe(tree.root, ["/a"]).sample(HostFixture.moment()).digests[0].sha256 == .absent(.denied))
    }

    @Test func largeFilesAreRefusedAndARoundHasABudget() throws {
        let tree = try HostTree()
        try tree.write("/large", "")
        #expect(truncate(tree.root.file("/large"), off_t(FileDigests.fileBytes + 1)) == 0)
        #expect(probe(tree.root, ["/large"]).sample(HostFixture.moment()).digests[0].sha256 == .absent(.unsupported))

        var digests = FileDigests(roundBytes: 10)
        try tree.write("/a", "123456")
        try tree.write("/b", "654321")
        let paths = ["/a", "/b"].map(tree.root.file)
        digests.beginRound(keeping: Set(paths))
        #expect(digests.digest(paths[0]).value != nil)
        #expect(digests.digest(paths[1]) == .absent(.timeout))
        digests.beginRound(keeping: Set(paths))
        #expect(digests.digest(paths[0]).value != nil)
        #expect(digests.digest(paths[1]).value != nil)
    }

    @Test func moreFilesThanTheLimitAreCounted() throws {
        let sample = probe(try HostTree().root, (0..<300).map { "/f\($0)" }).sample(HostFixture.moment())
        #expect(sample.digests.count == 256)
        #expect(sample.truncated == 44)
    }

    @Test func thisHostAnswersOrSaysWhyNot() {
        let sample = probe(.host, ["/etc/passwd", "/etc/shadow", "/proc/cpuinfo"]).sample(HostFixture.moment())
        #expect(sample.digests.count == 3)
        #expect(sample.digests.allSatisfy { ($0.sha256.value?.count ?? 32) == 32 })
    }
}
