// When to connect, what to send, how long to stay away: the whole of delivery as a state machine. Events and the time
// come in, actions go out; it touches neither network nor disk, and it removes no report that the collector has not
// named as committed or refused for good.
import Terms

struct Delivery {
    enum Event: Sendable {
        /// There may be something to send: a report was made, or a wait is over.
        case poked
        case connected
        /// The connection could not be made, or ended, or did not answer in time.
        case disconnected(reason: String)
        case answered(Answer)
        /// The agent ends: one last attempt, without waiting.
        case ending
    }

    enum Action: Equatable, Sendable {
        case connect
        /// Then `took` with what was taken from the spool.
        case send(maximumReports: Int)
        case disconnect
        case remove([ReportKey])
        case setAside(ReportKey, code: String)
        case noteRefusal(code: String)
        case say(Log.Priority, String)
        /// Nothing is left to be done before the end.
        case finished
    }

    private enum Link { case down, connecting, up }

    private enum State {
        /// Nothing in flight: to send, if there is something.
        case ready
        /// Sent, no answer yet. In the order in which they were sent.
        case awaiting([ReportKey])
        /// After a failure or by the collector's order.
        case resting(untilMilliseconds: UInt64, reason: Rest)
        case ended
    }

    private enum Rest { case failure, order }

    private var state = State.ready
    private var link = Link.down
    private var isEnding = false
    private var failures = 0
    /// The first so many waiting reports hold at least one that the collector refuses; 0: none known.
    private var suspects = 0
    private var random: SplitMix

    static let longestBackOffMilliseconds: UInt64 = 60_000
    static let longestRetryAfterSeconds: UInt64 = 3600

    init(seed: UInt64) { random = SplitMix(state: seed) }

    /// When `poked` is due even if no report comes. Never inlined: Swift 6.3.1's optimiser aborts on this match inside
    /// a caller that holds the machine in a class.
    @inline(never)
    var wakeMilliseconds: UInt64? {
        if case .resting(let until, _) = state { until } else { nil }
    }

    var isInFlight: Bool { if case .awaiting = state { true } else { false } }
    @inline(never)
    var isResting: Bool { if case .resting = state { true } else { false } }

    mutating func handle(_ event: Event, nowMilliseconds now: UInt64, waiting: Int) -> [Action] {
        switch event {
        case .poked: return proceed(now, waiting)
        case .connected:
            guard link == .connecting else { return [] }
            link = .up
            return proceed(now, waiting)
        case .disconnected(let reason): return disconnected(reason, now, waiting)
        case .answered(let answer): return answered(answer, now, waiting)
        case .ending:
            isEnding = true
            if case .resting(_, .failure) = state { state = .ready }
            if case .resting(_, .order) = state { state = .ended }
            return proceed(now, waiting)
        }
    }

    /// Follows `send`: the reports that were taken; none, if the spool had nothing after all.
    mutating func took(_ keys: [ReportKey]) {
        guard case .ready = state else { return }
        if !keys.isEmpty { state = .awaiting(keys) }
    }

    // MARK: Going on

    private mutating func proceed(_ now: UInt64, _ waiting: Int) -> [Action] {
        switch state {
        case .awaiting: return []
        case .ended: return [.finished]
        case .resting(let until, _):
            guard until <= now else { return [] }
            state = .ready
            return proceed(now, waiting)
        case .ready: break
        }
        guard waiting > 0 else { return isEnding ? [.finished] : [] }
        switch link {
        case .connecting: return []
        case .down:
            link = .connecting
            return [.connect]
        case .up: return [.send(maximumReports: nextCount)]
        }
    }

    private var nextCount: Int { suspects > 0 ? max(1, suspects / 2) : Limits.reportsPerBatch }

    private mutating func disconnected(_ reason: String, _ now: UInt64, _ waiting: Int) -> [Action] {
        let wasConnecting = link == .connecting
        link = .down
        switch state {
        case .awaiting: return failed(reason, now)
        case .ready where wasConnecting: return failed(reason, now)
        // The collector ends idle and old connections; the next report opens another.
        case .ready, .resting: return []
        case .ended: return [.finished]
        }
    }

    private mutating func failed(_ reason: String, _ now: UInt64) -> [Action] {
        failures += 1
        return rest(
            backOff(), now, .failure, [.say(.warning, "cannot deliver reports: \(reason); they are kept")])
    }

