// What a case's verdicts, hour by hour, amount to. Hour t is over t hours after the start, so a regression that begins
// at hour 30 can be seen in hour 31 at the earliest, and a FAIL at or before the onset is a false one.
import Judge

struct Outcome {
    let truth: Truth
    let onsetHour: Int
    /// At the end of hours 1, 2, ….
    let timeline: [Verdict.State]

    var last: Verdict.State? { timeline.last }
    var firstPass: Int? { first(.pass) }
    var firstFail: Int? { first(.fail) }

    private func first(_ state: Verdict.State) -> Int? { timeline.firstIndex(of: state).map { $0 + 1 } }

    /// Whether there is something that a FAIL would be right about.
    var isRegression: Bool { truth == .regressed || truth == .subtle }

    var isFailBeforeOnset: Bool { firstFail.map { $0 <= onsetHour } ?? false }

    /// From the onset to a FAIL that came after it.
    var hoursToFail: Int? {
        guard isRegression, !isFailBeforeOnset else { return nil }
        return firstFail.map { $0 - onsetHour }
    }

    /// Hours after the first PASS in which the verdict was another one.
    var hoursTakenBack: Int {
        guard let firstPass else { return 0 }
        return timeline[firstPass...].count { $0 != .pass }
    }

    func hasPass(fromHour hour: Int) -> Bool {
        timeline.enumerated().contains { $1 == .pass && $0 + 1 >= hour }
    }

    func hasPass(inLastHours hours: Int) -> Bool { timeline.suffix(hours).contains(.pass) }
}
