// What a check says: its id, its integers and its sentence.
import Testing

@testable import Judge

struct CheckTests {
    private func check(_ level: Check.Level, _ subject: String?, _ unit: Check.Unit = .ratio) -> Check {
        var check = Check(
            level: level, name: "cpu", kind: .interval, state: .pass, reason: .withinBound, unit: unit)
        check.subject = subject
        return check
    }

    @Test func idsNameLevelMetricKindAndSubject() {
        #expect(check(.fleet, nil).id == "fleet.cpu.interval")
        #expect(check(.host, "n1").id == "host.cpu.interval:n1")
        #expect(check(.pair, "a").id == "pair.cpu.interval:a")
        #expect(check(.rule, "n1").id == "rule.cpu:n1")
        #expect(check(.rule, nil).id == "rule.cpu")
    }

    @Test func integersAreRoundedDownOnce() {
        let ratio = check(.fleet, nil)
        #expect(ratio.integer(1.0659999) == 1_065_999)
        #expect(ratio.integer(nil) == nil)
        #expect(ratio.integer(.infinity) == nil)
        #expect(ratio.integer(.nan) == nil)
        #expect(ratio.integer(1e20) == nil)
        #expect(check(.fleet, nil, .perPairBlock).integer(-0.0000015) == -2)
        #expect(check(.fleet, nil, .standardDeviations).integer(3.0009) == 3000)
        #expect(check(.fleet, nil, .hours).integer(24) == 24)
        var full = check(.fleet, nil)
        full.alpha = 0.00075
        full.effectiveCount = 46.0059
        full.inflation = 6.2601
        #expect(full.alphaPpb == 750_000)
        #expect(full.effectiveThousandths == 46_005)
        #expect(full.inflationThousandths == 6260)
    }

    @Test func numbersForPeopleAreShort() {
        #expect(Sentence.number(3.04, places: 1) == "3.0")
        #expect(Sentence.number(-0.04, places: 1) == "0.0")
        #expect(Sentence.number(-0.05, places: 1) == "-0.1")
        #expect(Sentence.number(12.3456, places: 3) == "12.346")
        #expect(Sentence.number(7.5, places: 0) == "8")
        #expect(Sentence.number(.nan, places: 0) == "unknown")
        #expect(Sentence.number(.infinity, places: 0) == "above 10^15")
        #expect(Sentence.number(-1e300, places: 0) == "below −10^15")
        #expect(Sentence.percent(ofRatio: 1.15) == "15 %")
        #expect(Sentence.percent(ofRatio: 1.2332) == "23.3 %")
        #expect(Sentence.change(1.03) == "3.0 % higher")
        #expect(Sentence.change(0.98) == "2.0 % lower")
        #expect(Sentence.change(1.0001) == "equal")
        #expect(Sentence.limit(nil, "at most", allowed: 1.15) == "no limit yet, allowed 15 %")
        #expect(Sentence.limit(1.068, "at most", allowed: 1.15) == "at most 6.8 %, allowed 15 %")
        #expect(Sentence.limit(1.23301, "at least", allowed: 1.23294) == "at least 23.301 %, allowed 23.294 %")
        #expect(Sentence.limit(0.98, "at most", allowed: nil) == "at most -2.0 %")
        #expect(Sentence.span(seconds: 3600) == "1 hour")
        #expect(Sentence.span(seconds: 86_400) == "24 hours")
        #expect(Sentence.span(seconds: 120) == "2 minutes")
        #expect(Sentence.span(seconds: 12) == "12 seconds")
        #expect(Sentence.place(.host, nil) == "on the new servers")
    }

    @Test func theSentenceSaysValueBoundWeightAndBegin() throws {
        let metric = JudgedMetric(MetricPolicy.defaults[0], blockSeconds: 300)
        var check = check(.fleet, nil)
        check.bound = 1.15
        #expect(Sentence.interval(check, metric) == "CPU per operation on the new servers: no block usable so far.")
        check.value = 1.0304
        check.upper = 1.0682
        check.lower = 0.977
        check.n = 288
        check.effectiveCount = 46.005
        check.window = BlockWindow(first: 1_772_409_600 / 300 + 72, last: 1_772_409_600 / 300 + 359, blockSeconds: 300)
        #expect(
            Sentence.interval(check, metric)
                == "CPU per operation on the new servers is 3.0 % higher (at most 6.8 %, allowed 15 %), "
                + "288 blocks worth 46, since 2 March 06:00 UTC.")
        check.state = .fail
        #expect(Sentence.interval(check, metric).contains("(at least -2.3 %, allowed 15 %)"))
        #expect(check.window?.toSeconds == 1_772_409_600 + 360 * 300)
        check.n = 1
        #expect(Sentence.interval(check, metric).contains("1 block worth"))
        check.window = nil
        #expect(Sentence.interval(check, metric).contains("no block usable so far"))
    }

    @Test func everyMetricHasItsNumberAndVerb() {
        #expect(Sentence.isAre(.net) == "are")
        #expect(Sentence.wasWere(.cpu) == "was")
        #expect(Set(Metric.allCases.map(Sentence.subject)).count == Metric.allCases.count)
    }

    @Test func weightsTurnOutcomesIntoShows() {
        var check = check(.fleet, nil)
        for state in [Check.State.pass, .fail, .missing, .warn, .observe] {
            check.state = state
            #expect(check.weighed(.fail).state == state)
            #expect(check.weighed(.observe).state == .observe)
            #expect(check.weighed(.warn).state == (state == .fail || state == .missing ? .warn : .observe))
        }
    }

    @Test func forecastsAreTheLongestWaitOrNone() {
        var findings = Findings()
        #expect(findings.hoursToPass == nil)
        findings.wait(3)
        findings.wait(7)
        #expect(findings.hoursToPass == 7)
        findings.wait(nil)
        #expect(findings.hoursToPass == nil)
    }

    @Test func theSurestFailureIsNamedFirst() {
        var findings = Findings()
        for kind in [Check.Kind.comparison, .restart, .interval, .rule, .guard] {
            findings.add(Check(level: .fleet, name: "x", kind: kind, state: .fail, reason: .boundExceeded))
            #expect(findings.firstFailure?.kind == kind)
        }
        findings.add(Check(level: .host, name: "x", kind: .interval, state: .fail, reason: .boundExceeded))
        #expect(findings.firstFailure?.kind == .guard)
    }

    @Test func unitsOfTheContractDoNotMove() {
        let names = Metric.allCases.map(\.rawValue).joined(separator: " ")
        #expect(names == "cpu service p50 p99 mem net disk err slow log")
        #expect(Metric.mem.kind == .level)
        #expect(JudgePolicy.default.metrics.map(\.metric) == Metric.allCases)
        #expect(Measured<Double>.value(1).absence == nil)
        #expect(Measured<Double>.absent(.idle).value == nil)
    }
}
