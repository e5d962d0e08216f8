// The agent's own writing of the wire's messages against the generated code: the same bytes, and every value under the
// name that it has in report.proto.
import Foundation
import Shared
import SwiftProtobuf
import Testing

@testable import Agent

@Suite struct WireTests {
    @Test func everyFieldArrivesUnderItsName() throws {
        var random = HostRandom.seeded("everyFieldArrivesUnderItsName")
        for _ in 0..<20 {
            let report = Wire.Report.filled(&random)
            let bytes = report.encoded
            let read = try Report(serializedBytes: bytes)
            #expect(try read.serializedBytes() as [UInt8] == bytes)
            let json = try JSONSerialization.jsonObject(with: Data(try read.jsonUTF8Data()))
            #expect(Self.difference(report, json, "report") == nil)
        }
    }

    @Test func whatIsAtItsDefaultIsLeftOut() throws {
        #expect(Wire.Report().encoded.isEmpty)
        var report = Wire.Report()
        report.ports = Wire.Ports()
        report.names = ["", "a"]
        let read = try Report(serializedBytes: report.encoded)
        #expect(read.hasPorts && !read.hasJournal && !read.hasHostReadings && read.names == ["", "a"])
    }

    @Test func commandsAreSentAsColumns() throws {
        let columns = Wire.CommandColumns([
            Wire.Command(name: 7, calls: 9, usec: 90, failed: 2, duration: Wire.Histogram(counts: [0: 4, 20: 5])),
            Wire.Command(name: 8, calls: 8, usec: 80),
            Wire.Command(name: 9, calls: 7, usec: 70, duration: Wire.Histogram()),
            Wire.Command(name: 10, calls: 6, usec: 60, duration: Wire.Histogram(counts: [3: 6])),
        ])
        let read = try Perch_V1_Commands(serializedBytes: columns.encoded)
        #expect(read.name == [7, 8, 9, 10] && read.calls == [9, 8, 7, 6] && read.usec == [90, 80, 70, 60])
        #expect(read.rejected.isEmpty && read.failed == [2, 0, 0, 0])
        #expect(read.durations.buckets == [0, 20, 3 * 21 + 3] && read.durations.count == [4, 5, 6])
        #expect(read.reset == [1])
    }

    @Test func longContentsHaveLongLengths() throws {
        for count in [126, 127, 128, 129, 16_383, 16_384, 70_000] {
            var report = Wire.Report()
            report.hostReadings.metric = Array(repeating: 1, count: count)
            report.hostReadings.value = Array(repeating: 1, count: count)
            let read = try Report(serializedBytes: report.encoded)
            #expect(read.hostReadings.metric.count == count && read.hostReadings.value.count == count)
        }
    }

