// Sentences for people, in percent of the old server and in UTC. Must never show a logarithm, and never more digits
// than a reader can use.

enum Sentence {
    static func subject(_ metric: Metric) -> String {
        switch metric {
        case .cpu: "CPU per operation"
        case .service: "Command time per call"
        case .p50: "Median PING latency"
        case .p99: "99th percentile of PING latency"
        case .mem: "Resident memory"
        case .net: "Network bytes per operation"
        case .disk: "Disk time per I/O operation"
        case .err: "Errors"
        case .slow: "Slow operations"
        case .log: "Error lines in the journal"
        }
    }

    /// A whole number, or up to `places` decimals.
    static func number(_ value: Double, places: Int) -> String {
        if value.isNaN { return "unknown" }
        if value.magnitude >= 1e15 { return value < 0 ? "below −10^15" : "above 10^15" }
        var scale = 1.0
        for _ in 0..<places { scale *= 10 }
        let scaled = (value.magnitude * scale).rounded(.toNearestOrAwayFromZero)
        let digits = Int(scaled)
        let unit = Int(scale)
        let sign = value < 0 && digits > 0 ? "-" : ""
        if places == 0 { return "\(sign)\(digits)" }
        var fraction = "\(digits % unit)"
        while fraction.utf8.count < places { fraction = "0" + fraction }
        return "\(sign)\(digits / unit).\(fraction)"
    }

    /// "15 %" of a ratio 1.15.
    static func percent(ofRatio ratio: Double) -> String {
        let percent = (ratio - 1) * 100
        let isWhole = (percent - percent.rounded()).magnitude < 0.05
        return number(percent, places: isWhole ? 0 : 1) + " %"
    }

    /// "3.0 % higher", "2.0 % lower", "equal".
    static func change(_ ratio: Double) -> String {
        let text = number((ratio - 1).magnitude * 100, places: 1)
        if text == "0.0" { return "equal" }
        return ratio > 1 ? "\(text) % higher" : "\(text) % lower"
    }

    /// "at most 6.8 %, allowed 15 %"; a limit below the old servers is negative. One more digit where they are close.
    static func limit(_ ratio: Double?, _ word: String, allowed: Double?) -> String {
        let isClose = ratio.flatMap { ratio in allowed.map { (ratio - $0).magnitude < 0.001 } } ?? false
        let places = isClose ? 3 : 1
        let limit = ratio.map { "\(word) \(number(($0 - 1) * 100, places: places)) %" } ?? "no limit yet"
        guard let allowed else { return limit }
        let bound = isClose ? "\(number((allowed - 1) * 100, places: places)) %" : percent(ofRatio: allowed)
        return "\(limit), allowed \(bound)"
    }

    static func share(_ share: Double) -> String { number(share * 100, places: 0) + " %" }

    static func place(_ level: Check.Level, _ subject: String?) -> String {
        switch (level, subject) {
        case (.host, let host?): "on new server \(host)"
        case (.pair, let pair?): "of pair \(pair)"
        case (.fleet, _), (.rule, _), (.host, nil), (.pair, nil): "on the new servers"
        }
    }

    static func isAre(_ metric: Metric) -> String { isPlural(metric) ? "are" : "is" }
    static func wasWere(_ metric: Metric) -> String { isPlural(metric) ? "were" : "was" }

    private static func isPlural(_ metric: Metric) -> Bool {
        switch metric {
        case .cpu, .service, .p50, .p99, .mem, .disk: false
        case .net, .err, .slow, .log: true
        }
    }

    /// "288 blocks worth 46, since 2 March 06:00 UTC".
    static func weight(_ check: Check) -> String {
        guard let n = check.n, n > 0, let effective = check.effectiveCount, let window = check.window else {
            return "no block usable so far"
        }
        let blocks = n == 1 ? "1 block" : "\(n) blocks"
        let since = BlockTime.text(unixSeconds: window.fromSeconds)
        return "\(blocks) worth \(number(effective, places: 0)), since \(since)"
    }

    /// The sentence of an interval, restart or pair check.
    static func interval(_ check: Check, _ metric: JudgedMetric) -> String {
        let place = place(check.level, check.subject)
        let name = subject(metric.metric)
        guard check.n ?? 0 > 0, let value = check.value else { return "\(name) \(place): no block usable so far." }
        if metric.isCount { return counts(check, metric, place: place, value: value) }
        let asksUpper = check.level == .fleet && check.kind == .interval && check.state != .fail
        let limit =
            asksUpper
            ? limit(check.upper, "at most", allowed: check.bound) : limit(check.lower, "at least", allowed: check.bound)
        let verb = isAre(metric.metric)
        return "\(name) \(place) \(verb) \(change(value)) (\(limit)), \(weight(check))."
    }

    private static func counts(_ check: Check, _ metric: JudgedMetric, place: String, value: Double) -> String {
        func signed(_ value: Double) -> String {
            "\(number(value.magnitude, places: 3)) \(value > 0 ? "more" : "fewer")"
        }
        let excess = "\(signed(value)) than allowed"
        let asksUpper = check.level == .fleet && check.kind == .interval && check.state != .fail
        let bound = asksUpper ? check.upper : check.lower
        // An upper limit below zero is "at least so many fewer".
        let limit = bound.map { "\(asksUpper == ($0 > 0) ? "at most" : "at least") \(signed($0))" } ?? "no limit yet"
        var totals = ""
        if let old = check.old, let new = check.new {
            totals = "; \(number(new, places: 0)) against \(number(old, places: 0)) in all"
        }
        let name = subject(metric.metric)
        let factor = number(metric.marginRatio, places: 2)
        return "\(name) \(place): per pair and block \(excess) (\(limit); allowed \(factor) times the old servers' "
            + "and a floor)\(totals), \(weight(check))."
    }

    /// A row that stands for several checks says so.
    static func folded(_ check: Check) -> String {
        "\(check.sentence.hasSuffix(".") ? String(check.sentence.dropLast()) : check.sentence) "
            + "(the worst of \(check.folded))."
    }

    /// Real time: an hour of the Judge is 12 blocks, which may be seconds.
    static func span(seconds: Int) -> String {
        func count(_ number: Int, _ unit: String) -> String { number == 1 ? "1 \(unit)" : "\(number) \(unit)s" }
        if seconds % 3600 == 0 { return count(seconds / 3600, "hour") }
        if seconds % 60 == 0 { return count(seconds / 60, "minute") }
        return count(seconds, "second")
    }
}
