// The example's own judge, version 1: integers only. It exists so that the chain can be tested without statistics.
@testable import Ledger

enum ExampleJudge {
    struct Unreadable: Error {}

    static func recompute(_ evidence: VerifiedEvidence) throws -> Recomputed? {
        guard evidence.manifest.judge == JudgeName(name: "example-judge", version: "1") else { return nil }
        var chunks: [Manifest.Side: [[UInt8]]] = [:]
        for chunk in evidence.manifest.chunks { chunks[chunk.side, default: []].append(try evidence.bytes(of: chunk)) }
        return try judge(policy: evidence.policy) { chunks[$0] ?? [] }
    }

    static func judge(policy: [UInt8], hosts: (Manifest.Side) -> [[UInt8]]) throws -> Recomputed {
        func rows(_ side: Manifest.Side) throws -> [[CanonicalJSON]] {
            try hosts(side).map { try $0.split(separator: 0x0A).map { try CanonicalJSON(reading: $0) } }
        }
        let (old, new) = (try rows(.old), try rows(.new))
        let checks = try (CanonicalJSON(reading: policy)["checks"]?.items ?? []).map { try check($0, old, new) }
        let outcomes = Set(checks.map(\.outcome))
        return Recomputed(
            verdict: outcomes.contains(.fail) ? .fail : outcomes.contains(.inconclusive) ? .inconclusive : .pass,
            checks: checks)
    }

    private static func check(
        _ rule: CanonicalJSON, _ old: [[CanonicalJSON]], _ new: [[CanonicalJSON]]
    ) throws -> VerdictCheck {
        guard let id = rule["id"]?.text, let unit = rule["unit"]?.text, let bound: Int64 = rule["bound"]?.integer(),
            let least: Int = rule["minSamples"]?.integer()
        else { throw Unreadable() }
        let observed: Int64
        switch rule["kind"]?.text {
        case "medianRatio":
            let (before, after) = (try median(rule, old), try median(rule, new))
            observed = Int64(after * 1_000_000 / before)
        case "counterDelta":
            observed = try new.reduce(0) { sum, host in
                guard let first = host.first, let last = host.last else { throw Unreadable() }
                return sum + (try number(last, "counters", rule)) - (try number(first, "counters", rule))
            }
        case "allowedSet":
            let ports = Set(new.joined().flatMap { $0["ports"]?.items ?? [] }.compactMap(\.text))
            observed = Int64(ports.subtracting((rule["allowed"]?.items ?? []).compactMap(\.text)).count)
        default: throw Unreadable()
        }
        let samples = VerdictCheck.Samples(old: UInt64(old.joined().count), new: UInt64(new.joined().count))
        let isFew = min(samples.old, samples.new) < UInt64(least)
        let outcome: VerdictCheck.Outcome = isFew ? .inconclusive : observed > bound ? .fail : .pass
        let reason = isFew ? "tooFewSamples" : observed > bound ? "boundExceeded" : "withinBound"
        return VerdictCheck(
            id: id, outcome: outcome, reason: reason, observed: observed, bound: bound, unit: unit, samples: samples)
    }

    private static func number(_ row: CanonicalJSON, _ group: String, _ rule: CanonicalJSON) throws -> Int64 {
        guard let metric = rule["metric"]?.text, let value: Int64 = row[group]?[metric]?.integer() else {
            throw Unreadable()
        }
        return value
    }

    /// The lower one.
    private static func median(_ rule: CanonicalJSON, _ hosts: [[CanonicalJSON]]) throws -> Int64 {
        let values = try hosts.joined().map { try number($0, "gauges", rule) }.sorted()
        return values[(values.count - 1) / 2]
    }
}
