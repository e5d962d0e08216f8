import Evidence
import Judge
import Policy
import Shared
import Testing

@testable import Evaluation

/// Packages, their origin, watched files and machines: rules that compare hosts with a list or with each other.
@Suite struct SameRulesTests {
    private static let spec = RolloutSpec(
        id: "r",
        artifacts: [
            RolloutSpec.Artifact(
                name: "pkg:deb/debian/redis-server@5%3A7.0.15-1?arch=amd64",
                sha256: String(repeating: "a", count: 64))
        ], policy: "test", old: ["o1"], new: ["n1", "n2"], pairs: .auto)

    private static func block(_ host: String, _ index: Int) -> HostBlock {
        HostBlock(host: host, index: index, blockSeconds: 300, samplesSeen: 30, samplesExpected: 30)
    }

    private static func package(_ version: String, digest: String = "d1") -> PackageFact {
        PackageFact(name: "redis-server", version: version, architecture: "amd64", digest: digest, samples: 1)
    }

    /// States of a rule on n2 over blocks that `change` makes.
    private func findings(
        _ rule: Rule, blocks: Int, policy: PolicyDocument = PolicyDocument(name: "test"),
        spec: RolloutSpec = SameRulesTests.spec, records: ApprovedRecords = ApprovedRecords(),
        _ change: (inout HostBlock, Int) -> Void
    ) -> [RuleInput] {
        var engine = RuleEngine(policy: policy, spec: spec)
        return (0..<blocks).compactMap { step in
            let index = 20_000 + step
            var made: [String: HostBlock] = [:]
            for host in ["o1", "n1", "n2"] {
                var block = Self.block(host, index)
                change(&block, step)
                made[host] = block
            }
            return engine.add(made, index: index, records: records).first {
                $0.host == "n2" && $0.rule == rule.rawValue
            }
        }
    }

    @Test(arguments: [
        ("pkg:deb/debian/redis-server@5%3A7.0.15-1?arch=amd64", "redis-server", "5:7.0.15-1", "amd64"),
        ("pkg:deb/redis", "redis", nil, nil),
        ("pkg:deb/debian/redis@1.2?distro=bookworm&arch=arm64#x", "redis", "1.2", "arm64"),
    ])
    func aPackageURLNamesAPackage(_ url: String, _ name: String, _ version: String?, _ architecture: String?) throws {
        let target = try #require(PackageTarget(packageURL: url))
        #expect(target.name == name && target.version == version && target.architecture == architecture)
    }