    /// 1 s, 2 s, 4 s, ... 60 s, each between a half and the whole of it, so that a fleet does not return as one.
    private mutating func backOff() -> UInt64 {
        let whole = min(Self.longestBackOffMilliseconds, 1000 << UInt64(min(failures - 1, 10)))
        return whole / 2 + random.next(upTo: whole / 2)
    }

    private mutating func rest(
        _ milliseconds: UInt64, _ now: UInt64, _ reason: Rest, _ actions: [Action]
    ) -> [Action] {
        if isEnding {
            state = .ended
            return actions + [.finished]
        }
        state = .resting(untilMilliseconds: now + milliseconds, reason: reason)
        return actions
    }

    // MARK: Answers

    private mutating func answered(_ answer: Answer, _ now: UInt64, _ waiting: Int) -> [Action] {
        guard case .awaiting(let sent) = state else { return [] }
        state = .ready
        var actions: [Action] = []
        if answer.endsConnection {
            link = .down
            actions.append(.disconnect)
        }
        switch answer.meaning {
        case .committed(let runs): return actions + committed(runs, sent, now, waiting)
        case .refusedContent: return actions + refused(answer, sent, now, waiting)
        case .refusedHost:
            if let code = answer.code { actions.append(.noteRefusal(code: code)) }
            let pause = Limits.refusalPauseSeconds * 1000
            let jittered = UInt64(pause * 9 / 10) + random.next(upTo: UInt64(pause / 5))
            actions.append(
                .say(
                    .error,
                    "the collector refuses this host (\(answer.said)); the next attempt is in \(jittered / 60_000) min")
            )
            return rest(jittered, now, .order, actions)
        case .busy:
            failures += 1
            guard let seconds = answer.retryAfterSeconds else { return actions + failedAgain(answer, now) }
            let asked = min(UInt64(seconds), Self.longestRetryAfterSeconds) * 1000
            let pause = max(asked, 100) + random.next(upTo: asked / 10)
            return rest(
                pause, now, .order,
                actions + [.say(.warning, "the collector is busy (\(answer.said)); reports are kept")])
        case .unexpected:
            failures += 1
            return actions + failedAgain(answer, now)
        }
    }

    private mutating func failedAgain(_ answer: Answer, _ now: UInt64) -> [Action] {
        rest(
            backOff(), now, .failure,
            [.say(.warning, "the collector answered \(answer.said); is its address right? Reports are kept")])
    }

    private mutating func committed(
        _ runs: [RunID: UInt64], _ sent: [ReportKey], _ now: UInt64, _ waiting: Int
    ) -> [Action] {
        let done = sent.filter { key in runs[key.run].map { key.sequence <= $0 } ?? false }
        guard !done.isEmpty else {
            // Nothing moved: to send the same again at once would be a loop.
            failures += 1
            return rest(
                backOff(), now, .failure,
                [.say(.warning, "the collector took reports and committed none; they are kept")])
        }
        var actions: [Action] = [.remove(done)]
        if failures > 0 { actions.append(.say(.notice, "reports are delivered again")) }
        failures = 0
        suspects = max(0, suspects - done.count)
        actions += proceed(now, max(0, waiting - done.count))
        return actions
    }

    /// The batch holds a report that will be refused for ever: look for it by halves.
    private mutating func refused(
        _ answer: Answer, _ sent: [ReportKey], _ now: UInt64, _ waiting: Int
    ) -> [Action] {
        failures = 0
        guard sent.count == 1, let culprit = sent.first else {
            suspects = sent.count
            return proceed(now, waiting)
        }
        suspects = max(0, suspects - 1)
        let code = answer.code ?? "status-\(answer.status)"
        return [
            .setAside(culprit, code: code),
            .say(.error, "the collector refused report \(culprit.sequence) for good (\(answer.said)); it is set aside"),
        ] + proceed(now, max(0, waiting - 1))
    }
}

/// Deterministic numbers from one seed (Steele, Lea, Flood 2014): jitter needs no better, and tests need the same.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    /// 0...limit.
    mutating func next(upTo limit: UInt64) -> UInt64 { UInt64.random(in: 0...limit, using: &self) }
}
