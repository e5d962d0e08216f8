// The paired judge as the collector drives it: hours, latching, and everything that withholds PASS.
import Testing

@testable import Judge

struct JudgingTests {
    @Test func aCleanFleetPassesWhenTheMinimumTimeIsOverAndNotBefore() throws {
        var fleet = Fleet()
        var judging = Judging(policy: .only(.cpu, .err), startBlock: 6000 * 12)
        let verdicts = try judging.run(hours: 26, &fleet)
        #expect(verdicts.map(\.hour) == Array(1...26))
        #expect(verdicts.prefix(23).allSatisfy { $0.state == .inconclusive })
        #expect(verdicts.suffix(3).allSatisfy { $0.state == .pass && $0.missing.isEmpty && $0.etaHours == nil })
        #expect(verdicts[20].missingIDs == ["fleet.all.hours"])
        #expect(verdicts[20].etaHours == 3)
        #expect(verdicts[25].window == BlockWindow(first: 72_000, last: 72_000 + 26 * 12 - 1, blockSeconds: 300))
        #expect(verdicts[25].judgedMetrics == 2)
    }

    @Test func aGrossRegressionOnThreeHostsFailsWithinTwoHours() throws {
        var fleet = Fleet()
        var judging = Judging(policy: .only(.cpu, .err), startBlock: 0)
        let verdicts = try judging.run(hours: 3, &fleet) { $1.worsen(.cpu, by: 1.7) }
        #expect(verdicts.map(\.state) == [.inconclusive, .fail, .fail])
        #expect(verdicts[1].failure?.check.id == "fleet.cpu.guard")
        #expect(verdicts[2].failedSinceHour == 2)
        #expect(verdicts[2].reason == verdicts[1].reason)
    }

    @Test func onTwoHostsTheGrossGuardNeedsTwoHoursOfHotBlocks() throws {
        var fleet = Fleet(pairs: 6, hosts: 2)
        var judging = Judging(policy: .only(.cpu), startBlock: 0)
        let verdicts = try judging.run(hours: 4, &fleet) { $1.worsen(.cpu, by: 1.7) }
        #expect(verdicts.map(\.state) == [.inconclusive, .inconclusive, .fail, .fail])
        #expect(verdicts[2].failure?.check.id == "fleet.cpu.guard")
    }

    @Test func onOneHostTheFleetGuardNeverFiresAndTheHostGuardDoesAfterEightHours() throws {
        var fleet = Fleet(pairs: 4, hosts: 1)
        // Strong memory of an hour keeps the interval from failing first.
        var judging = Judging(policy: .only(.cpu), startBlock: 0)
        var found: Verdict?
        for verdict in try judging.run(
            hours: 10, &fleet,
            { block, pair in
                pair.worsen(.cpu, by: block / 12 % 2 == 0 ? 1.6 : 30)
            }) where verdict.state == .fail && found == nil
        {
            found = verdict
        }
        let verdict = try #require(found)
        #expect(verdict.check("fleet.cpu.guard")?.state == .pass)
        #expect(verdict.hour == 8)
        #expect(verdict.failure?.check.id == "host.cpu.guard:n1")
    }

    @Test func failLatchesWhateverFollows() throws {
        var fleet = Fleet()
        var judging = Judging(policy: .only(.cpu), startBlock: 0)
        let verdicts = try judging.run(hours: 60, &fleet) { block, pair in
            if block < 40 { pair.worsen(.cpu, by: 2) }
        }
        let first = try #require(verdicts.firstIndex { $0.state == .fail })
        #expect(verdicts[first...].allSatisfy { $0.state == .fail && $0.failure == verdicts[first].failure })
        #expect(verdicts.last?.check("fleet.cpu.guard")?.state == .pass)
        #expect(judging.failure?.hour == first + 1)
    }