    @Test(arguments: ["pkg:generic/x@1", "redis-server", "pkg:deb/", "pkg:deb/a/%zz"])
    func otherURLsNameNone(_ url: String) { #expect(PackageTarget(packageURL: url) == nil) }

    @Test func aWrongVersionFailsOnceThreeListsShowIt() {
        let found = findings(.packageVersion, blocks: 4) { block, step in
            block.packages.samples = 1
            block.packages.seen = [Self.package(block.host == "n2" && step > 0 ? "5:7.0.14-1" : "5:7.0.15-1")]
        }
        #expect(found.map(\.state) == [.pass, .attention, .attention, .fail])
        #expect(found[3].fact == "redis-server is 5:7.0.14-1, 5:7.0.15-1 is rolled out")
    }

    @Test func versionsThatDifferBetweenNewHostsWithholdPass() {
        let found = findings(.packageVersion, blocks: 1) { block, _ in
            block.packages.samples = 1
            var other = Self.package(block.host == "n1" ? "2" : "1")
            other.name = "libc6"
            block.packages.seen = [Self.package("5:7.0.15-1"), other]
        }
        #expect(found.map(\.state) == [.attention])
        #expect(found[0].fact == "libc6 is 1, on n1 it is 2")
    }

    @Test func aTargetThatNobodyWatchesOrNoListAtAllIsUnknown() {
        #expect(findings(.packageVersion, blocks: 1) { _, _ in }.map(\.state) == [.unknown])
        let found = findings(.packageVersion, blocks: 1) { block, _ in block.packages.samples = 1 }
        #expect(found.map(\.state) == [.unknown])
    }

    private static let manifest = ApprovedManifest(
        origin: "internal", suite: "stable", validUntilSeconds: 20_010 * 300, approvedSeconds: 100,
        packages: [
            ApprovedManifest.Package(
                name: "redis-server", version: "5:7.0.15-1", architecture: "amd64", sha256: "s", md5sums: "d1")
        ])

    @Test(arguments: [
        ("5:7.0.15-1", "d1", RuleInput.State.pass, ""), ("5:7.0.15-1", "d2", .fail, "contentDiffers"),
        ("5:7.0.16-1", "d1", .fail, "unknownVersion"), ("5:7.0.15-1", "", .fail, "unknownPackage"),
    ])
    func anOriginIsApprovedOrNot(_ version: String, _ digest: String, _ state: RuleInput.State, _ word: String) {
        let records = ApprovedRecords(manifests: [Self.manifest])
        let found = findings(.packageOrigin, blocks: 1, records: records) { block, _ in
            block.packages.samples = 1
            block.packages.seen = [Self.package(version, digest: digest)]
        }
        #expect(found.map(\.state) == [state])
        #expect(found[0].fact.hasPrefix(word))
    }

    @Test func withoutAValidManifestAnOriginIsUnknown() {
        func states(_ records: ApprovedRecords, from block: Int = 0) -> [RuleInput.State] {
            findings(.packageOrigin, blocks: block + 1, records: records) { block, _ in
                block.packages.samples = 1
                block.packages.seen = [Self.package("5:7.0.15-1")]
            }.map(\.state)
        }
        #expect(states(ApprovedRecords()) == [.unknown])
        // Past its Valid-Until from block 20,010 on.
        #expect(states(ApprovedRecords(manifests: [Self.manifest]), from: 10).last == .unknown)
        // Approved later than the block.
        var later = Self.manifest
        later.approvedSeconds = 20_001 * 300 + 1
        #expect(states(ApprovedRecords(manifests: [later]), from: 1) == [.unknown, .pass])
    }

    private static var watching: PolicyDocument {
        var policy = PolicyDocument(name: "test")
        policy.rules.configFiles = ["/etc/redis/common.conf"]
        return policy
    }

    private static func file(_ digest: String, _ cause: Absence? = nil) -> FileFact {
        FileFact(path: "/etc/redis/common.conf", digest: digest, cause: cause, samples: 1)
    }

    @Test func aFileIsComparedWithTheRolloutAndElseWithTheFirstNewHost() {
        func states(_ spec: RolloutSpec) -> [RuleInput.State] {
            findings(.configDigest, blocks: 3, policy: Self.watching, spec: spec) { block, _ in
                block.files.samples = 1
                block.files.seen = [Self.file(block.host == "n2" ? "bb" : "aa")]
            }.map(\.state)
        }
        #expect(states(Self.spec) == [.attention, .attention, .fail])
        var listed = Self.spec
        listed.files = [RolloutSpec.File(path: "/etc/redis/common.conf", sha256: "bb")]
        #expect(states(listed) == [.pass, .pass, .pass])
    }

    @Test func aFileThatIsUnreadableOrUnwatchedIsUnknown() {
        let unreadable = findings(.configDigest, blocks: 1, policy: Self.watching) { block, _ in
            block.files.samples = 1
            block.files.seen = [Self.file("", .denied)]
        }
        #expect(unreadable.map(\.state) == [.unknown])
        let unwatched = findings(.configDigest, blocks: 1, policy: Self.watching) { block, _ in block.files.samples = 1
        }
        #expect(unwatched.map(\.state) == [.unknown])
        #expect(findings(.configDigest, blocks: 1, policy: Self.watching) { _, _ in }.map(\.state) == [.unknown])
    }

    @Test func unequalMachinesAreShownAndStolenTimeWithholdsPass() {
        let other = findings(.sidesEqual, blocks: 1) { block, _ in
            block.machine.cpuCount = block.host == "o1" ? 8 : 16
        }
        #expect(other.map(\.state) == [.pass])
        #expect(other[0].fact == "not an equal machine: 16 CPUs, 8 on o1")
        let stolen = findings(.sidesEqual, blocks: 1) { block, _ in
            block.machine.totalMicroseconds = 1000
            block.machine.stolenMicroseconds = block.host == "n2" ? 60 : 0
        }
        #expect(stolen.map(\.state) == [.attention])
        #expect(findings(.sidesEqual, blocks: 1) { _, _ in }.map(\.fact) == [""])
    }
}
