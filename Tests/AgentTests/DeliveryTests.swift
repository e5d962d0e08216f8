// Delivery's state machine: by cases, and by random events against a small model of spool and collector.
import Shared
import Testing

@testable import Agent

@Suite struct DeliveryTests {
    private static let run = RunID(high: 3, low: 4)

    private func keys(_ range: ClosedRange<UInt64>) -> [ReportKey] {
        range.map { ReportKey(run: Self.run, sequence: $0) }
    }

    private func answer(
        _ status: Int, code: String? = nil, retryAfter: String? = nil, ends: Bool = false
    ) -> Answer {
        let body = code.map { Array("{\"title\":\"t\",\"code\":\"\($0)\"}".utf8) } ?? []
        return Answer(status: status, body: body, retryAfter: retryAfter, endsConnection: ends)
    }

    private func committed(_ sequence: UInt64, run: RunID = DeliveryTests.run, ends: Bool = false) -> Answer {
        var ack = Ack()
        var entry = RunAck()
        entry.runID = .init(run.bytes)
        entry.committed = sequence
        ack.runs = [entry]
        let body: [UInt8] = (try? ack.serializedBytes()) ?? []
        return Answer(status: 200, body: body, retryAfter: nil, endsConnection: ends)
    }

    /// Connected, with these reports sent.
    private func sent(_ delivery: inout Delivery, _ keys: [ReportKey], now: UInt64 = 0) {
        if delivery.handle(.poked, nowMilliseconds: now, waiting: keys.count) == [.connect] {
            _ = delivery.handle(.connected, nowMilliseconds: now, waiting: keys.count)
        }
        delivery.took(keys)
    }