    @Test func passIsWithdrawnWhenDataStop() throws {
        var fleet = Fleet()
        var judging = Judging(policy: .only(.cpu, .err), startBlock: 0)
        let passed = try judging.run(hours: 25, &fleet)
        #expect(passed.last?.state == .pass)
        let silent = judging.finishHour()
        #expect(silent.state == .inconclusive)
        #expect(silent.missingIDs.contains("fleet.all.stale"))
        for _ in 0..<5 { _ = judging.finishHour() }
        let later = judging.finishHour()
        #expect(later.missingIDs.contains("fleet.all.coverage"))
        #expect(later.missingIDs.contains("fleet.cpu.recent"))
        #expect(later.missingIDs.contains("host.all.coverage:n1") == false)
    }

    @Test func blocksThatAreLeftOutCountAgainstThePairs() throws {
        var fleet = Fleet()
        var judging = Judging(policy: .only(.cpu), startBlock: 0)
        for hour in 0..<30 {
            for block in 0..<12 where block % 3 != 0 { try judging.add(fleet.block(hour * 12 + block)) }
            let verdict = judging.finishHour()
            #expect(verdict.state == .inconclusive)
            if hour == 29 { #expect(verdict.missingIDs == ["fleet.all.coverage"]) }
        }
    }

    @Test func blocksComeInOrderAndHoursAreFinished() throws {
        var fleet = Fleet()
        var judging = Judging(policy: .only(.cpu), startBlock: 30)
        try judging.add(fleet.block(31))
        #expect(throws: JudgingError.blockOutOfOrder(index: 31, expected: 32)) { try judging.add(fleet.block(31)) }
        #expect(throws: JudgingError.hourNotFinished(index: 36, hourEnds: 36)) { try judging.add(fleet.block(36)) }
        let first = judging.finishHour()
        #expect(first.hour == 1)
        #expect(judging.nextBlock == 36)
        try judging.add(fleet.block(36))
        let second = judging.finishHour()
        #expect(second.hour == 2)
    }

    @Test func aStartInsideAnHourMakesAShortFirstHour() throws {
        var fleet = Fleet()
        var judging = Judging(policy: .only(.cpu), startBlock: 12 * 100 + 7)
        let verdicts = try judging.run(hours: 25, &fleet)
        #expect(verdicts.map(\.hour) == Array(1...25))
        #expect(verdicts[23].state == .pass)
    }

    @Test func aCopyGoesItsOwnWay() throws {
        var fleet = Fleet()
        var judging = Judging(policy: .only(.cpu), startBlock: 0)
        _ = try judging.run(hours: 3, &fleet)
        var copy = judging
        _ = try copy.run(hours: 3, &fleet) { $1.worsen(.cpu, by: 3) }
        #expect(copy.failure != nil)
        #expect(judging.failure == nil)
        #expect(judging.nextBlock == 36)
    }

    @Test func aSilentNewCopyWithholdsPassByName() throws {
        var fleet = Fleet(pairs: 20, hosts: 4)
        var judging = Judging(policy: .only(.cpu), startBlock: 0)
        let verdicts = try judging.run(hours: 40, &fleet) { block, pair in
            if block >= 200, pair.name == "p07" { pair.new = CopyValues(absent: .silent) }
        }
        #expect(verdicts[15].state == .inconclusive)
        #expect(verdicts.suffix(17).allSatisfy { $0.state == .inconclusive })
        #expect(verdicts[30].missingIDs == ["pair.all.silence:p07"])
    }

    @Test func twoSleepingCopiesAreOwedNothingButOneIs() throws {
        var fleet = Fleet(pairs: 4, hosts: 2)
        var asleep = Judging(policy: .only(.cpu), startBlock: 0)
        let rested = try asleep.run(hours: 30, &fleet) { block, pair in
            if pair.name == "p00", block > 60 {
                pair.old.ops = .value(0)
                pair.new.ops = .value(0)
            }
        }
        #expect(rested.last?.state == .pass)
        var half = Judging(policy: .only(.cpu), startBlock: 0)
        let broken = try half.run(hours: 30, &fleet) { block, pair in
            if pair.name == "p00", block > 60 { pair.new.ops = .value(0) }
        }
        #expect(broken.last?.missingIDs == ["fleet.all.coverage"])
    }

    @Test func aNewHostWantsANewWarmUpAndAFormerOneDoesNot() {
        var pair = PairRecord(metrics: 1)
        let hosts = [Int](repeating: 0, count: 13) + [1, 1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1, 1]
        let warm = hosts.map { pair.isWarm(on: $0) }
        let cold = [Bool](repeating: false, count: 6)
        #expect(warm == cold + cold + [true] + cold + [true] + cold + [true])
    }

    @Test func aRegressionOfOneHostFailsThatHost() throws {
        var fleet = Fleet(pairs: 9, hosts: 3)
        var judging = Judging(policy: .only(.cpu), startBlock: 0)
        let verdicts = try judging.run(hours: 24, &fleet) { if $1.host == "n2" { $1.worsen(.cpu, by: 1.5) } }
        #expect(verdicts.last?.state == .fail)
        #expect(verdicts.last?.failure?.check.id == "host.cpu.interval:n2")
        #expect(judging.checks(ofHost: "n2").first?.state == .fail)
        #expect(judging.checks(ofHost: "n1").first?.state == .pass)
        #expect(judging.checks(ofHost: "nobody").isEmpty)
    }

    @Test func aRegressionOfOnePairWithholdsPassAndNeverFails() throws {
        var fleet = Fleet(pairs: 12, hosts: 3)
        var judging = Judging(policy: .only(.cpu, .err), startBlock: 0)
        let verdicts = try judging.run(hours: 30, &fleet) { if $1.name == "p04" { $1.worsen(.cpu, by: 1.6) } }
        #expect(verdicts.last?.state == .inconclusive)
        #expect(verdicts.last?.missingIDs == ["pair.cpu.interval:p04"])
        #expect(judging.checks(ofPair: "p04").map(\.state) == [.missing])
        #expect(judging.checks(ofPair: "nobody").isEmpty)
    }

    @Test func anEndedPairCountsNowhere() throws {
        var fleet = Fleet(pairs: 12, hosts: 3)
        var judging = Judging(policy: .only(.cpu), startBlock: 0)
        for block in 0..<(30 * 12) {
            var input = fleet.block(block) { if $0.name == "p04" { $0.worsen(.cpu, by: 1.6) } }
            if block >= 200 { input.pairs.removeAll { $0.name == "p04" } }
            try judging.add(input)
            if block % 12 == 11 {
                let verdict = judging.finishHour()
                if block < 199, block > 100 { #expect(verdict.missingIDs.contains("pair.cpu.interval:p04")) }
                if block == 359 { #expect(verdict.state == .pass) }
            }
        }
    }

    @Test func aLeakIsSeenAsDriftBeforeItFails() throws {
        var fleet = Fleet(pairs: 6, hosts: 3)
        var judging = Judging(policy: .only(.cpu), startBlock: 0)
        let verdicts = try judging.run(hours: 40, &fleet) { block, pair in
            pair.worsen(.cpu, by: 1 + 0.00018 * Double(block))
        }
        let drifting = try #require(verdicts.first { $0.missingIDs.contains("fleet.cpu.drift") })
        #expect((24...30).contains(drifting.hour))
        #expect(verdicts.allSatisfy { $0.state != .pass })
    }

    @Test func aLateStepIsSeenByARestart() throws {
        var fleet = Fleet(pairs: 6, hosts: 3)
        fleet.noise = 0.01
        var judging = Judging(policy: .only(.cpu), startBlock: 0)
        let verdicts = try judging.run(hours: 120, &fleet) { block, pair in
            if block >= 100 * 12 { pair.worsen(.cpu, by: 1.45) }
        }
        let fail = try #require(verdicts.first { $0.state == .fail })
        #expect(fail.failure?.check.id == "fleet.cpu.restart")
        #expect(fail.hour > 100 && fail.hour < 111)
    }

    @Test func aMetricThatSleepsOnBothSidesIsNotAskedForAndSaysSo() throws {
        var fleet = Fleet(pairs: 6, hosts: 3, metrics: [.cpu])
        var judging = Judging(policy: .only(.cpu, .disk), startBlock: 0)
        let verdict = try #require(
            try judging.run(hours: 25, &fleet) {
                $1.old[.disk] = .absent(.idle)
                $1.new[.disk] = .absent(.idle)
            }.last)
        #expect(verdict.state == .pass)
        #expect(verdict.check("fleet.disk.interval")?.state == .observe)
        #expect(verdict.check("fleet.disk.interval")?.reason == .mostlyIdle)
        var absent = Judging(policy: .only(.cpu, .disk), startBlock: 0)
        let other = try #require(
            try absent.run(hours: 25, &fleet) {
                $1.old[.disk] = .absent(.idle)
                $1.new[.disk] = .absent(.timeout)
            }.last)
        #expect(other.missingIDs.contains("fleet.disk.interval"))
        var alone = Judging(policy: .only(.disk), startBlock: 0)
        let nothing = try #require(
            try alone.run(hours: 25, &fleet) {
                $1.old[.disk] = .absent(.idle)
                $1.new[.disk] = .absent(.idle)
            }.last)
        #expect(nothing.missingIDs.contains("fleet.all.metrics"))
    }

