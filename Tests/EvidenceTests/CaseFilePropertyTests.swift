// What must hold when a recorded case is damaged or turned round: lost data, lost twins and swapped sides never PASS
// what was not good, and an improvement never FAILs.
import Evidence
import Judge
import Testing

struct CaseFilePropertyTests {
    private static let notGood = ["regressed", "subtle", "nodata"]

    private static let pairedNotGood = CaseFiles.expected.filter {
        notGood.contains($0.truth) && !$0.name.hasPrefix("unpaired")
    }.map(\.name)

    private func expected(_ name: String) throws -> CaseFiles.Expected {
        try #require(CaseFiles.expected.first { $0.name == name })
    }

    private func passes(_ recorded: CaseFile, after hour: Int) throws -> [Int] {
        try CaseFiles.verdicts(recorded).filter { $0.state == .pass && $0.hour >= hour }.map(\.hour)
    }

    @Test(arguments: pairedNotGood)
    func removingDataNeverTurnsABadCaseIntoPass(_ name: String) async throws {
        let expected = try expected(name)
        let whole = try CaseFiles.read(name)
        var generator = SeededNumbers(name.utf8.reduce(7) { $0 &* 31 &+ UInt64($1) })
        let before = expected.truth == "nodata" ? expected.hours - 2 : expected.onsetHour + 6
        let share = Double.random(in: 0.02...0.4, using: &generator)
        var thinned = whole
        thinned.pairRows = whole.pairRows.compactMap { row in
            guard Double.random(in: 0..<1, using: &generator) < share else { return row }
            var row = row
            switch Int.random(in: 0..<3, using: &generator) {
            case 0: return nil
            case 1: row.new = CopyValues(absent: .silent)
            default: row.old = CopyValues(absent: .silent)
            }
            return row
        }
        let wrong = try passes(thinned, after: before)
        #expect(wrong.isEmpty, "\(name): PASS at \(wrong) with \(share) removed")
    }

    @Test(arguments: ["bad-cpu-30", "bad-gross", "bad-p99-45", "bad-tail-only", "subtle-cpu-20"])
    func swappedSidesAreAnImprovementAndNeverFail(_ name: String) async throws {
        var swapped = try CaseFiles.read(name)
        for index in swapped.pairRows.indices {
            let row = swapped.pairRows[index]
            swapped.pairRows[index].old = row.new
            swapped.pairRows[index].new = row.old
        }
        let verdicts = try CaseFiles.verdicts(swapped)
        #expect(verdicts.allSatisfy { $0.state != .fail })
    }

    @Test func aSwappedImprovementNeverPasses() throws {
        // New copies that were a fifth faster make, turned round, a regression of a quarter: beyond the margin.
        var swapped = try CaseFiles.read("clean-improved")
        for index in swapped.pairRows.indices {
            let row = swapped.pairRows[index]
            swapped.pairRows[index].old = row.new
            swapped.pairRows[index].new = row.old
            if case .value(let value) = row.old[.cpu] { swapped.pairRows[index].new[.cpu] = .value(value * 1.15) }
        }
        #expect(try passes(swapped, after: 1).isEmpty)
    }

    @Test(arguments: ["clean-plain", "clean-heavy-tail", "clean-memory", "real-clean-2"])
    func aNewHostThatFallsSilentOrAPairThatLosesItsTwinNeverPasses(_ name: String) async throws {
        let whole = try CaseFiles.read(name)
        let from = 20 * 12
        var silent = whole
        for index in silent.pairRows.indices where silent.pairRows[index].block >= from {
            if silent.pairRows[index].host == "n1" { silent.pairRows[index].new = CopyValues(absent: .silent) }
        }
        #expect(try passes(silent, after: 22).isEmpty, "silent host")
        var lonely = whole
        for index in lonely.pairRows.indices where lonely.pairRows[index].block >= from {
            if lonely.pairRows[index].pair == "b" { lonely.pairRows[index].new = CopyValues(absent: .silent) }
        }
        #expect(try passes(lonely, after: 22).isEmpty, "lost twin")
        var stopped = whole
        stopped.pairRows.removeAll { $0.block >= from }
        #expect(try passes(stopped, after: 1).isEmpty, "data stop")
    }

    @Test func aCaseWithoutAnyRowIsInconclusiveThroughout() throws {
        var empty = try CaseFiles.read("clean-plain")
        empty.pairRows = []
        #expect(try CaseFiles.verdicts(empty).allSatisfy { $0.state == .inconclusive })
        var hosts = try CaseFiles.read("unpaired-clean-10")
        hosts.hostRows = []
        #expect(try CaseFiles.verdicts(hosts).allSatisfy { $0.state == .inconclusive })
    }

    @Test func theOrderOfLinesChangesNotOneBit() throws {
        let whole = try CaseFiles.read("bad-with-gaps")
        var shuffled = whole
        var generator = SeededNumbers(9)
        shuffled.pairRows.shuffle(using: &generator)
        shuffled.pairs.shuffle(using: &generator)
        #expect(try CaseFiles.verdicts(shuffled) == CaseFiles.verdicts(whole))
    }
}