    @Test func itConnectsSendsAndRemoves() {
        var delivery = Delivery(seed: 1)
        #expect(delivery.handle(.poked, nowMilliseconds: 0, waiting: 0) == [])
        #expect(delivery.handle(.poked, nowMilliseconds: 0, waiting: 2) == [.connect])
        #expect(delivery.handle(.poked, nowMilliseconds: 0, waiting: 3) == [])
        #expect(
            delivery.handle(.connected, nowMilliseconds: 0, waiting: 3)
                == [.send(maximumReports: Limits.reportsPerBatch)])
        delivery.took(keys(1...3))
        #expect(delivery.handle(.poked, nowMilliseconds: 1, waiting: 4) == [])
        #expect(
            delivery.handle(.answered(committed(3)), nowMilliseconds: 2, waiting: 4)
                == [.remove(keys(1...3)), .send(maximumReports: Limits.reportsPerBatch)])
    }

    @Test func onlyWhatTheCollectorNamesIsRemoved() {
        var delivery = Delivery(seed: 1)
        sent(&delivery, keys(1...3))
        #expect(
            delivery.handle(.answered(committed(2)), nowMilliseconds: 2, waiting: 3).first == .remove(keys(1...2)))
        var other = Delivery(seed: 1)
        sent(&other, keys(1...3))
        let actions = other.handle(
            .answered(committed(99, run: RunID(high: 0, low: 0))), nowMilliseconds: 2, waiting: 3)
        #expect(!actions.contains { if case .remove = $0 { true } else { false } })
        #expect(other.isResting)
    }

    @Test func anAcknowledgementBeyondWhatWasSentRemovesOnlyWhatWasSent() {
        var delivery = Delivery(seed: 1)
        sent(&delivery, keys(1...3))
        #expect(
            delivery.handle(.answered(committed(1_000_000)), nowMilliseconds: 2, waiting: 9).first
                == .remove(keys(1...3)))
    }

    @Test func failuresBackOffToAMinuteAndOneSuccessResetsThem() {
        var delivery = Delivery(seed: 5)
        var now: UInt64 = 0
        var waits: [UInt64] = []
        for _ in 0..<12 {
            #expect(delivery.handle(.poked, nowMilliseconds: now, waiting: 1) == [.connect])
            let actions = delivery.handle(.disconnected(reason: "x"), nowMilliseconds: now, waiting: 1)
            #expect(actions.count == 1)
            let wake = delivery.wakeMilliseconds ?? 0
            // Nothing moves it before its time.
            #expect(delivery.handle(.poked, nowMilliseconds: wake - 1, waiting: 1) == [])
            waits.append(wake - now)
            now = wake
        }
        for (index, wait) in waits.enumerated() {
            let whole = min(60_000, 1000 << UInt64(min(index, 10)))
            #expect(wait >= whole / 2 && wait <= whole, "\(index): \(wait)")
        }
        sent(&delivery, keys(1...1), now: now)
        _ = delivery.handle(.answered(committed(1)), nowMilliseconds: now, waiting: 1)
        #expect(delivery.handle(.disconnected(reason: "idle"), nowMilliseconds: now, waiting: 0) == [])
        #expect(delivery.handle(.poked, nowMilliseconds: now, waiting: 1) == [.connect])
        _ = delivery.handle(.disconnected(reason: "x"), nowMilliseconds: now, waiting: 1)
        #expect((delivery.wakeMilliseconds ?? 0) - now <= 1000)
    }

    @Test func twoAgentsDoNotReturnTogether() {
        let waits = (0..<20).map { seed in
            var delivery = Delivery(seed: UInt64(seed))
            _ = delivery.handle(.poked, nowMilliseconds: 0, waiting: 1)
            _ = delivery.handle(.disconnected(reason: "x"), nowMilliseconds: 0, waiting: 1)
            return delivery.wakeMilliseconds ?? 0
        }
        #expect(Set(waits).count > 15)
    }

    @Test func aRefusedHostPausesForTenMinutesMoreOrLess() {
        for seed in 0..<200 {
            var delivery = Delivery(seed: UInt64(seed))
            sent(&delivery, keys(1...1), now: 1000)
            let actions = delivery.handle(
                .answered(answer(403, code: "host-banned")), nowMilliseconds: 1000, waiting: 1)
            #expect(actions.first == .noteRefusal(code: "host-banned"))
            let pause = (delivery.wakeMilliseconds ?? 0) - 1000
            #expect((540_000...660_000).contains(pause))
        }
    }

    @Test func theCollectorsRetryAfterIsObeyedAndBounded() {
        for (text, shortest, longest) in [("7", 7000, 7700), ("0", 100, 100), ("999999", 3_600_000, 3_960_000)] {
            var delivery = Delivery(seed: 9)
            sent(&delivery, keys(1...1))
            _ = delivery.handle(.answered(answer(503, retryAfter: text)), nowMilliseconds: 0, waiting: 1)
            let wake = Int(delivery.wakeMilliseconds ?? 0)
            #expect((shortest...longest).contains(wake), "\(text): \(wake)")
        }
        for status in [429, 503, 500, 404, 302, 200] {
            var delivery = Delivery(seed: 9)
            sent(&delivery, keys(1...1))
            _ = delivery.handle(
                .answered(answer(status, retryAfter: "Wed, 21 Oct 2015 07:28:00 GMT")), nowMilliseconds: 0, waiting: 1)
            #expect((500...1000).contains(delivery.wakeMilliseconds ?? 0), "\(status)")
        }
    }

    /// Exactly one report is bad: the others arrive, it is set aside, in about log2 of the batch's requests.
    @Test func aRefusedBatchIsHalvedDownToTheOffendingReport() {
        for bad in [1, 2, 100, 255, 256, 511, 512] as [UInt64] {
            var model = Model(count: 512, bad: [bad])
            model.run()
            #expect(model.aside == [bad])
            #expect(model.delivered.count == 511)
            #expect(model.requests < 40, "\(model.requests)")
        }
    }

    @Test func severalBadReportsAreAllFound() {
        var model = Model(count: 300, bad: [1, 2, 3, 77, 150, 299, 300])
        model.run()
        #expect(model.aside == [1, 2, 3, 77, 150, 299, 300])
        #expect(model.delivered == Array(1...300).filter { ![1, 2, 3, 77, 150, 299, 300].contains($0) })
    }

    @Test func aConnectionThatEndsBetweenReportsIsNoFailure() {
        var delivery = Delivery(seed: 1)
        sent(&delivery, keys(1...1))
        let actions = delivery.handle(.answered(committed(1, ends: true)), nowMilliseconds: 0, waiting: 2)
        #expect(actions == [.disconnect, .remove(keys(1...1)), .connect])
        #expect(!delivery.isResting)
    }

    @Test func atTheEndThereIsOneAttemptAndNoWait() {
        var delivery = Delivery(seed: 1)
        _ = delivery.handle(.poked, nowMilliseconds: 0, waiting: 1)
        _ = delivery.handle(.disconnected(reason: "x"), nowMilliseconds: 0, waiting: 1)
        #expect(delivery.isResting)
        #expect(delivery.handle(.ending, nowMilliseconds: 1, waiting: 1) == [.connect])
        #expect(delivery.handle(.disconnected(reason: "x"), nowMilliseconds: 2, waiting: 1).last == .finished)

        var idle = Delivery(seed: 1)
        #expect(idle.handle(.ending, nowMilliseconds: 0, waiting: 0) == [.finished])

        var refused = Delivery(seed: 1)
        sent(&refused, keys(1...1))
        _ = refused.handle(.answered(answer(403)), nowMilliseconds: 0, waiting: 1)
        #expect(refused.handle(.ending, nowMilliseconds: 1, waiting: 1) == [.finished])
    }

    /// Whatever happens: nothing is removed that was not acknowledged, at most one request is in flight, and with a
    /// collector that works again everything arrives.
    @Test func randomSequencesKeepTheInvariants() {
        let first = UInt64.random(in: 0...UInt64.max / 2)
        print("seeds from \(first)")
        for seed in first..<first + 300 {
            var random = SplitMix(state: seed)
            var model = Model(count: Int(random.next(upTo: 40)), bad: [], seed: seed)
            for _ in 0..<200 { model.randomStep(&random) }
            model.recover()
            #expect(model.isSound, "seed \(seed)")
            #expect(model.waiting.isEmpty, "seed \(seed)")
        }
    }
}

