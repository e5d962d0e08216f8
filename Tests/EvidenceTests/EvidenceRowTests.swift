import Judge
import Testing

@testable import Evidence

@Suite struct EvidenceRowTests {
    @Test func someInstancesAreReadAsTheyAreAmongAllAndTheOthersNot() throws {
        var block = HostBlock(host: "db-1", index: 7, blockSeconds: 300, samplesSeen: 30, samplesExpected: 30)
        for name in [#"a"b"#, #"a\b"#, "a", "ab", "ü", "\"instance\":\"a\""] {
            block.instances.append(
                InstanceBlock(
                    name: name,
                    copy: CopyBlock(
                        samplesSeen: 30, samplesExpected: 30, observedMicroseconds: 1, absent: .denied)))
        }
        let bytes = EvidenceRow.write(block)
        #expect(try EvidenceRow.read(bytes) == block)
        for name in block.instances.map(\.name) {
            var one = block
            one.instances = block.instances.filter { $0.name == name }
            #expect(try EvidenceRow.read(bytes, instances: [name]) == one)
        }
        var none = block
        none.instances = []
        #expect(try EvidenceRow.read(bytes, instances: []) == none)
        #expect(try EvidenceRow.read(bytes, instances: Set(block.instances.map(\.name))) == block)
    }

    @Test func severalBlocksKeepTheirOwnText() throws {
        let blocks = (1...3).map { index in
            var block = HostBlock(host: "db-1", index: index, blockSeconds: 300, samplesSeen: 30, samplesExpected: 30)
            let copy = CopyBlock(samplesSeen: 30, samplesExpected: 30, observedMicroseconds: 1, absent: .denied)
            block.instances = (0..<index).map { InstanceBlock(name: "i\($0)", copy: copy) }
            return FrozenBlock(block)
        }
        #expect(try EvidenceRow.readAll(blocks.flatMap(\.text)) == blocks)
        #expect(try FrozenBlock(reading: blocks[2].text) == blocks[2])
        let hosts = try EvidenceRow.hosts(blocks.flatMap(\.text))
        #expect(hosts.map(\.index) == [1, 2, 3] && hosts.allSatisfy(\.instances.isEmpty))
        #expect(throws: EvidenceRow.Unreadable.version) { try FrozenBlock(reading: blocks.flatMap(\.text)) }
    }
}
