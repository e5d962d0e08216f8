import Evidence
import Judge
import Shared
import Testing

@testable import Evaluation

@Suite struct PairBookTests {
    private func spec(_ pairs: RolloutSpec.Pairs) -> RolloutSpec {
        RolloutSpec(id: "r", artifacts: [], policy: "p", old: ["o1", "o2"], new: ["n1", "n2"], pairs: pairs)
    }

    private func block(_ host: String, _ instances: [String], seen: UInt64 = 30) -> HostBlock {
        var block = HostBlock(host: host, index: 1, blockSeconds: 300, samplesSeen: 30, samplesExpected: 30)
        block.instances = instances.map {
            InstanceBlock(
                name: $0,
                copy: CopyBlock(samplesSeen: seen, samplesExpected: 30, observedMicroseconds: 0, absent: .coverage))
        }
        return block
    }

    private func blocks(_ all: [HostBlock]) -> [String: HostBlock] {
        Dictionary(uniqueKeysWithValues: all.map { ($0.host, $0) })
    }

    @Test func aNameSeenOnBothSidesBecomesAPairAndStaysOne() {
        var book = PairBook(spec: spec(.auto))
        book.add(blocks([block("o1", ["b", "a"]), block("n1", ["a"]), block("n2", ["c"])]))
        #expect(book.pairs == [RolloutSpec.Pair(name: "a", old: "o1", new: "n1")])
        book.add(blocks([block("o2", ["c"]), block("n2", ["c"])]))
        #expect(book.pairs.map(\.name) == ["a", "c"])
        book.add([:])
        #expect(book.pairs.map(\.name) == ["a", "c"])
    }

    @Test func listedPairsAreOwedFromTheStart() {
        let listed = RolloutSpec.Pair(name: "x", old: "o1", new: "n1")
        var book = PairBook(spec: spec(.listed([listed])))
        book.add(blocks([block("o1", ["y"]), block("n1", ["y"])]))
        #expect(book.pairs == [listed])
    }

    @Test func aPairFollowsItsInstanceToAnotherNewHost() {
        var book = PairBook(spec: spec(.auto))
        book.add(blocks([block("o1", ["a"]), block("n1", ["a"])]))
        book.add(blocks([block("o1", ["a"]), block("n1", []), block("n2", ["a"])]))
        #expect(book.pairs == [RolloutSpec.Pair(name: "a", old: "o1", new: "n2")])
    }

    @Test func anInstanceThatCannotBeReadIsNoSighting() {
        var book = PairBook(spec: spec(.auto))
        book.add(blocks([block("o1", ["a"]), block("n1", ["a"], seen: 0)]))
        #expect(book.pairs.isEmpty)
    }

    @Test func orderOfHostsDecidesWhereANameIsTwice() {
        var book = PairBook(spec: spec(.auto))
        book.add(blocks([block("o2", ["a"]), block("o1", ["a"]), block("n2", ["a"]), block("n1", ["a"])]))
        #expect(book.pairs == [RolloutSpec.Pair(name: "a", old: "o1", new: "n1")])
    }
}

@Suite struct EndedPairsTests {
    private static let spec = RolloutSpec(
        id: "r", artifacts: [], policy: "p", old: ["o1"], new: ["n1"], pairs: .auto)

    private func blocks(old: [String], new: [String]) -> [String: HostBlock] {
        func block(_ host: String, _ names: [String]) -> HostBlock {
            var block = HostBlock(host: host, index: 1, blockSeconds: 300, samplesSeen: 30, samplesExpected: 30)
            block.instances = names.map {
                InstanceBlock(
                    name: $0,
                    copy: CopyBlock(samplesSeen: 30, samplesExpected: 30, observedMicroseconds: 0, absent: .coverage))
            }
            return block
        }
        return ["o1": block("o1", old), "n1": block("n1", new)]
    }

    @Test func aReportedMoveEndsThePairForGood() {
        var book = PairBook(spec: Self.spec)
        book.add(blocks(old: ["a", "b"], new: ["a", "b"]))
        #expect(book.pairs.map(\.name) == ["a", "b"])
        book.add(blocks(old: ["a", "b"], new: ["a", "b"]), moved: ["a"])
        #expect(book.pairs.map(\.name) == ["b"])
        book.add(blocks(old: ["a", "b"], new: ["a", "b"]))
        #expect(book.pairs.map(\.name) == ["b"])
    }

    @Test func anInstanceThatLeftTheOldHostEndsItsPairOnlyOnceInstancesMigrate() {
        var book = PairBook(spec: Self.spec)
        book.add(blocks(old: ["a", "b"], new: ["a", "b"]))
        for _ in 0..<5 { book.add(blocks(old: ["a"], new: ["a", "b"])) }
        #expect(book.pairs.map(\.name) == ["a", "b"])
        for left in [2, 2, 1] {
            book.add(blocks(old: ["a"], new: ["a", "b"]), isMigrating: true)
            #expect(book.pairs.count == left)
        }
        // Gone from both sides: a lost twin, no move.
        for _ in 0..<5 { book.add(blocks(old: [], new: []), isMigrating: true) }
        #expect(book.pairs.map(\.name) == ["a"])
    }
}

@Suite struct SituationBookTests {
    private func block(_ host: String, clients: UInt64?, logins: Int = 0, silent: Bool = false) -> HostBlock {
        if silent { return HostBlock(silent: host, index: 1, blockSeconds: 300) }
        var block = HostBlock(host: host, index: 1, blockSeconds: 300, samplesSeen: 30, samplesExpected: 30)
        block.journal.logins = (0..<logins).map { LoginFact(kind: .accepted, timeSeconds: UInt64($0), user: "ada") }
        if let clients {
            var instance = InstanceBlock(
                name: "a",
                copy: CopyBlock(samplesSeen: 30, samplesExpected: 30, observedMicroseconds: 0, absent: .coverage))
            instance.mostClients = clients
            block.instances = [instance]
        }
        return block
    }

    private func book(_ steps: [[HostBlock]]) -> Situation {
        var book = SituationBook(
            spec: RolloutSpec(id: "r", artifacts: [], policy: "p", old: ["o1"], new: ["n1"], pairs: .auto),
            blockSeconds: 300)
        for step in steps { book.add(Dictionary(uniqueKeysWithValues: step.map { ($0.host, $0) }), pairs: []) }
        return book.situation
    }

    @Test func idleMeansHeardAndWithoutClientsOrLogins() {
        #expect(book([[block("o1", clients: 1)], [block("o1", clients: nil)]]).oldIdleSeconds == 600)
        #expect(book([[block("o1", clients: 1)], [block("o1", clients: 2)]]).oldIdleSeconds == 0)
        #expect(book([[block("o1", clients: 1)], [block("o1", clients: 1, logins: 1)]]).oldIdleSeconds == 0)
        #expect(book([[block("o1", clients: 1)], [block("o1", clients: 1, silent: true)]]).oldIdleSeconds == 0)
    }

    @Test func anInstanceOnTheOldSideOnlyIsUnmoved() {
        #expect(book([[block("o1", clients: 3)]]).unmoved == ["a"])
        #expect(book([[block("o1", clients: 3), block("n1", clients: 3)]]).unmoved.isEmpty)
    }
}