/// A spool of numbers and a collector that refuses some of them.
private struct Model {
    private static let run = RunID(high: 3, low: 4)
    var delivery: Delivery
    var waiting: [UInt64]
    let bad: Set<UInt64>
    var delivered: [UInt64] = []
    var aside: [UInt64] = []
    var requests = 0
    var isSound = true
    private var inFlight: [UInt64]?
    private var isConnecting = false
    private var isConnected = false
    private var now: UInt64 = 0
    private var next: UInt64

    init(count: Int, bad: Set<UInt64>, seed: UInt64 = 1) {
        delivery = Delivery(seed: seed)
        waiting = (0..<count).map { UInt64($0) + 1 }
        next = UInt64(count) + 1
        self.bad = bad
    }

    mutating func run() {
        handle(.poked)
        for _ in 0..<10_000 where !waiting.isEmpty {
            if isConnecting {
                connect()
            } else if inFlight != nil {
                answerProperly()
            } else {
                now = max(now, delivery.wakeMilliseconds ?? now)
                handle(.poked)
            }
        }
    }

    mutating func recover() { run() }

    mutating func randomStep(_ random: inout SplitMix) {
        now += random.next(upTo: 3000)
        switch random.next(upTo: 9) {
        case 0, 1:
            waiting.append(next)
            next += 1
            handle(.poked)
        case 2: handle(.poked)
        case 3 where isConnecting: connect()
        case 4 where isConnecting || isConnected:
            (isConnecting, isConnected, inFlight) = (false, false, nil)
            handle(.disconnected(reason: "random"))
        case 5, 6: if inFlight != nil { answerProperly() }
        case 7:
            guard inFlight != nil else { return }
            inFlight = nil
            let status = [429, 500, 503, 404, 200][Int(random.next(upTo: 4))]
            handle(.answered(Answer(status: status, body: [], retryAfter: "1", endsConnection: false)))
        case 8:
            guard let sent = inFlight, let first = sent.first else { return }
            inFlight = nil
            isConnected = false
            handle(.answered(ack(first, ends: true)))
        default: now += 10_000
        }
    }

    private mutating func connect() {
        isConnecting = false
        isConnected = true
        handle(.connected)
    }

    private mutating func answerProperly() {
        guard let sent = inFlight else { return }
        inFlight = nil
        if sent.contains(where: { bad.contains($0) }) {
            let body = Array("{\"code\":\"malformed\"}".utf8)
            handle(.answered(Answer(status: 400, body: body, retryAfter: nil, endsConnection: false)))
        } else {
            handle(.answered(ack(sent.last ?? 0, ends: false)))
        }
    }

    private func ack(_ sequence: UInt64, ends: Bool) -> Answer {
        var ack = Ack()
        var entry = RunAck()
        entry.runID = .init(Self.run.bytes)
        entry.committed = sequence
        ack.runs = [entry]
        return Answer(
            status: 200, body: (try? ack.serializedBytes()) ?? [], retryAfter: nil, endsConnection: ends)
    }

    private mutating func handle(_ event: Delivery.Event) {
        for action in delivery.handle(event, nowMilliseconds: now, waiting: waiting.count) {
            switch action {
            case .connect:
                isSound = isSound && !isConnecting && !isConnected && inFlight == nil
                isConnecting = true
            case .send(let count):
                isSound = isSound && isConnected && inFlight == nil && count > 0
                let taken = Array(waiting.prefix(count))
                isSound = isSound && !taken.isEmpty
                inFlight = taken
                requests += 1
                delivery.took(taken.map { ReportKey(run: Self.run, sequence: $0) })
            case .disconnect: isConnected = false
            case .remove(let keys):
                isSound = isSound && keys.allSatisfy { waiting.contains($0.sequence) }
                delivered += keys.map(\.sequence)
                waiting.removeAll { number in keys.contains { $0.sequence == number } }
            case .setAside(let key, _):
                isSound = isSound && bad.contains(key.sequence)
                aside.append(key.sequence)
                waiting.removeAll { $0 == key.sequence }
            case .noteRefusal, .say, .finished: break
            }
        }
    }
}
