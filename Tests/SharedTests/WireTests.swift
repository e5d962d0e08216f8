// Measurements in and out of a group, and causes in and out of the wire.
import Shared
import Testing

@Suite struct WireTests {
    @Test func whatIsSetIsReadBackAndZeroIsNotAbsent() throws {
        var group = Group()
        group.set(Catalogue.cpuUser, 0)
        group.set(Catalogue.cpuIdle, .value(.max))
        group.set(Catalogue.cpuSteal, .absent(.denied))
        let bytes: [UInt8] = try group.serializedBytes()
        let back = try Group(serializedBytes: bytes)
        #expect(back.reading(Catalogue.cpuUser) == .value(0))
        #expect(back.reading(Catalogue.cpuIdle) == .value(.max))
        #expect(back.reading(Catalogue.cpuSteal) == .absent(.denied))
        #expect(back.reading(Catalogue.cpuNice) == nil)
        #expect(back.value(Catalogue.cpuSteal) == nil)
    }

    @Test func everyCauseSurvivesTheWire() {
        for cause in AbsenceCause.allCases { #expect(AbsenceCause(wire: cause.wire) == cause) }
        #expect(AbsenceCause(wire: .unspecified) == nil)
        #expect(AbsenceCause(wire: .UNRECOGNIZED(9)) == nil)
    }

    @Test func listsOfUnequalLengthGiveNoFalseValue() {
        var group = Group()
        group.metric = [1, 2]
        group.value = [5]
        group.absentMetric = [3]
        #expect(group.reading(Catalogue.cpuUser) == .value(5))
        #expect(group.reading(Catalogue.cpuNice) == nil)
        #expect(group.reading(Catalogue.cpuSystem) == nil)
    }

    @Test func namesAreReferredToFromOne() {
        var report = Report()
        report.names = ["a", "b"]
        #expect(report.name(0) == nil)
        #expect(report.name(1) == "a")
        #expect(report.name(2) == "b")
        #expect(report.name(3) == nil)
        #expect(report.name(.max) == nil)
    }
}