    @Test func memoryIsJudgedByWhatItIs() throws {
        var fleet = Fleet(pairs: 6, hosts: 3, metrics: [.cpu, .mem])
        fleet.noise = 0.01
        var judging = Judging(policy: .only(.cpu, .mem), startBlock: 0)
        let verdicts = try judging.run(hours: 52, &fleet) { block, pair in
            if block / 12 == 20 { pair.worsen(.mem, by: 1.12) }
        }
        #expect(verdicts.allSatisfy { $0.state != .fail })
        #expect(verdicts[30].missingIDs == ["fleet.mem.interval"])
        #expect(verdicts[30].etaHours == 14)
        #expect(verdicts[43].missingIDs == ["fleet.mem.interval"])
        #expect(verdicts[44].state == .pass)
    }

    @Test func valuesThatAreNoNumbersAreNotBelieved() throws {
        var fleet = Fleet()
        var judging = Judging(policy: .only(.cpu, .err), startBlock: 0)
        let verdict = try #require(
            try judging.run(hours: 25, &fleet) { block, pair in
                if block > 20 { pair.new[.cpu] = .value(block % 2 == 0 ? .nan : .infinity) }
                if block > 20 { pair.new[.err] = .value(.nan) }
            }.last)
        #expect(verdict.state == .inconclusive)
        #expect(verdict.missingIDs.contains("fleet.cpu.recent"))
        #expect(verdict.missingIDs.contains("fleet.err.recent"))
        #expect(verdict.check("fleet.cpu.interval")?.value?.isFinite == true)
    }

    @Test func aDoubledNameIsNotBelieved() throws {
        var fleet = Fleet(pairs: 4, hosts: 2)
        var judging = Judging(policy: .only(.cpu), startBlock: 0)
        for block in 0..<(26 * 12) {
            var input = fleet.block(block)
            input.pairs.append(input.pairs[1])
            try judging.add(input)
            if block % 12 == 11 {
                let verdict = judging.finishHour()
                if block == 311 { #expect(verdict.missingIDs.contains("fleet.all.coverage")) }
                #expect(verdict.state == .inconclusive)
            }
        }
    }

    @Test func shortBlocksMakeShortHoursAndSentencesInRealTime() throws {
        var fleet = Fleet()
        var policy = JudgePolicy.only(.cpu, .err)
        policy.blockSeconds = 1
        policy.minHoursPass = 8
        let start = 1_772_409_600
        var judging = Judging(policy: policy, startBlock: start)
        let verdicts = try judging.run(hours: 9, &fleet)
        #expect(verdicts[6].state == .inconclusive)
        #expect(verdicts[7].state == .pass)
        #expect(verdicts[7].check("fleet.all.hours")?.sentence.contains("96 seconds") == true)
        #expect(verdicts[7].check("fleet.cpu.interval")?.sentence.contains("since 2 March 00:00:12 UTC") == true)
        #expect(verdicts[7].check("fleet.cpu.recent")?.sentence.contains("in the last 72 seconds") == true)
    }
}
