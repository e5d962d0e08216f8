import Ledger
import Shared
import Testing

@testable import Collector

/// What every store must do, whatever it is built on.
@Suite struct StoreConformanceTests {
    private static func row(
        host: String = "a", run: UInt8 = 1, _ sequence: UInt64, time: UInt64? = nil, received: UInt64? = nil,
        content: UInt8 = 7
    ) -> ReportRow {
        ReportRow(
            host: host, runID: [UInt8](repeating: run, count: 16), sequence: sequence,
            timeMicroseconds: time ?? sequence * 10, receivedMicroseconds: received ?? sequence * 10 + 1,
            skewMicroseconds: -3, digest: Digest(of: [content]).bytes, body: [content, 0, 255])
    }

    // MARK: Reports

    @Test(arguments: StoreFactory.allCases)
    func reportsComeBackAsTheyWereCommitted(_ factory: StoreFactory) async throws {
        let store = try factory.make()
        let rows = [Self.row(1), Self.row(2), Self.row(host: "b", 1)]
        #expect(try await store.commit(rows) == [.stored, .stored, .stored])
        let found = try await store.reports(host: "a", fromTimeMicroseconds: 0, after: 0, limit: 10)
        #expect(found.map(\.row) == [rows[0], rows[1]])
        #expect(found.map(\.position).allSatisfy { $0 > 0 })
        #expect(try await store.lastReport(host: "a") == rows[1])
        #expect(try await store.lastReport(host: "b") == rows[2])
        #expect(try await store.lastReport(host: "c") == nil)
    }

