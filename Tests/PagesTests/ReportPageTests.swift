import Foundation
import Shared
import Testing

@testable import Pages

@Suite struct ReportPageTests {
    @Test func aReportTellsTheWholeStory() {
        var content = Sample.report("x", accesses: [Sample.access()])
        content.rollout.history = [
            .init(
                stage: .mirroring, at: "2026-11-22T12:00:00Z", by: "spiffe://perch.example/perch/tool/deploy",
                reason: ""),
            .init(
                stage: .open, at: "2026-11-24T18:00:00Z", by: "spiffe://perch.example/perch/tool/deploy", reason: "fine"
            ),
        ]
        let html = ReportPage.html(content)
        for word in [
            "FAIL", "reason x", "tool/deploy", "2026-11-24 18:00:00 UTC", "in stage open", "perchctl verify",
            "--recompute", "sha256:" + String(repeating: "ab", count: 32), content.verdict.id,
        ] { #expect(html.contains(word), "\(word)") }
        for place in Control.Place.allCases { #expect(html.contains("\(place.rawValue). \(place.title)")) }
        for control in Control.all { #expect(html.contains(HTML(text: control.question).markup)) }
    }

    @Test func aFileOfItsOwnHasNoMenuAndForbidsScriptsItself() {
        var content = Sample.report()
        let alone = ReportPage.html(content)
        #expect(!alone.contains("<nav") && alone.contains("http-equiv=\"Content-Security-Policy\""))
        #expect(!alone.contains("href=\"/"))
        content.visitor = Sample.visitor
        let served = ReportPage.html(content)
        #expect(served.contains("<nav") && !served.contains("http-equiv"))
    }

    @Test func onlyAccessToTheseHostsInThisTimeIsPartOfIt() {
        var elsewhere = Sample.access("eve")
        elsewhere.hosts = ["db-99"]
        var later = Sample.access("lea", from: "2026-11-24T19:00:00Z")
        later.to = "2026-11-24T20:00:00Z"
        let content = Sample.report("x", accesses: [Sample.access("ada"), elsewhere, later])
        #expect(content.overlapping?.map(\.user) == ["ada"])
        #expect(ReportPage.html(Sample.report("x", accesses: nil)).contains("role may not see them"))
    }

    @Test func loginsAreListedAndWhatIsNotAtHandIsNotSaidToBeNone() {
        var content = Sample.report("x")
        content.logins = LoginList(
            logins: (1...30).map {
                LoginView(
                    at: "2026-11-24T10:00:00Z", host: "db-11", user: "u\($0).", source: "10.0.0.7",
                    means: "publickey SHA256:k")
            }, leftOut: 0)
        let html = ReportPage.html(content)
        #expect(html.contains("u30.") && html.contains("u6.") && !html.contains("u5."))
        #expect(html.contains("5 more are in the evidence") && html.contains("publickey SHA256:k"))
        content.logins = LoginList(logins: [], leftOut: 0)
        #expect(ReportPage.html(content).contains("No login, "))
        content.logins = nil
        let unknown = ReportPage.html(content)
        #expect(unknown.contains("not listed here") && !unknown.contains("No login"))
    }

    @Test func withoutALogItSaysThatNothingIsProved() {
        var content = Sample.report()
        content.logPosition = nil
        let html = ReportPage.html(content)
        #expect(html.contains("in no published checkpoint") && !html.contains("perchctl verify"))
    }

    @Test func theDocumentOnControlsHasEveryQuestionAndPlace() throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "docs/controls.md")
        let text = try String(contentsOf: file, encoding: .utf8)
        for control in Control.all {
            let places = control.places.map { String($0.rawValue) }.joined(separator: ", ")
            let row = "| \(control.framework.rawValue) \(control.number) | \(control.question) | \(places) |"
            #expect(text.contains(row), "\(row)")
        }
        for place in Control.Place.allCases { #expect(text.contains("\(place.rawValue). \(place.title)")) }
    }
}

@Suite struct TextTests {
    @Test(arguments: [
        ("1970-01-01T00:00:00Z", 0), ("2026-11-24T22:34:03Z", 1_795_559_643), ("2000-02-29T23:59:59Z", 951_868_799),
    ])
    func timesAreReadAndWrittenAsTheAPIDoes(text: String, seconds: Int) {
        #expect(Moment(text)?.seconds == seconds)
        #expect(Moment(seconds: seconds).text == text)
    }

    @Test(arguments: ["", "now", "2026-13-24T22:34:03Z", "2026-11-24 22:34:03Z", "2026-11-24T22:34:03+01:00"])
    func otherTextsAreNoTimes(text: String) {
        #expect(Moment(text) == nil)
        #expect(Moment.html(text).markup == text)
    }

    @Test(arguments: [
        (0, "0 s"), (89, "89 s"), (90, "1 min"), (5399, "89 min"), (5400, "1.5 h"), (7200, "2 h"), (172_800, "2 d"),
        (216_000, "2.5 d"), (864_000, "10 d"),
    ])
    func spansAreShort(seconds: Int, text: String) {
        #expect(Moment.span(seconds: seconds) == text)
    }

    @Test func numbersAreForPeople() {
        #expect(CheckText.change("1006990", "ppm") == "+0.7 %")
        #expect(CheckText.change("979098", "ppm") == "−2.1 %")
        #expect(CheckText.change("1000002", "ppm") == "0.0 %")
        #expect(CheckText.change("214413100", "1e-6 per pair and block") == "+214.413")
        #expect(Quantity.grouped(1_234_567) == "1\u{202f}234\u{202f}567")
        #expect(Unit.nanoseconds.text(83_400) == "83.4 µs")
        #expect(Unit.bytes.text(512 * 1_048_576) == "512 MiB")
        #expect(Unit.share.text(0.995) == "99.5 %")
    }
}
