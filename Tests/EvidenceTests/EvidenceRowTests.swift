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
}
