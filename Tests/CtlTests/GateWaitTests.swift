import Shared
import Testing

@testable import Ctl

struct GateWaitTests {
    private let start = ContinuousClock.now

    @Test func withoutAWaitThereIsOneQuestion() {
        for state in [GateAnswer.State.open, .waiting, .blocked] {
            var random = SeededRandom(seed: 1)
            var machine = GateWait(wait: .zero, now: start)
            guard case .ask(nil, _) = machine.start(now: start) else { return #expect(Bool(false)) }
            let end = machine.handle(.answered(.example(state)), now: start, using: &random)
            #expect(end == .end(.answered(.example(state))))
        }
        var random = SeededRandom(seed: 1)
        var machine = GateWait(wait: .zero, now: start)
        _ = machine.start(now: start)
        let end = machine.handle(.failed(.refusedConnection), now: start, using: &random)
        #expect(end == .end(.failed(ClientError.refusedConnection.failure)))
    }

    @Test func aLongPollStaysBelowTheServersLimitAndTheClientsTimeOut() {
        var machine = GateWait(wait: .seconds(7200), now: start)
        #expect(machine.start(now: start) == .ask(waitSeconds: 60, timeout: .seconds(70)))
        var short = GateWait(wait: .milliseconds(2500), now: start)
        #expect(short.start(now: start) == .ask(waitSeconds: 3, timeout: .milliseconds(5500)))
    }

    @Test func waitingGoesOnUntilTheDeadline() {
        var random = SeededRandom(seed: 3)
        var machine = GateWait(wait: .seconds(120), now: start)
        _ = machine.start(now: start)
        let again = machine.handle(.answered(.example(.waiting)), now: start + .seconds(60), using: &random)
        #expect(again == .ask(waitSeconds: 60, timeout: .seconds(63)))
        let end = machine.handle(.answered(.example(.waiting)), now: start + .seconds(120), using: &random)
        #expect(end == .end(.deadline(.example(.waiting), trouble: nil)))
    }

    @Test func aServerThatDoesNotHoldAnswersBackIsAskedOnceASecondOnly() {
        var random = SeededRandom(seed: 4)
        var machine = GateWait(wait: .seconds(120), now: start)
        _ = machine.start(now: start)
        let action = machine.handle(.answered(.example(.waiting)), now: start + .milliseconds(10), using: &random)
        guard case .pause(let pause) = action else { return #expect(Bool(false)) }
        #expect(pause >= .milliseconds(990) && pause <= .milliseconds(1240))
    }

    @Test func failuresArePausedOverAndAnAnswerAfterThemCounts() {
        var random = SeededRandom(seed: 5)
        var machine = GateWait(wait: .seconds(120), now: start)
        _ = machine.start(now: start)
        for error in [ClientError.refusedConnection, .refused(.starting), .refused(.storageUnavailable)] {
            guard case .pause = machine.handle(.failed(error), now: start + .seconds(1), using: &random) else {
                return #expect(Bool(false))
            }
            guard case .ask = machine.handle(.paused, now: start + .seconds(2), using: &random) else {
                return #expect(Bool(false))
            }
        }
        let end = machine.handle(.answered(.example(.blocked)), now: start + .seconds(3), using: &random)
        #expect(end == .end(.answered(.example(.blocked))))
    }

    @Test func aWaitThatNeverReachedTheCollectorFails() {
        var random = SeededRandom(seed: 6)
        var machine = GateWait(wait: .seconds(5), now: start)
        _ = machine.start(now: start)
        _ = machine.handle(.failed(.refusedConnection), now: start + .seconds(1), using: &random)
        let end = machine.handle(.paused, now: start + .seconds(5), using: &random)
        #expect(end == .end(.failed(ClientError.refusedConnection.failure)))
    }

    @Test func aWaitThatLostTheCollectorIsStillPendingAndSaysSo() {
        var random = SeededRandom(seed: 7)
        var machine = GateWait(wait: .seconds(5), now: start)
        _ = machine.start(now: start)
        _ = machine.handle(.answered(.example(.waiting)), now: start + .seconds(2), using: &random)
        let end = machine.handle(.failed(.refusedConnection), now: start + .seconds(6), using: &random)
        #expect(end == .end(.deadline(.example(.waiting), trouble: ClientError.refusedConnection.failure)))
    }

    @Test func whatWaitingCannotMendEndsTheWait() {
        for error in [ClientError.refused(.notGranted), .refused(.notFound), .refused(.malformed), .notTrusted] {
            var random = SeededRandom(seed: 8)
            var machine = GateWait(wait: .seconds(3600), now: start)
            _ = machine.start(now: start)
            let end = machine.handle(.failed(error), now: start, using: &random)
            #expect(end == .end(.failed(error.failure)))
        }
    }

    @Test func trustThatIsLostInTheMiddleMayComeBack() {
        var random = SeededRandom(seed: 9)
        var machine = GateWait(wait: .seconds(3600), now: start)
        _ = machine.start(now: start)
        _ = machine.handle(.answered(.example(.waiting)), now: start + .seconds(60), using: &random)
        guard case .pause = machine.handle(.failed(.notTrusted), now: start + .seconds(61), using: &random) else {
            return #expect(Bool(false))
        }
    }

    @Test func aSignalEndsItAtOnce() {
        var random = SeededRandom(seed: 10)
        var machine = GateWait(wait: .seconds(3600), now: start)
        _ = machine.start(now: start)
        #expect(machine.handle(.interrupted, now: start, using: &random) == .end(.interrupted(nil)))
    }

    /// Whatever happens, it ends near its deadline, is never open without an open answer, and never asks too often.
    @Test(arguments: 0..<200 as Range<UInt64>)
    func anySequenceOfEventsEndsInTimeAndHonestly(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let wait = Duration.seconds(Int64.random(in: 1...600, using: &random))
        var now = start
        var machine = GateWait(wait: wait, now: now)
        var action = machine.start(now: now)
        var wasOpen = false
        var questions = 0
        while true {
            switch action {
            case .end(let outcome):
                #expect((outcome.status == .done) == wasOpen, "seed \(seed)")
                #expect(now <= start + wait + .seconds(4), "seed \(seed): ended \(now - start) after \(wait)")
                #expect(Int64(questions) <= wait.components.seconds * 2 + 4, "seed \(seed): \(questions) questions")
                return
            case .pause(let duration):
                #expect(duration > .zero, "seed \(seed)")
                now += duration
                action = machine.handle(.paused, now: now, using: &random)
            case .ask(let held, let timeout):
                questions += 1
                let longest = min(Duration.seconds(held ?? 0), timeout)
                now += longest * Double.random(in: 0...1, using: &random)
                let draw = Int.random(in: 0..<20, using: &random)
                wasOpen = draw == 0
                let event: GateWait.Event =
                    switch draw {
                    case 0: .answered(.example(.open))
                    case 1: .answered(.example(.blocked))
                    case 2..<8: .failed(.refusedConnection)
                    case 8..<10: .failed(.refused(.overloaded, retryAfterSeconds: 3))
                    default: .answered(.example(.waiting))
                    }
                action = machine.handle(event, now: now, using: &random)
            }
        }
    }
}
