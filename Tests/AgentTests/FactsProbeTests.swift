import Shared
import Testing

@testable import Agent

struct FactsProbeTests {
    private func facts(_ root: Root) -> [String: String] {
        let sample = FactsProbe(root: root, configuration: HostFixture.configuration()).sample(HostFixture.moment())
        return Dictionary(uniqueKeysWithValues: sample.facts.map { ($0.key, $0.value) })
    }

    @Test func aCapturedMachineDescribesItself() {
        let facts = facts(HostFixture.root("linux-6.18-vm"))
        #expect(facts["kernel.release"] == "6.18.44")
        #expect(facts["cpu.model"] == "AMD EPYC")
        #expect(facts["os.release"] == "Debian GNU/Linux 12 (bookworm)")
        #expect(facts["os.version"]?.hasPrefix("12") == true)
        #expect(facts["memory.transparent_hugepage"] == "madvise")
        #expect(facts["clocksource"] == "tsc")
        #expect(facts["vm.swappiness"] == "60")
        #expect(facts["vulnerability.spectre_v2"] == "Mitigation: Retpolines")
        #expect(facts["vulnerability.meltdown"] == "Not affected")
    }

    @Test func anARMMachineHasNumbersForItsModel() {
        let facts = facts(HostFixture.root("linux-5.10-debian11"))
        #expect(facts["cpu.model"] == "implementer 0x41 part 0xd0c revision 1")
        #expect(facts["os.release"] == "Debian GNU/Linux 11 (bullseye)")
    }

    @Test func theCommandLineComparesAcrossMachines() throws {
        #expect(facts(HostFixture.root("linux-5.10-debian11"))["kernel.cmdline"] == "ro quiet mitigations=off")
        let tree = try HostTree()
        let long = String(repeating: "parameter=value ", count: 40)
        try tree.write("/proc/cmdline", "BOOT_IMAGE=/a root=/dev/sda1 " + long + "\n")
        let first = try #require(facts(tree.root)["kernel.cmdline"])
        #expect(first.hasPrefix("sha256:"))
        #expect(first.utf8.count == 71)
        try tree.write("/proc/cmdline", "BOOT_IMAGE=/b root=UUID=1 " + long + "\n")
        #expect(facts(tree.root)["kernel.cmdline"] == first)
    }

    @Test func valuesFitALabel() throws {
        let tree = try HostTree()
        try tree.write("/etc/debian_version", String(repeating: "é", count: 200) + "\u{1b}[0m\n")
        try tree.write("/proc/version", String(repeating: "v", count: 500))
        for number in 0..<100 {
            try tree.write("/sys/devices/system/cpu/vulnerabilities/v\(number)", "Mitigation: x; y\n")
        }
        let sample = FactsProbe(root: tree.root, configuration: HostFixture.configuration())
            .sample(HostFixture.moment())
        #expect(sample.facts.count == 64)
        #expect(sample.truncated == 39)
        #expect(sample.facts.allSatisfy { $0.value.utf8.count <= Limits.labelBytes && !$0.value.contains("\u{1b}") })
    }

    @Test func nothingToSayIsUnsupported() throws {
        let sample = FactsProbe(root: try HostTree().root, configuration: HostFixture.configuration())
            .sample(HostFixture.moment())
        #expect(sample.facts.isEmpty)
        #expect(sample.cause == .unsupported)
    }

    @Test func rubbishInEveryFileIsHarmless() throws {
        var random = HostRandom.seeded("facts rubbishInEveryFile")
        for _ in 0..<20 {
            let tree = try HostTree()
            for file in [
                "/proc/version", "/proc/cmdline", "/proc/cpuinfo", "/etc/os-release", "/etc/debian_version",
                "/sys/kernel/mm/transparent_hugepage/enabled", "/proc/sys/kernel/osrelease",
                "/sys/devices/system/cpu/vulnerabilities/x",
            ] { try tree.write(file, random.bytes(Int.random(in: 0...300, using: &random))) }
            #expect(facts(tree.root).values.allSatisfy { $0.utf8.count <= Limits.labelBytes })
        }
    }

    @Test func thisHostAnswersOrSaysWhyNot() {
        let sample = FactsProbe(root: .host, configuration: HostFixture.configuration()).sample(HostFixture.moment())
        #expect(!sample.facts.isEmpty || sample.cause != nil)
        #expect(sample.facts.count <= Limits.facts)
    }
}
