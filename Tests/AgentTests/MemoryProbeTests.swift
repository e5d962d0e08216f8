import Shared
import Testing

@testable import Agent

struct MemoryProbeTests {
    private func sample(_ root: Root) -> Sample {
        MemoryProbe(root: root, configuration: HostFixture.configuration()).sample(HostFixture.moment())
    }

    @Test func kilobytesAreKibibytesAndNamesAreWhole() {
        let sample = sample(HostFixture.root("linux-6.1-debian12-lvm"))
        #expect(sample.reading(Catalogue.memoryLimit) == .value(16_306_396 * 1024))
        #expect(sample.reading(Catalogue.memoryAvailable) == .value(9_125_672 * 1024))
        #expect(sample.reading(Catalogue.memoryFree) == .value(712_680 * 1024))
        #expect(sample.reading(Catalogue.memoryBuffers) == .value(283_388 * 1024))
        #expect(sample.reading(Catalogue.memoryCached) == .value(8_031_996 * 1024))
        #expect(sample.reading(Catalogue.memoryShared) == .value(135_412 * 1024))
    }

    @Test func minorFaultsAreTheRest() {
        let sample = sample(HostFixture.root("linux-6.1-debian12-lvm"))
        #expect(sample.reading(Catalogue.faultsMajor) == .value(507_162))
        #expect(sample.reading(Catalogue.faultsMinor) == .value(2_320_168_809 - 507_162))
        #expect(sample.reading(Catalogue.swapIn) == .value(1476))
        #expect(sample.reading(Catalogue.swapOut) == .value(35_045))
        #expect(sample.reading(Catalogue.oomKills) == .value(3))
    }

    @Test func aCapturedMachineGivesEveryValue() {
        let sample = sample(HostFixture.root("linux-6.18-vm"))
        #expect(sample.host.count == 11)
        #expect(sample.host.allSatisfy { $0.reading.value != nil })
    }

    @Test func whatAnOldKernelDoesNotPrintIsUnsupported() throws {
        let tree = try HostTree()
        try tree.write("/proc/meminfo", "MemTotal: 5 kB\nMemFree: 1 kB\nCached: x kB\nBuffers: 5\nSwapCached: 9 kB\n")
        try tree.write("/proc/vmstat", "pgfault 5\npgmajfault 6\npswpin \n")
        let sample = sample(tree.root)
        #expect(sample.reading(Catalogue.memoryAvailable) == .absent(.unsupported))
        #expect(sample.reading(Catalogue.memoryCached) == .absent(.parse))
        #expect(sample.reading(Catalogue.memoryBuffers) == .absent(.parse))
        #expect(sample.reading(Catalogue.faultsMinor) == .absent(.parse))
        #expect(sample.reading(Catalogue.swapIn) == .absent(.parse))
        #expect(sample.reading(Catalogue.oomKills) == .absent(.unsupported))
    }

    @Test func nothingAtAllIsACauseOfTheProbe() throws {
        #expect(sample(try HostTree().root).cause == .unsupported)
        let tree = try HostTree()
        try tree.write("/proc/meminfo", "")
        try tree.write("/proc/vmstat", "")
        #expect(sample(tree.root).cause == .parse)
    }

    @Test func everyTruncationAndAnyDamageGivesTheTruthOrACause() throws {
        let text = try HostFixture.bytes("linux-6.1-debian12-lvm", "proc/meminfo")
        let full = MemoryText.bytes("MemAvailable", in: text)
        for end in 0..<text.count {
            let reading = MemoryText.bytes("MemAvailable", in: text.prefix(end))
            #expect(reading.value == nil || reading == full)
        }
        let counts = try HostFixture.bytes("linux-6.1-debian12-lvm", "proc/vmstat")
        for end in 0..<counts.count {
            let reading = MemoryText.count("pgfault", in: counts.prefix(end))
            #expect(reading.value == nil || reading == .value(2_320_168_809))
        }
        var random = HostRandom.seeded("memory everyTruncationAndAnyDamage")
        for _ in 0..<300 {
            _ = MemoryText.bytes("MemTotal", in: random.damaged(text))
            _ = MemoryText.count("pgfault", in: random.bytes(200)[...])
        }
    }

    @Test func thisHostAnswersOrSaysWhyNot() {
        let sample = sample(.host)
        #expect(sample.host.count == 11)
        #expect(sample.host.allSatisfy { $0.reading != .absent(.parse) })
    }
}