    @Test(arguments: StoreFactory.allCases)
    func aRepeatedReportIsADuplicateAndOtherContentAConflict(_ factory: StoreFactory) async throws {
        let store = try factory.make()
        #expect(
            try await store.commit([Self.row(1), Self.row(1), Self.row(1, content: 8)])
                == [.stored, .duplicate, .conflict])
        #expect(
            try await store.commit([Self.row(1), Self.row(1, content: 8), Self.row(2)])
                == [.duplicate, .conflict, .stored])
        // Another run of the agent, and another host, have numbers of their own.
        #expect(
            try await store.commit([Self.row(run: 2, 1, content: 8), Self.row(host: "b", 1, content: 8)])
                == [.stored, .stored])
        let found = try await store.reports(host: "a", fromTimeMicroseconds: 0, after: 0, limit: 10)
        #expect(found.map(\.row) == [Self.row(1), Self.row(2), Self.row(run: 2, 1, content: 8)])
    }

    @Test(arguments: StoreFactory.allCases)
    func reportsArePagedInCommitOrderFromATimeOn(_ factory: StoreFactory) async throws {
        let store = try factory.make()
        // Times do not rise with the commits: a clock was set back.
        let times: [UInt64] = [500, 100, 300, 200, 400]
        for (index, time) in times.enumerated() {
            _ = try await store.commit([
                Self.row(UInt64(index + 1), time: time), Self.row(host: "b", UInt64(index + 1)),
            ])
        }
        var seen: [UInt64] = []
        var position: Int64 = 0
        for _ in 0..<10 {
            let page = try await store.reports(host: "a", fromTimeMicroseconds: 200, after: position, limit: 2)
            guard let last = page.last else { break }
            #expect(page.count <= 2)
            seen += page.map(\.row.timeMicroseconds)
            position = last.position
        }
        #expect(seen == [500, 300, 200, 400])
    }

    @Test(arguments: StoreFactory.allCases)
    func oldReportsGoOldestFirstAndTheLastOfEachHostStays(_ factory: StoreFactory) async throws {
        let store = try factory.make()
        for sequence in 1...10 { _ = try await store.commit([Self.row(UInt64(sequence))]) }
        _ = try await store.commit([Self.row(host: "b", 1, received: 15)])
        let before = try await store.reports(host: "a", fromTimeMicroseconds: 0, after: 0, limit: 20).map(\.position)
        // Received at 11, 21, ... 101.
        #expect(try await store.deleteReports(receivedBefore: 61, limit: 3) == 3)
        #expect(try await store.deleteReports(receivedBefore: 61, limit: 3) == 2)
        #expect(try await store.deleteReports(receivedBefore: 61, limit: 3) == 0)
        var left = try await store.reports(host: "a", fromTimeMicroseconds: 0, after: 0, limit: 20)
        #expect(left.map(\.row.sequence) == [6, 7, 8, 9, 10])
        #expect(try await store.deleteReports(receivedBefore: .max, limit: 100) == 4)
        left = try await store.reports(host: "a", fromTimeMicroseconds: 0, after: 0, limit: 20)
        #expect(left.map(\.row.sequence) == [10])
        #expect(try await store.lastReport(host: "b")?.sequence == 1)
        // What is new comes after all that ever was.
        _ = try await store.commit([Self.row(11)])
        let newest = try await store.reports(host: "a", fromTimeMicroseconds: 0, after: 0, limit: 20).last
        #expect(try #require(newest).position > #require(before.max()))
    }

    @Test(arguments: StoreFactory.allCases)
    func concurrentCommitsLoseNothing(_ factory: StoreFactory) async throws {
        let store = try factory.make()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for host in 0..<8 {
                group.addTask {
                    for sequence in 1...20 {
                        let outcomes = try await store.commit([Self.row(host: "h\(host)", UInt64(sequence))])
                        #expect(outcomes == [.stored])
                    }
                }
            }
            try await group.waitForAll()
        }
        for host in 0..<8 {
            let found = try await store.reports(host: "h\(host)", fromTimeMicroseconds: 0, after: 0, limit: 100)
            #expect(found.map(\.row.sequence) == Array(1...20))
        }
    }

    // MARK: Hosts

    @Test(arguments: StoreFactory.allCases)
    func hostsAreWrittenAndOverwritten(_ factory: StoreFactory) async throws {
        let store = try factory.make()
        var row = HostRow(
            host: "b", state: .pending, machineIDDigest: nil, addresses: "10.0.0.0/8", duplicateAtMicroseconds: nil,
            awaitsOperator: false, changedBy: "spiffe://x/perch/person/p", changedAtMicroseconds: 5, reason: "")
        try await store.put(row)
        row.state = .banned
        row.machineIDDigest = [UInt8](repeating: 9, count: 32)
        row.duplicateAtMicroseconds = 77
        row.awaitsOperator = true
        row.reason = "stolen"
        try await store.put(row)
        var other = row
        other.host = "a"
        other.addresses = nil
        try await store.put(other)
        #expect(try await store.hosts() == [other, row])
    }

    @Test(arguments: StoreFactory.allCases)
    func theWaitingListIsBoundedAndRenewed(_ factory: StoreFactory) async throws {
        let store = try factory.make()
        func row(_ index: Int, _ address: String = "127.0.0.1") -> WaitingRow {
            WaitingRow(
                host: "h\(index)", address: address, machineIDDigest: index == 0 ? [] : [1],
                firstSeenMicroseconds: UInt64(index), lastSeenMicroseconds: UInt64(index))
        }
        for index in 0..<Limits.waitingHosts { #expect(try await store.putWaiting(row(index))) }
        #expect(try await !store.putWaiting(row(Limits.waitingHosts)))
        var renewed = row(0, "10.1.1.1")
        renewed.firstSeenMicroseconds = 99
        renewed.lastSeenMicroseconds = 100
        #expect(try await store.putWaiting(renewed))
        let first = try #require(try await store.waitingHosts().first)
        #expect(first.address == "10.1.1.1" && first.firstSeenMicroseconds == 0 && first.lastSeenMicroseconds == 100)
        try await store.removeWaiting(host: "h0")
        #expect(try await store.putWaiting(row(Limits.waitingHosts)))
        #expect(try await store.waitingHosts().count == Limits.waitingHosts)
    }

    // MARK: Blocks

    @Test(arguments: StoreFactory.allCases)
    func aFrozenBlockNeverChanges(_ factory: StoreFactory) async throws {
        let store = try factory.make()
        func row(_ index: Int64, _ seconds: Int = 300, content: UInt8 = 1) -> BlockRow {
            BlockRow(
                host: "a", blockSeconds: seconds, index: index, frozenAtMicroseconds: 5,
                digest: Digest(of: [content]).bytes, body: [content])
        }
        #expect(try await store.freeze([row(3), row(1), row(2)]) == 3)
        #expect(try await store.freeze([row(2, content: 9), row(4)]) == 1)
        #expect(try await store.freeze([row(7, 60)]) == 1)
        #expect(try await store.blocks(host: "a", blockSeconds: 300, from: 2, to: 3) == [row(2), row(3)])
        #expect(try await store.blocks(host: "a", blockSeconds: 300, from: 3, to: 2) == [])
        #expect(try await store.blocks(host: "b", blockSeconds: 300, from: 0, to: 9) == [])
        #expect(try await store.lastBlock(host: "a", blockSeconds: 300) == 4)
        #expect(try await store.lastBlock(host: "a", blockSeconds: 60) == 7)
        #expect(try await store.lastBlock(host: "b", blockSeconds: 60) == nil)
    }

    // MARK: Roll-outs and verdicts

    @Test(arguments: StoreFactory.allCases)
    func aRolloutIsInsertedOnceAndUpdatedByVersion(_ factory: StoreFactory) async throws {
        let store = try factory.make()
        var row = RolloutRow(id: "r1", version: 1, createdBy: "me", body: Array("{}".utf8))
        #expect(try await store.insert(row))
        #expect(try await !store.insert(RolloutRow(id: "r1", version: 9, createdBy: "you", body: [])))
        let second = RolloutRow(id: "a", version: 1, createdBy: "me", body: [])
        #expect(try await store.insert(second))
        #expect(try await store.rollouts() == [row, second])
        row.version = 2
        row.body = [1]
        #expect(try await store.update(row, expecting: 1))
        #expect(try await !store.update(row, expecting: 1))
        #expect(try await !store.update(RolloutRow(id: "x", version: 2, createdBy: "me", body: []), expecting: 1))
        #expect(try await store.rollouts() == [row, second])
    }

    @Test(arguments: StoreFactory.allCases)
    func verdictsAreFoundByIdTimeAndAsTheLatest(_ factory: StoreFactory) async throws {
        let store = try factory.make()
        func row(_ id: String, _ rollout: String, _ at: UInt64) -> VerdictRow {
            VerdictRow(
                id: id, rollout: rollout, judging: 1, hour: Int(at), evaluatedAtMicroseconds: at, state: "PASS",
                body: Array(id.utf8))
        }
        for verdict in [row("v1", "r", 10), row("v2", "r", 20), row("w", "s", 30)] { try await store.append(verdict) }
        var again = row("v1", "r", 99)
        again.state = "FAIL"
        try await store.append(again)
        #expect(try await store.verdict(id: "v1") == row("v1", "r", 10))
        #expect(try await store.verdict(id: "none") == nil)
        #expect(try await store.latest(rollout: "r") == row("v2", "r", 20))
        #expect(try await store.latest(rollout: "none") == nil)
        #expect(try await store.at(rollout: "r", microseconds: 9) == nil)
        #expect(try await store.at(rollout: "r", microseconds: 10) == row("v1", "r", 10))
        #expect(try await store.at(rollout: "r", microseconds: .max) == row("v2", "r", 20))
    }

    // MARK: Answers and events

    @Test(arguments: StoreFactory.allCases)
    func anAnswerIsKeptForItsCallerAndRequest(_ factory: StoreFactory) async throws {
        let store = try factory.make()
        let answer = StoredAnswer(
            key: "k", caller: "me", requestDigest: [1, 2], status: 201, headers: ["Location": "/x \"y\""], body: [3],
            storedMicroseconds: 50)
        #expect(try await store.recall(key: "k", caller: "me") == nil)
        #expect(try await store.remember(answer))
        #expect(try await store.remember(answer))
        var other = answer
        other.requestDigest = [9]
        #expect(try await !store.remember(other))
        #expect(try await store.recall(key: "k", caller: "me") == answer)
        #expect(try await store.recall(key: "k", caller: "you") == nil)
        other.caller = "you"
        other.storedMicroseconds = 60
        #expect(try await store.remember(other))
        #expect(try await store.forgetAnswers(storedBefore: 60) == 1)
        #expect(try await store.recall(key: "k", caller: "me") == nil)
        #expect(try await store.recall(key: "k", caller: "you") == other)
    }

    @Test(arguments: StoreFactory.allCases)
    func eventsComeNewestFirst(_ factory: StoreFactory) async throws {
        let store = try factory.make()
        let events = SecurityEvent.Kind.allCases.enumerated().map { index, kind in
            SecurityEvent(
                kind: kind, atMicroseconds: UInt64(index), host: "h", caller: "c", address: "::1", detail: "d\(index)")
        }
        for event in events { try await store.append(event) }
        #expect(try await store.events(limit: 2) == Array(events.reversed().prefix(2)))
        #expect(try await store.events(limit: 100) == events.reversed())
    }

    @Test(arguments: StoreFactory.allCases)
    func aRolloutsVerdictsAreListedNewestFirst(_ factory: StoreFactory) async throws {
        let store = try factory.make()
        func row(_ id: String, _ rollout: String, hour: Int) -> VerdictRow {
            VerdictRow(
                id: id, rollout: rollout, judging: 1, hour: hour, evaluatedAtMicroseconds: UInt64(hour), state: "PASS",
                body: [UInt8(hour)])
        }
        let rows = [row("a", "r1", hour: 1), row("b", "r1", hour: 2), row("x", "r2", hour: 1), row("c", "r1", hour: 3)]
        for row in rows { try await store.append(row) }
        #expect(try await store.verdicts(rollout: "r1", limit: 10) == [rows[3], rows[1], rows[0]])
        #expect(try await store.verdicts(rollout: "r1", limit: 2).map(\.id) == ["c", "b"])
        #expect(try await store.verdicts(rollout: "r3", limit: 2).isEmpty)
    }
}
