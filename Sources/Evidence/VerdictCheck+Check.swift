// A judge's check as it is signed. Written only here, so that what is signed and what is recomputed cannot differ.
import Judge
import Ledger

extension VerdictCheck {
    public init(_ check: Check) {
        var more: [String: String] = [:]
        more["level"] = check.level.rawValue
        more["subject"] = check.subject
        more["metric"] = check.name
        more["kind"] = check.kind.rawValue
        more["sentence"] = check.sentence
        func add(_ name: String, _ value: Int64?) { if let value { more[name] = String(value) } }
        add("lower", check.integer(check.lower))
        add("upper", check.integer(check.upper))
        add("detectable", check.integer(check.detectable))
        add("alphaPpb", check.alphaPpb)
        add("nEffThousandths", check.effectiveThousandths)
        add("inflationThousandths", check.inflationThousandths)
        add("hours", check.hours.map(Int64.init))
        add("oldEventsMillionths", Self.millionths(check.old))
        add("newEventsMillionths", Self.millionths(check.new))
        if check.folded != 1 { add("folded", Int64(check.folded)) }
        if let window = check.window {
            more["from"] = UTCTime(unixSeconds: Int64(window.fromSeconds))?.description
            more["to"] = UTCTime(unixSeconds: Int64(window.toSeconds))?.description
        }
        let samples = check.n.map { Samples(old: UInt64(max(0, $0)), new: UInt64(max(0, $0))) }
        self.init(
            id: check.id, outcome: Outcome(check.state), reason: check.reason.rawValue,
            observed: check.integer(check.value), bound: check.integer(check.bound), unit: check.unit.text,
            samples: samples, explanation: more.filter { !$0.value.isEmpty })
    }

    private static func millionths(_ value: Double?) -> Int64? {
        guard let value else { return nil }
        let scaled = (value * 1_000_000).rounded(.down)
        return scaled.isFinite && scaled.magnitude < 9e18 ? Int64(scaled) : nil
    }
}

extension VerdictCheck.Outcome {
    init(_ state: Check.State) {
        switch state {
        case .pass: self = .pass
        case .fail: self = .fail
        case .missing: self = .inconclusive
        case .warn: self = .warn
        case .observe: self = .observed
        }
    }
}

extension VerdictStatement.Verdict {
    public init(_ state: Verdict.State) {
        switch state {
        case .pass: self = .pass
        case .fail: self = .fail
        case .inconclusive: self = .inconclusive
        }
    }
}

extension VerdictStatement.Basis {
    public init(_ basis: Verdict.Basis) {
        switch basis {
        case .pairs: self = .pairs
        case .moved: self = .moved
        case .hosts: self = .hosts
        }
    }
}

extension Check.Unit {
    /// Of the integers that are signed.
    var text: String {
        switch self {
        case .ratio, .share: "ppm"
        case .perPairBlock: "1e-6 per pair and block"
        case .standardDeviations: "1e-3 standard deviations"
        case .blocks: "blocks"
        case .hours: "hours"
        case .hosts: "hosts"
        case .metrics: "metrics"
        case .none: "1"
        }
    }
}

/// All checks of a verdict within what one statement may hold.
public enum SignedChecks {
    /// Leaves room for subjects, names and addresses beside the checks.
    static let bytes = LedgerLimits.statementBytes - (64 << 10)
    /// Two rows are ours.
    static let rows = LedgerLimits.checks - 2

    /// In policy order. Beyond the limits the worst are kept and one last row counts the rest; a FAIL that stands
    /// although its check passes again has a row of its own.
    public static func of(_ verdict: Verdict) -> [VerdictCheck] {
        let all = verdict.checks.map { VerdictCheck($0) }
        var result: [VerdictCheck] = []
        let kept = fitting(all)
        for (index, check) in all.enumerated() where kept.contains(index) { result.append(check) }
        if let failure = verdict.failure, !result.contains(where: { $0.id == failure.check.id && $0.outcome == .fail })
        {
            result.append(latched(failure))
        }
        if kept.count < all.count {
            let rest = all.indices.filter { !kept.contains($0) }.map { all[$0] }
            result.append(counted(rest))
        }
        return result
    }

    private static func rank(_ outcome: VerdictCheck.Outcome) -> Int {
        switch outcome {
        case .fail: 0
        case .inconclusive: 1
        case .warn: 2
        case .pass: 3
        case .observed: 4
        }
    }

    private static func fitting(_ checks: [VerdictCheck]) -> Set<Int> {
        let worstFirst = checks.indices.sorted { (rank(checks[$0].outcome), $0) < (rank(checks[$1].outcome), $1) }
        var (kept, size): (Set<Int>, Int) = ([], 0)
        for index in worstFirst {
            size += checks[index].json.bytes.count + 1
            // The id stands in a list of tests, too.
            size += checks[index].id.utf8.count + 3
            guard kept.count < rows, size <= bytes else { break }
            kept.insert(index)
        }
        return kept
    }

    private static func latched(_ failure: Verdict.Failure) -> VerdictCheck {
        VerdictCheck(
            id: "fleet.all.latched", outcome: .fail, reason: failure.check.reason.rawValue, observed: nil, bound: nil,
            unit: "1", samples: nil,
            explanation: [
                "check": failure.check.id, "failedHour": String(failure.hour), "level": "fleet", "metric": "all",
                "kind": "latched", "sentence": failure.check.sentence,
            ])
    }

    private static func counted(_ rest: [VerdictCheck]) -> VerdictCheck {
        let worst = rest.map(\.outcome).min { rank($0) < rank($1) } ?? .observed
        return VerdictCheck(
            id: "fleet.all.more", outcome: worst, reason: worst == .pass ? "withinBound" : "boundExceeded",
            observed: Int64(rest.count), bound: nil, unit: "checks", samples: nil,
            explanation: [
                "level": "fleet", "metric": "all", "kind": "more",
                "sentence": "\(rest.count) more checks are not listed",
            ])
    }
}
