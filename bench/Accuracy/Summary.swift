// What all cases together say, question by question. Must never leave out a kind of error that the Judge can make.

struct Summary {
    private let results: [CaseResult]
    private let graceHours: Int
    private(set) var table = Table(
        head: ["cases", "question", "answer", "95 % interval", "which"], numbers: [2, 3])

    init(_ results: [CaseResult], graceHours: Int) {
        self.results = results
        self.graceHours = graceHours
        addClean()
        addRegressed()
        addSubtle()
        addBlind()
        addRules()
    }

    private func cases(_ truth: Truth) -> [CaseResult] { results.filter { $0.outcome.truth == truth } }

    private mutating func addClean() {
        let clean = cases(.clean)
        count("clean", "FAIL in any hour: a false alarm", clean) { $0.firstFail != nil }
        count("clean", "PASS at the end", clean, namesRest: true) { $0.last == .pass }
        let waits = Waits(clean.map(\.outcome.firstPass))
        hours("clean", "hours to the first PASS, median", waits.median)
        longest("clean", "hours to the first PASS, longest", clean, \.firstPass)
        count("clean", "a PASS was taken back later", clean) { $0.hoursTakenBack > 0 }
    }

    private mutating func addRegressed() {
        let regressed = cases(.regressed)
        count("regressed", "FAIL after the onset", regressed, namesRest: true) { $0.hoursToFail != nil }
        count("regressed", "FAIL before the onset", regressed, \.isFailBeforeOnset)
        let waits = Waits(regressed.map(\.outcome.hoursToFail))
        hours("regressed", "hours from the onset to FAIL, median", waits.median)
        longest("regressed", "hours from the onset to FAIL, worst of those that FAIL", regressed, \.hoursToFail)
        addLatePass("regressed", regressed)
    }

    private mutating func addSubtle() {
        let subtle = cases(.subtle)
        count("subtle", "FAIL after the onset", subtle) { $0.hoursToFail != nil }
        addLatePass("subtle", subtle)
    }

    private mutating func addLatePass(_ group: String, _ cases: [CaseResult]) {
        let grace = graceHours
        count(group, "PASS \(grace) h after the onset or later", cases) {
            $0.hasPass(fromHour: $0.onsetHour + grace)
        }
    }

    private mutating func addBlind() {
        let blind = cases(.nodata)
        count("evidence lacking", "PASS in the last 3 h", blind) { $0.hasPass(inLastHours: 3) }
        count("evidence lacking", "FAIL in any hour", blind) { $0.firstFail != nil }
    }

    /// These are among the cases above already; a rule is a fact, and its answer is no matter of chance.
    private mutating func addRules() {
        let broken = results.filter(\.contents.breaksARule)
        count("a rule is broken", "FAIL after the onset", broken, isChance: false) { $0.hoursToFail != nil }
        let unknown = results.filter { $0.contents.rules.contains { $0.state == .unknown } }
        count("a rule is unknown", "PASS in any hour", unknown, isChance: false) { $0.firstPass != nil }
    }

    /// - Parameters:
    ///   - namesRest: names those for which it does not hold, because they are the exceptions.
    ///   - isChance: an interval has a meaning.
    private mutating func count(
        _ group: String, _ question: String, _ cases: [CaseResult], namesRest: Bool = false, isChance: Bool = true,
        _ holds: (Outcome) -> Bool
    ) {
        let share = Share(cases.count { holds($0.outcome) }, of: cases.count)
        let named = cases.filter { holds($0.outcome) != namesRest }.map { "`\($0.name)`" }
        let which = named.isEmpty ? "" : (namesRest ? "not " : "") + named.joined(separator: ", ")
        let interval = isChance ? Summary.interval(share) : ""
        table.rows.append([group, question, "\(share.count) of \(share.of)", interval, which])
    }

    private static func interval(_ share: Share) -> String {
        guard let interval = share.interval else { return "–" }
        return "\(Text.percent(interval.lowerBound)) – \(Text.percent(interval.upperBound))"
    }

    private mutating func hours(_ group: String, _ question: String, _ hours: Double?) {
        table.rows.append([group, question, hours.map { "\(Text.hours($0)) h" } ?? "never", "", ""])
    }

    private mutating func longest(
        _ group: String, _ question: String, _ cases: [CaseResult], _ hours: (Outcome) -> Int?
    ) {
        guard let longest = Waits(cases.map { hours($0.outcome) }).longest else {
            return self.hours(group, question, nil)
        }
        let names = cases.filter { hours($0.outcome) == longest }.map { "`\($0.name)`" }
        table.rows.append([group, question, "\(longest) h", "", names.joined(separator: ", ")])
    }
}
