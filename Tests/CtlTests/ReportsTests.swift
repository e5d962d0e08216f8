import Foundation
import FoundationXML
import Policy
import Shared
import Testing

@testable import Ctl

/// Collects what a strict XML parser sees.
private final class Seen: NSObject, XMLParserDelegate {
    var cases: [String] = []
    var inside: [String] = []
    var suite: [String: String] = [:]
    var messages: [String] = []

    func parser(
        _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
        attributes: [String: String]
    ) {
        if name == "testsuite" { suite = attributes }
        if name == "testcase" { cases.append(attributes["name"] ?? "") }
        if ["failure", "error", "skipped"].contains(name) {
            inside.append("\(cases.last ?? "?"):\(name)")
            messages.append(attributes["message"] ?? "")
        }
    }
}

struct JUnitReportTests {
    private func seen(_ outcome: GateOutcome, sentence: String = "said") throws -> Seen {
        let report = JUnitReport(rollout: "r1", stage: .open, outcome: outcome, sentence: sentence, seconds: 12)
        let parser = XMLParser(data: Data(report.xml.utf8))
        let seen = Seen()
        parser.delegate = seen
        try #require(parser.parse(), "\(report.xml)")
        return seen
    }

    private let checks = [
        CheckSummary(
            id: "fleet.p99.interval", outcome: "PASS", reason: "withinBound", observed: "1021951", bound: "1200000",
            unit: "ppm"),
        CheckSummary(
            id: "host.cpu.guard:new-1", outcome: "FAIL", reason: "guardFired", observed: "1600000", bound: "1500000",
            unit: "ppm"),
        CheckSummary(
            id: "fleet.mem.interval", outcome: "INCONCLUSIVE", reason: "tooFewSamples", observed: "", bound: "",
            unit: ""),
    ]

    @Test func anOpenGateHasNoFailure() throws {
        let seen = try seen(.answered(.example(.open)))
        #expect(seen.cases == ["gate open"])
        #expect(seen.inside.isEmpty)
        #expect(seen.suite["failures"] == "0" && seen.suite["time"] == "12")
    }

    @Test func aBlockedGateFailsWithItsChecks() throws {
        let seen = try seen(.answered(.example(.blocked, checks: checks)))
        #expect(seen.cases.count == 4)
        #expect(
            seen.inside == ["gate open:failure", "host.cpu.guard:new-1:failure", "fleet.mem.interval:skipped"])
        #expect(seen.suite["tests"] == "4" && seen.suite["failures"] == "2" && seen.suite["skipped"] == "1")
        #expect(seen.messages[1].contains("observed 160 %, bound 150 %"))
    }

    @Test func waitingIsAFailureAndNoAnswerAnError() throws {
        #expect(try seen(.deadline(.example(.waiting), trouble: nil)).inside == ["gate open:failure"])
        #expect(try seen(.interrupted(nil)).inside == ["gate open:failure"])
        let lost = try seen(.failed(ClientError.refusedConnection.failure))
        #expect(lost.inside == ["gate open:error"] && lost.suite["errors"] == "1")
    }

    @Test func hostileTextStaysText() throws {
        let hostile = "</failure><x y=\"1\"> & ]]> \u{1B}[31m \u{0} \u{FFFF} 'é\n"
        let seen = try seen(.answered(.example(.blocked, reasons: [hostile])), sentence: hostile)
        #expect(seen.inside == ["gate open:failure"])
        #expect(seen.messages[0].contains("</failure><x y=\"1\"> & ]]>"))
    }
}

struct StepSummaryTests {
    @Test func itSaysStateSentenceReasonsAndChecks() {
        let check = CheckSummary(
            id: "fleet.p99.interval", outcome: "FAIL", reason: "boundExceeded", observed: "1301951", bound: "1200000",
            unit: "ppm")
        let text = StepSummary(
            rollout: "r1", stage: .open,
            outcome: .answered(.example(.blocked, reasons: ["p99 is 30 % higher"], checks: [check])),
            sentence: "r1: gate open is blocked"
        ).markdown
        #expect(
            text == """
                ### Perch: gate open of r1: **blocked**

                r1: gate open is blocked

                - p99 is 30 % higher

                | check | outcome | observed | bound |
                |---|---|---|---|
                | fleet.p99.interval | FAIL | 130.1951 % | 120 % |


                """)
    }

    @Test func whatComesFromOutsideIsNeitherMarkupNorATable() {
        let text = StepSummary.escaped("a | b <img src=x> [l](http://e) `c` *d*\n# e")
        #expect(text == "a \\| b \\<img src=x\\> \\[l\\](http://e) \\`c\\` \\*d\\* \\# e")
    }
}

struct GateSentenceTests {
    @Test func eachOutcomeIsOneSentenceOnOneLine() {
        let sentence = GateSentence(rollout: "r1", stage: .open, wait: Span(seconds: 7200))
        #expect(sentence.text(.answered(.example(.open))) == "r1: gate open is open: a summary")
        #expect(
            sentence.text(.deadline(.example(.waiting), trouble: nil))
                == "r1: gate open is still waiting after 2h: a summary")
        #expect(sentence.text(.interrupted(nil)) == "r1: gate open: stopped while waiting, before any answer")
        var answer = GateAnswer.example(
            .open, summary: "two\nlines\u{1B}[2J",
            override: GateOverride(id: "o1", by: "ann", until: "2026-11-21T00:00:00Z", checks: ["fleet.p99.interval"]))
        answer.verdict = .fail
        let text = sentence.text(.answered(GateReply(answer: answer, body: [])))
        #expect(
            text == "r1: gate open is open: two lines?[2J (override by ann until 2026-11-21T00:00:00Z)")
    }
}
