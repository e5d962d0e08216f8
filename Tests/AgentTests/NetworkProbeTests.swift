import Shared
import Testing

@testable import Agent

struct NetworkProbeTests {
    private func sample(_ root: Root) -> Sample {
        NetworkProbe(root: root, configuration: HostFixture.configuration()).sample(HostFixture.moment())
    }

    @Test func onlyHardwareCounts() {
        let sample = sample(HostFixture.root("linux-6.1-debian12-lvm"))
        // Not the bond, its VLAN, the tunnel, or the function whose traffic eno1 shows as well.
        #expect(sample.labelled.map(\.label) == ["eno1", "eno2"])
        #expect(sample.reading(Catalogue.networkReceived, of: "eno1") == .value(101))
        #expect(sample.reading(Catalogue.packetsReceived, of: "eno1") == .value(102))
        #expect(sample.reading(Catalogue.errorsReceived, of: "eno1") == .value(103))
        #expect(sample.reading(Catalogue.droppedReceived, of: "eno1") == .value(104))
        #expect(sample.reading(Catalogue.networkTransmitted, of: "eno1") == .value(105))
        #expect(sample.reading(Catalogue.packetsTransmitted, of: "eno1") == .value(106))
        #expect(sample.reading(Catalogue.errorsTransmitted, of: "eno1") == .value(107))
        #expect(sample.reading(Catalogue.droppedTransmitted, of: "eno1") == .value(108))
        #expect(self.sample(HostFixture.root("linux-6.18-vm")).labelled.map(\.label) == ["eth0"])
    }

    @Test func aContainersVethCountsWhereThereIsNoHardware() {
        let sample = sample(HostFixture.root("linux-6.1-container"))
        #expect(sample.labelled.map(\.label) == ["eth0"])
        #expect(sample.reading(Catalogue.tcpSegmentsOut) == .value(20))
        #expect(sample.reading(Catalogue.tcpRetransmits) == .absent(.unsupported))
        #expect(sample.reading(Catalogue.tcpListenDrops) == .absent(.unsupported))
    }

    @Test func withoutSysfsEveryInterfaceButLoopbackCounts() throws {
        let tree = try HostTree()
        try tree.write("/proc/net/dev", Array(try HostFixture.bytes("linux-6.1-container", "proc/net/dev")))
        #expect(sample(tree.root).labelled.map(\.label) == ["eth0", "dummy0", "br0"])
    }

    @Test func tcpCountersAreFoundByName() {
        let sample = sample(HostFixture.root("linux-6.1-debian12-lvm"))
        #expect(sample.reading(Catalogue.tcpSegmentsIn) == .value(57_252_008))
        #expect(sample.reading(Catalogue.tcpSegmentsOut) == .value(54_915_039))
        #expect(sample.reading(Catalogue.tcpRetransmits) == .value(354_322))
        #expect(sample.reading(Catalogue.tcpEstablished) == .value(12))
        #expect(sample.reading(Catalogue.tcpListenOverflows) == .value(20))
        #expect(sample.reading(Catalogue.tcpListenDrops) == .value(21))
        #expect(sample.reading(Catalogue.tcpTimeouts) == .value(115))
        #expect(sample.reading(Catalogue.tcpSynRetransmits) == .value(7))
        #expect(self.sample(HostFixture.root("linux-6.18-vm")).host.allSatisfy { $0.reading.value != nil })
    }

    @Test func aNamespaceWithNothingButLoopbackIsDeniedNotZero() throws {
        let tree = try HostTree()
        let all = try HostFixture.bytes("linux-6.1-container", "proc/net/dev")
        let lines = all.split(separator: UInt8(ascii: "\n")).prefix(3)
        try tree.write("/proc/net/dev", Array(lines.joined(separator: [10])) + [10])
        try tree.write("/proc/net/snmp", Array(try HostFixture.bytes("linux-6.1-container", "proc/net/snmp")))
        let sample = sample(tree.root)
        #expect(sample.cause == .denied)
        #expect(sample.labelled.isEmpty)
        #expect(sample.host.count == 8)
        #expect(sample.host.allSatisfy { $0.reading == .absent(.denied) })
    }

    @Test func aHeaderThatDoesNotFitItsValuesIsParse() {
        func value(_ text: String) -> Reading<UInt64> {
            TCPCounters.value("B", group: "Tcp:", in: Array(text.utf8)[...])
        }
        #expect(value("Tcp: A B\nTcp: 1 2\n") == .value(2))
        #expect(value("Tcp: A B\nTcp: 1\n") == .absent(.parse))
        #expect(value("Tcp: A B\nTcp: 1 -2\n") == .absent(.parse))
        #expect(value("Tcp: A B\nUdp: 1 2\n") == .absent(.parse))
        #expect(value("Tcp: A C\nTcp: 1 2\n") == .absent(.unsupported))
        #expect(value("Tcp: A B\nTcp: 1 2") == .absent(.parse))
        #expect(value("") == .absent(.parse))
    }

    @Test func anUnknownFormOfTheInterfaceTableIsParse() throws {
        let tree = try HostTree()
        for text in ["", "x\ny\n", "Inter-|\n face |\neth0 1 2\n", "Inter-|\n face |\neth0: 1 2\n"] {
            try tree.write("/proc/net/dev", text)
            #expect(sample(tree.root).cause == .parse, "\(text)")
        }
        #expect(sample(try HostTree().root).cause == .unsupported)
    }

    @Test func moreInterfacesThanTheLimitAreCounted() throws {
        let tree = try HostTree()
        var text = "Inter-|\n face |\n"
        for number in 0..<70 { text += "e\(number):\(String(repeating: " 1", count: 16))\n" }
        text += String(repeating: "y", count: 200) + ":" + String(repeating: " 1", count: 16) + "\n"
        try tree.write("/proc/net/dev", text)
        let sample = sample(tree.root)
        #expect(sample.labelled.count == 64)
        #expect(sample.truncated == 7)
    }

    @Test func everyTruncationAndAnyDamageGivesTheTruthOrACause() throws {
        let whole = try HostFixture.bytes("linux-6.1-debian12-lvm", "proc/net/dev")
        let full = Sample(labelled: try InterfaceCounters.parse(whole).map { ($0.name, $0.values) })
        for end in 0..<whole.count {
            guard let found = try? InterfaceCounters.parse(whole.prefix(end)) else { continue }
            #expect(Sample(labelled: found.map { ($0.name, $0.values) }).isPart(of: full))
        }
        let snmp = try HostFixture.bytes("linux-6.1-debian12-lvm", "proc/net/snmp")
        for end in 0..<snmp.count {
            let reading = TCPCounters.value("OutSegs", group: "Tcp:", in: snmp.prefix(end))
            #expect(reading.value == nil || reading == .value(54_915_039))
        }
        var random = HostRandom.seeded("network everyTruncationAndAnyDamage")
        for _ in 0..<300 {
            _ = try? InterfaceCounters.parse(random.damaged(whole))
            _ = TCPCounters.value("OutSegs", group: "Tcp:", in: random.damaged(snmp))
            _ = TCPCounters.value("OutSegs", group: "Tcp:", in: random.bytes(200)[...])
        }
    }

    @Test func thisHostAnswersOrSaysWhyNot() {
        let sample = sample(.host)
        #expect(sample.host.count == 8)
        #expect(sample.cause != .parse)
    }
}
