// One metric of one case over time, as the Judge saw it at the end of each hour, in percent of the old servers. Must
// never bridge an hour in which the Judge could state no limit.
import Judge

struct LimitSeries {
    struct Point {
        let hour: Int
        /// nil = nothing usable yet, or infinite.
        let mean: Double?
        let lower: Double?
        let upper: Double?

        var band: ClosedRange<Double>? {
            guard let lower, let upper, lower <= upper else { return nil }
            return lower...upper
        }
    }

    let result: CaseResult
    let metric: Metric
    let points: [Point]
    /// What is allowed, in percent.
    let margin: Double
    /// Error level of the lower limit.
    let alpha: Double

    init(_ result: CaseResult, metric: Metric) throws {
        let id = "fleet.\(metric.rawValue).interval"
        let checks = result.verdicts.map { verdict in verdict.checks.first { $0.id == id } }
        guard let known = checks.compactMap(\.self).last, known.unit == .ratio, let bound = known.bound,
            let alpha = known.alpha
        else { throw AccuracyError("\(result.name) has no check \(id) with a margin") }
        self.result = result
        self.metric = metric
        self.alpha = alpha
        margin = LimitSeries.percent(bound)
        points = zip(result.verdicts, checks).map { verdict, check in
            Point(
                hour: verdict.hour, mean: check?.value.map(LimitSeries.percent),
                lower: check?.lower.map(LimitSeries.percent), upper: check?.upper.map(LimitSeries.percent))
        }
    }

    private static func percent(_ ratio: Double) -> Double { (ratio - 1) * 100 }

    var hours: Int { points.count }
    var outcome: Outcome { result.outcome }
    var onset: Int? { outcome.isRegression ? outcome.onsetHour : nil }

    /// First hour in which this metric would have let the roll-out pass.
    var firstUpperBelow: Int? { points.first { $0.upper.map { $0 < margin } ?? false }?.hour }
    /// First hour in which this limit alone is a reason to FAIL.
    var firstLowerAbove: Int? { points.first { $0.lower.map { $0 > margin } ?? false }?.hour }

    var metricWords: String {
        switch metric {
        case .cpu: "CPU time per operation"
        case .service: "command time per call"
        case .p50: "median PING latency"
        case .p99: "99th percentile of PING latency"
        case .mem: "resident memory"
        case .net: "network bytes per operation"
        case .disk: "disk time per I/O operation"
        case .err: "errors"
        case .slow: "slow operations"
        case .log: "error lines in the journal"
        }
    }

    /// What the picture shows, for those who do not see it and for the line below it.
    var words: String {
        var parts: [String] = []
        if let last = points.last(where: { $0.mean != nil }), let mean = last.mean {
            parts.append("the mean ends at \(Text.percent(mean / 100, places: 1)) after \(last.hour) h")
        }
        parts.append(
            firstUpperBelow.map { "the upper limit is first below the margin of \(marginText) at \($0) h" }
                ?? "the upper limit is never below the margin of \(marginText)")
        parts.append(
            firstLowerAbove.map { "the lower limit is first above it at \($0) h" }
                ?? "the lower limit is never above it")
        if let hour = outcome.firstPass { parts.append("the verdict is first PASS at \(hour) h") }
        if let hour = outcome.firstFail { parts.append("the verdict is FAIL from \(hour) h on") }
        let sentence = parts.joined(separator: "; ")
        return sentence.prefix(1).uppercased() + sentence.dropFirst() + "."
    }

    /// "15 %" or "12.5 %": 1.15 is not quite what it says.
    var marginText: String {
        Text.percent(margin / 100, places: (margin - margin.rounded()).magnitude < 0.05 ? 0 : 1)
    }
}
