// Waiting at a gate as a pure state machine: events in, actions out, no clock and no network. It outlives restarts of
// the collector and failures of the network until its deadline. Must never end as open without an open answer.
import Shared

/// A gate's answer, understood, with the bytes as they came.
struct GateReply: Equatable, Sendable {
    var answer: GateAnswer
    var body: [UInt8]
}

/// How asking at a gate ended.
enum GateOutcome: Equatable, Sendable {
    /// Open or blocked; or waiting, when nobody meant to wait.
    case answered(GateReply)
    /// The deadline came; the trouble is the one that stood at that moment.
    case deadline(GateReply, trouble: Failure?)
    /// A signal came.
    case interrupted(GateReply?)
    /// No answer at all.
    case failed(Failure)

    var status: ExitStatus {
        switch self {
        case .answered(let reply): ExitStatus(reply.answer.state)
        case .deadline, .interrupted: .pending
        case .failed(let failure): failure.status
        }
    }

    var reply: GateReply? {
        switch self {
        case .answered(let reply), .deadline(let reply, _): reply
        case .interrupted(let reply): reply
        case .failed: nil
        }
    }
}

struct GateWait: Sendable {
    enum Event: Sendable {
        case answered(GateReply)
        case failed(ClientError)
        case paused
        case interrupted
    }

    enum Action: Equatable, Sendable {
        /// - Parameter waitSeconds: for the collector to hold the answer back; `nil`: answer at once.
        case ask(waitSeconds: Int?, timeout: Duration)
        case pause(Duration)
        case end(GateOutcome)
    }

    typealias Instant = ContinuousClock.Instant

    /// What a request may take beyond its long poll.
    static let answerTime = Duration.seconds(10)
    /// How far a request may outlive the deadline, so that the last answer is not thrown away.
    static let lateness = Duration.seconds(3)
    /// Against a collector that does not hold answers back.
    static let shortestRound = Duration.seconds(1)

    /// `nil`: one question, one answer.
    private let deadline: Instant?
    private var reply: GateReply?
    private var trouble: Failure?
    private var backoff = Backoff(first: .milliseconds(500), longest: .seconds(30))
    private var askedAt: Instant?

    /// - Parameter wait: zero: ask once.
    init(wait: Duration, now: Instant) {
        deadline = wait > .zero ? now + wait : nil
    }

    mutating func start(now: Instant) -> Action { ask(now: now) }

    mutating func handle(
        _ event: Event, now: Instant, using random: inout some RandomNumberGenerator
    ) -> Action {
        switch event {
        case .interrupted:
            return .end(.interrupted(reply))
        case .paused:
            return hasTime(now) ? ask(now: now) : endAtDeadline()
        case .answered(let answer):
            reply = answer
            trouble = nil
            backoff.reset()
            guard answer.answer.state == .waiting, let deadline else { return .end(.answered(answer)) }
            guard now < deadline else { return endAtDeadline() }
            return nextRound(now: now, deadline: deadline, using: &random)
        case .failed(let error):
            guard let deadline, canOutlast(error) else { return .end(.failed(error.failure)) }
            trouble = error.failure
            guard now < deadline else { return endAtDeadline() }
            let pause = backoff.next(retryAfterSeconds: error.retryAfterSeconds, using: &random)
            return .pause(min(pause, deadline - now))
        }
    }

    /// A matter of trust ends a wait that never worked, for it is most likely a wrong file; one that has worked may be
    /// in the middle of a change of certificates.
    private func canOutlast(_ error: ClientError) -> Bool {
        if error.mayPass { return true }
        switch error {
        case .refused: return false
        case .unreachable(let unreachable): return unreachable.isAboutTrust && reply != nil
        }
    }

    private func hasTime(_ now: Instant) -> Bool { deadline.map { now < $0 } ?? false }

    private func endAtDeadline() -> Action {
        if let reply { return .end(.deadline(reply, trouble: trouble)) }
        return .end(.failed(trouble ?? .unreachable("no answer came before the deadline", mend: "wait longer")))
    }

    private mutating func nextRound(
        now: Instant, deadline: Instant, using random: inout some RandomNumberGenerator
    ) -> Action {
        let since = askedAt.map { now - $0 } ?? .zero
        guard since < Self.shortestRound else { return ask(now: now) }
        let spread = Duration.milliseconds(Int64.random(in: 0...250, using: &random))
        return .pause(min(Self.shortestRound - since + spread, deadline - now))
    }

    private mutating func ask(now: Instant) -> Action {
        askedAt = now
        guard let deadline else { return .ask(waitSeconds: nil, timeout: Self.answerTime * 3) }
        let left = max(deadline - now, .zero)
        let whole = (left.wholeMilliseconds + 999) / 1000
        let wait = min(max(Int(whole), 1), Limits.gateWaitSeconds)
        let timeout = min(Duration.seconds(wait) + Self.answerTime, left + Self.lateness)
        return .ask(waitSeconds: wait, timeout: timeout)
    }
}