    @Test func damagedAnswersAreNeverBelieved() throws {
        var random = HostRandom.seeded("damagedAnswersAreNeverBelieved")
        var ack = Ack()
        ack.runs = (1...3).map { number in
            RunAck.with {
                $0.runID = Data(repeating: UInt8(number), count: 16)
                $0.committed = UInt64(number) << 40
            }
        }
        let whole: [UInt8] = try ack.serializedBytes()
        for _ in 0..<3000 {
            let bytes = Array(random.damaged(whole[...]))
            let answer = Answer(status: 200, body: bytes, retryAfter: nil, endsConnection: false)
            guard case .committed(let runs) = answer.meaning else { continue }
            // What was understood is what the generated code understands too.
            let read = try Ack(serializedBytes: bytes)
            for (run, committed) in runs {
                #expect(read.runs.contains { RunID(bytes: $0.runID) == run && $0.committed == committed })
            }
        }
        for end in 0..<whole.count {
            let cut = Answer(status: 200, body: Array(whole.prefix(end)), retryAfter: nil, endsConnection: false)
            if case .committed(let runs) = cut.meaning { #expect(runs.count < 3) }
        }
    }

    // MARK: Comparing

    /// - Returns: the first place at which a value is another one; `nil` if all is the same.
    private static func difference(_ mine: Any, _ json: Any?, _ path: String) -> String? {
        let mirror = Mirror(reflecting: mine)
        if mirror.displayStyle == .optional {
            return mirror.children.first.map { difference($0.value, json, path) } ?? nil
        }
        switch mine {
        case let commands as [Wire.Command]: return difference(Wire.CommandColumns(commands), json, path)
        case let bytes as [UInt8]:
            return json as? String == Data(bytes).base64EncodedString() ? nil : path
        case let text as String: return json as? String == text ? nil : path
        case let flag as Bool: return json as? Bool == flag ? nil : path
        case let number as any BinaryInteger: return "\(json ?? "")" == "\(number)" ? nil : path
        default: break
        }
        if mirror.displayStyle == .enum {
            // LOGIN_KIND_SESSION_START is `sessionStart` here.
            let name = (json as? String ?? "").replacing("_", with: "").lowercased()
            return name.hasSuffix("\(mine)".lowercased()) ? nil : path
        }
        if mirror.displayStyle == .collection {
            let list = json as? [Any] ?? []
            guard list.count == mirror.children.count else { return path }
            for (index, (child, other)) in zip(mirror.children, list).enumerated() {
                if let found = difference(child.value, other, "\(path)[\(index)]") { return found }
            }
            return nil
        }
        let object = Dictionary(
            uniqueKeysWithValues: (json as? [String: Any] ?? [:]).map { ($0.key.lowercased(), $0.value) })
        for child in mirror.children {
            let name = child.label ?? ""
            if let found = difference(child.value, object[name.lowercased()], "\(path).\(name)") { return found }
        }
        return object.count == mirror.children.count ? nil : path
    }
}

/// Every field with something of its own in it.
extension Wire.Report {
    fileprivate static func filled(_ random: inout HostRandom) -> Wire.Report {
        func number<Number: FixedWidthInteger>(_: Number.Type = Number.self) -> Number {
            Number(truncatingIfNeeded: (random.next() >> UInt64.random(in: 0..<64, using: &random)) | 1)
        }
        func text() -> String { "ä\(number(UInt32.self))" }
        func cause() -> AbsenceCause { AbsenceCause.allCases.randomElement(using: &random) ?? .parse }
        func group() -> Wire.Group {
            Wire.Group(
                label: number(), metric: [number(), number()], value: [number(), number()], absentMetric: [number()],
                absentCause: [cause()])
        }
        func histogram() -> Wire.Histogram {
            let bucket = number(UInt32.self) >> 1
            return Wire.Histogram(counts: [bucket: number(), bucket + 7: number()])
        }
        func instance() -> Wire.Instance {
            Wire.Instance(
                name: number(), port: number(), transport: .unix, redisRunID: random.bytes(8),
                serverTimeUs: number(), uid: number(), unit: number(), loading: true, versionName: number(),
                buildName: number(), readings: group(), cause: cause(), ping: histogram(), pingCause: cause(),
                commands: [
                    Wire.Command(
                        name: number(), calls: number(), usec: number(), rejected: number(), failed: number(),
                        duration: histogram()),
                    Wire.Command(name: number(), calls: number(), usec: number()),
                ],
                commandsCause: cause(), dataDevice: number(),
                errors: [Wire.ErrorCount(code: number(), count: number())], errorsCause: cause())
        }
        func journal() -> Wire.Journal {
            Wire.Journal(
                cause: cause(), gaps: number(), suppressed: number(), skipped: number(),
                counts: [
                    Wire.JournalCount(unit: number(), priority: number(), entries: number(), errorLines: number())
                ],
                fingerprints: [
                    Wire.Fingerprint(id: number(), unit: number(), count: number(), sample: text(), history: true)
                ],
                oomKills: [Wire.OOMKill(timeUs: number(), unit: number(), process: text())])
        }
        return Wire.Report(
            version: number(), host: text(), runID: random.bytes(16), sequence: number(), bootID: random.bytes(16),
            timeUs: number(), boottimeUs: number(), intervalUs: number(), agentVersion: text(),
            machineIDDigest: random.bytes(32), names: [text(), text()], hostReadings: group(),
            labelled: [group(), group()], instances: [instance(), instance()],
            probes: [Wire.ProbeRun(name: number(), durationUs: number(), cause: cause(), truncated: number())],
            ports: Wire.Ports(
                listening: [
                    Wire.Port(
                        protocol: .udp, address: random.bytes(4), port: number(), uid: number(), unit: number(),
                        v6Only: true)
                ], cause: cause(), unitCause: cause()),
            journal: journal(),
            logins: [
                Wire.Login(
                    kind: .sessionStart, timeUs: number(), user: text(), source: text(), method: text(),
                    keyFingerprint: text(), session: text())
            ],
            packages: Wire.Packages(
                installed: [
                    Wire.Package(name: text(), version: text(), architecture: text(), md5SumsDigest: random.bytes(32))
                ], cause: cause()),
            digests: [Wire.Digest(path: text(), sha256: random.bytes(32), cause: cause())],
            facts: [Wire.Fact(key: number(), value: number())],
            spool: Wire.SpoolState(
                dropped: number(), setAside: number(), torn: number(), waiting: number(), lastRefusal: text()))
    }
}
