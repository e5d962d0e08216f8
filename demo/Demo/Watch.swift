import Foundation
import Rehearsal
import Shared

/// Waits at both gates as a pipeline would (`perchctl gate … --wait`), and shows meanwhile how the verdicts grow.
struct Watch: Sendable {
    let setUp: SetUp
    let screen: Screen
    let rollouts: [String]
    let began: ContinuousClock.Instant

    /// What `perchctl gate ROLLOUT open --wait` ended with, by roll-out.
    struct Outcome: Sendable {
        var gates: [String: Scene.Output] = [:]
        var verdicts: [String: VerdictView] = [:]
        var elapsedSeconds = 0.0
        var isLate = false
    }

    private enum Event: Sendable {
        case gate(String, Scene.Output)
        case tick
    }

    private static let tickMilliseconds = 1000
    /// Verdicts change once an hour of the Judge; asking costs a process each time.
    private static let ticksBetweenQuestions = 3
    /// The Judge gives no limit before it has seen so many.
    private static let hoursWithoutLimits = 4

    func untilBothGatesAnswer() async throws -> Outcome {
        try await withThrowingTaskGroup(of: Event.self) { group in
            for rollout in rollouts {
                group.addTask { .gate(rollout, try await wait(at: rollout)) }
            }
            group.addTask { try await Self.tick() }
            defer { group.cancelAll() }
            var outcome = Outcome()
            var ticks = 0
            while let event = try await group.next() {
                outcome.elapsedSeconds = elapsed
                switch event {
                case .gate(let rollout, let output):
                    outcome.gates[rollout] = output
                    try await ask(&outcome)
                    if outcome.gates.count == rollouts.count { return outcome }
                case .tick:
                    ticks += 1
                    if ticks % Self.ticksBetweenQuestions == 0 { try await ask(&outcome) }
                    screen.live(lines(outcome))
                    try checkPrograms()
                    group.addTask { try await Self.tick() }
                }
                if elapsed > Cast.timeoutSeconds + 15 {
                    outcome.isLate = true
                    return outcome
                }
            }
            return outcome
        }
    }

    private var elapsed: Double {
        let time = began.duration(to: .now).components
        return Double(time.seconds) + Double(time.attoseconds) / 1e18
    }

    private func wait(at rollout: String) async throws -> Scene.Output {
        let seconds = Int(max(1, Cast.timeoutSeconds - elapsed))
        return try await setUp.tool.run(
            "gate", rollout, "open", "--wait", "\(seconds)s", seconds: Double(seconds) + 30)
    }

    private static func tick() async throws -> Event {
        try await Task.sleep(for: .milliseconds(tickMilliseconds))
        return .tick
    }

    /// Verdicts that are new are noted; before the first there is none, which is no fault.
    private func ask(_ outcome: inout Outcome) async throws {
        for rollout in rollouts {
            let output = try await setUp.tool.run("rollout", "verdict", rollout, "--json")
            guard output.isSuccess,
                let view = try? JSONDecoder().decode(VerdictView.self, from: Data(output.standardOutput.utf8))
            else { continue }
            let last = outcome.verdicts[rollout]
            let isFailingAsBefore = view.verdict == .fail && last?.reason == view.reason
            if last?.id != view.id, !isFailingAsBefore { note(view) }
            outcome.verdicts[rollout] = view
        }
    }

    private func note(_ view: VerdictView) {
        let name = VerdictTable.pad(view.rollout, 10)
        let clock = "[" + String(format: "%3.0f s", elapsed) + "] "
        let told: String
        if view.verdict == .fail {
            told = view.reason
        } else if view.hour <= Self.hoursWithoutLimits {
            told = "limits come after \(Self.hoursWithoutLimits) full hours"
        } else {
            // Once all limits are good, what else is missing is what a person wants to know.
            let isOnlyOther = view.hour >= Cast.hoursForPass && VerdictTable(view: view).areLimitsGood
            told =
                isOnlyOther && view.verdict == .inconclusive
                ? "missing: " + (view.missing.first ?? "") : "at most (allowed): " + VerdictTable(view: view).short
        }
        screen.note("\(clock)\(name) hour \(view.hour)  \(view.verdict.rawValue)  \(told)")
    }

    private func checkPrograms() throws {
        guard let program = setUp.casualties.first else { return }
        throw RehearsalError.ended(
            program: program.name, how: program.ended?.description ?? "", lastLines: program.lastLines())
    }
}

// MARK: The live part

extension Watch {
    private func lines(_ outcome: Outcome) -> [String] {
        var lines = [progress(outcome), ""]
        for rollout in rollouts {
            lines += section(rollout, outcome)
            lines.append("")
        }
        lines.append(loadLine)
        return lines
    }

    private func progress(_ outcome: Outcome) -> String {
        let passed = Int(outcome.elapsedSeconds)
        let earliest = (Cast.hoursForPass * Cast.hourSeconds) + 2
        let view = outcome.verdicts["healthy"]
        let left: String
        if passed < earliest {
            left = "the healthy roll-out can PASS in about \(earliest - passed) s"
        } else if let hours = view?.etaHours, hours > 0 {
            left = "the healthy roll-out may PASS in about \(hours * Cast.hourSeconds) s"
        } else {
            left = "the healthy roll-out may PASS with every further hour; time-out at \(Int(Cast.timeoutSeconds)) s"
        }
        return "\(passed) s since the roll-outs began; \(left)"
    }

    private func section(_ rollout: String, _ outcome: Outcome) -> [String] {
        let gate = outcome.gates[rollout].map { Ending.word($0) } ?? "waiting"
        guard let view = outcome.verdicts[rollout] else {
            return [
                "\(VerdictTable.pad(rollout, 11))gate open: \(gate)   nothing judged yet, the first hour is not over"
            ]
        }
        var lines = [
            "\(VerdictTable.pad(rollout, 11))gate open: \(VerdictTable.pad(gate, 9))\(view.verdict.rawValue)"
                + "   hour \(view.hour), PASS from hour \(Cast.hoursForPass) on, \(view.pairs) pairs",
            VerdictTable.heading,
        ]
        lines += VerdictTable(view: view).lines
        if view.verdict == .fail { lines += VerdictTable(view: view).failures(atMost: 2).map { "    " + $0 } }
        return lines
    }

    private var loadLine: String {
        let tallies = setUp.load.tallies
        let sent = tallies.reduce(0) { $0 + $1.sent }
        let lost = tallies.reduce(0) { $0 + $1.dropped }
        func errors(_ hosts: [String]) -> UInt64 {
            tallies.filter { tally in hosts.contains { tally.label.hasPrefix($0 + ".") } }.reduce(0) { $0 + $1.errors }
        }
        return "Load: \(sent) commands sent, \(lost) lost; error replies: old \(errors(Cast.old)), "
            + "new \(errors(Cast.healthy)), bad \(errors(Cast.regressed))"
    }
}
