// The report for people: valid JSON, exact figures, causes in words.
import Foundation
import Shared
import Testing

@testable import Agent

@Suite struct ReportTextTests {
    @Test func figuresAreExact() {
        #expect(ReportText.decimal(1_234_567, per: 1_000_000) == "1.234567")
        #expect(ReportText.decimal(1_000_000, per: 1_000_000) == "1")
        #expect(ReportText.decimal(5, per: 1000) == "0.005")
        #expect(ReportText.decimal(.max, per: 1_000_000) == "18446744073709.551615")
        #expect(ReportText.decimal(7, per: 1) == "7")
    }

    @Test(arguments: [
        (0, "1970-01-01T00:00:00Z"), (951_782_400, "2000-02-29T00:00:00Z"), (1_709_164_799, "2024-02-28T23:59:59Z"),
        (4_102_444_800, "2100-01-01T00:00:00Z"), (1_798_761_599, "2026-12-31T23:59:59Z"),
    ])
    func timesAreUTC(seconds: UInt64, text: String) {
        #expect(ReportText.utc(seconds * 1_000_000) == text)
    }

    @Test func addressesAreReadable() {
        #expect(ReportText.address([127, 0, 0, 1]) == "127.0.0.1")
        #expect(ReportText.address([UInt8](repeating: 0, count: 15) + [1]) == "0:0:0:0:0:0:0:1")
        #expect(ReportText.address([]) == "")
    }

    @Test func theWholeIsJSONWhateverIsInTheLabels() throws {
        let nasty = "a\"b\\c\n\u{1}ä\u{7f}"
        var report = Wire.Report()
        report.host = nasty
        report.names = [nasty]
        report.hostReadings.set(Catalogue.cpuUser, .value(1_500_000))
        report.hostReadings.set(Catalogue.cpuSteal, .absent(.denied))
        report.labelled = [Wire.Group(label: 1, metric: [70], value: [.max])]
        report.instances = [Wire.Instance(name: 1, cause: .timeout)]
        report.ports = Wire.Ports(unitCause: .unsupported)
        report.journal = Wire.Journal(skipped: .max)
        report.packages = Wire.Packages(cause: .denied)
        report.digests = [Wire.Digest(path: nasty, cause: .denied)]
        let text = ReportText.json(report)
        let object = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
        #expect(object?["host"] as? String == nasty)
        let readings = object?["host_readings"] as? [String: [String: String]]
        #expect(readings?["system.cpu.time{cpu.mode=user}"] == ["value": "1.5", "unit": "s"])
        #expect(readings?["system.cpu.time{cpu.mode=steal}"] == ["absent": "denied"])
        let instances = object?["instances"] as? [[String: Any]]
        #expect(instances?.first?["absent"] as? String == "timeout")
    }
}
