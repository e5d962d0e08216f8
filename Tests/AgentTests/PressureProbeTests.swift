import Shared
import Testing

@testable import Agent

struct PressureProbeTests {
    private func sample(_ tree: String) -> Sample {
        PressureProbe(root: HostFixture.root(tree), configuration: HostFixture.configuration())
            .sample(HostFixture.moment())
    }

    @Test func aKernelWithIRQPressureGivesIt() {
        let sample = sample("linux-6.1-debian12-lvm")
        #expect(sample.reading(Catalogue.pressureIRQFull) == .value(3_130_051))
        #expect(sample.reading(Catalogue.pressureCPUSome) == .value(100))
    }

    @Test func anOlderKernelHasNoneAndSaysSo() {
        let sample = sample("linux-5.10-debian11")
        #expect(sample.reading(Catalogue.pressureCPUSome) == .value(14_036_781))
        #expect(sample.reading(Catalogue.pressureMemorySome) == .value(7))
        #expect(sample.reading(Catalogue.pressureMemoryFull) == .value(0))
        #expect(sample.reading(Catalogue.pressureIOSome) == .value(159_886_802))
        #expect(sample.reading(Catalogue.pressureIOFull) == .value(159_229_614))
        #expect(sample.reading(Catalogue.pressureIRQFull) == .absent(.unsupported))
        #expect(sample.cause == nil)
    }

    @Test func aKernelWithoutPressureIsAbsentAsAWhole() {
        let sample = sample("linux-6.1-container")
        #expect(sample.cause == .unsupported)
        #expect(sample.host.count == 6)
        #expect(sample.host.allSatisfy { $0.reading == .absent(.unsupported) })
    }

    @Test func nonsenseIsAParseCause() {
        for text in ["", "some\n", "none total=1\n", "some total=x\n", "some total=-1\n", "some total=1", "\0\n"] {
            #expect(PressureStalls.parse(Array(text.utf8)[...]).some == .absent(.parse), "\(text)")
        }
        let half = PressureStalls.parse(Array("some total=4\n".utf8)[...])
        #expect(half.some == .value(4))
        #expect(half.full == .absent(.unsupported))
    }

    @Test func everyTruncationAndAnyDamageGivesTheTruthOrACause() throws {
        let whole = try HostFixture.bytes("linux-5.10-debian11", "proc/pressure/io")
        for end in 0..<whole.count {
            let stalls = PressureStalls.parse(whole.prefix(end))
            #expect(stalls.some.value == nil || stalls.some == .value(159_886_802))
            #expect(stalls.full.value == nil)
        }
        var random = HostRandom.seeded("pressure everyTruncationAndAnyDamage")
        for _ in 0..<500 {
            _ = PressureStalls.parse(random.damaged(whole))
            _ = PressureStalls.parse(random.bytes(100)[...])
        }
    }

    @Test func thisHostAnswersOrSaysWhyNot() {
        let sample = PressureProbe(root: .host, configuration: HostFixture.configuration())
            .sample(HostFixture.moment())
        #expect(sample.host.count == 6)
        #expect(sample.host.allSatisfy { $0.reading != .absent(.parse) })
    }
}
