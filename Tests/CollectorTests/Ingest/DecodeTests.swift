import FoundationEssentials
import Ledger
import Shared
import Testing

@testable import Collector

@Suite struct DecodeTests {
    private static func bytes(_ reports: [Report]) throws -> [UInt8] {
        var batch = ReportBatch()
        batch.reports = reports
        return try batch.serializedBytes()
    }

    private static func code(_ body: [UInt8], _ encoding: String? = nil) -> Problem? {
        do throws(Problem) {
            _ = try Decode.batch(body, encoding: encoding)
            return nil
        } catch {
            return error
        }
    }

    @Test func reportsComeWithTheirOwnBytes() throws {
        var host = SyntheticHost("a", instances: ["x"], startSeconds: 1_700_000_000)
        let reports = [host.next(), host.next()]
        for encoding in [nil, "identity", "gzip", "GZIP"] {
            let plain = try Self.bytes(reports)
            let body = encoding?.lowercased() == "gzip" ? try Compression.deflate(plain, .gzip) : plain
            let decoded = try Decode.batch(body, encoding: encoding)
            #expect(decoded.map(\.report) == reports)
            for (item, report) in zip(decoded, reports) { #expect(item.bytes == (try report.serializedBytes())) }
        }
    }

    @Test func aRowKeepsTheBytesAndItsDigestIsOverThem() throws {
        var host = SyntheticHost("a", instances: ["x"], startSeconds: 1_700_000_000)
        let report = host.next()
        let bytes: [UInt8] = try report.serializedBytes()
        var row = ReportRow(report, receivedMicroseconds: 1)
        #expect(row.digest == Digest(of: bytes).bytes)
        #expect(try row.report() == report)
        row.digest[0] ^= 1
        #expect(throws: StoreError.self) { try row.report() }
        row.digest[0] ^= 1
        row.body[5] ^= 0x40
        #expect(throws: StoreError.self) { try row.report() }
    }

    // MARK: Compression

    @Test func inflatingStopsAtTheLimit() throws {
        for form in [Compression.Form.gzip, .raw] {
            let limit = 100_000
            let exact = try Compression.deflate([UInt8](repeating: 1, count: limit), form)
            #expect(try Compression.inflate(exact, form, limitBytes: limit).count == limit)
            let beyond = try Compression.deflate([UInt8](repeating: 1, count: limit + 1), form)
            #expect(throws: Compression.Failure.tooLarge) {
                try Compression.inflate(beyond, form, limitBytes: limit)
            }
        }
    }

    @Test(arguments: [0, 1, 63, 65_535, 65_536, 65_537, 300_000])
    func whatWasDeflatedInflatesAgain(_ count: Int) throws {
        var random = SplitMix(seed: UInt64(count))
        let input = (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next() & 0x33) }
        for form in [Compression.Form.gzip, .raw] {
            let output = try Compression.inflate(Compression.deflate(input, form), form, limitBytes: count)
            #expect(output == input)
        }
    }

    @Test func tornAndFollowedStreamsAreMalformed() throws {
        let whole = try Compression.deflate(Array("hello, hello, hello".utf8), .gzip)
        for count in 0..<whole.count {
            #expect(throws: Compression.Failure.malformed) {
                try Compression.inflate(whole.prefix(count), .gzip, limitBytes: 100)
            }
        }
        #expect(throws: Compression.Failure.malformed) {
            try Compression.inflate(whole + [0], .gzip, limitBytes: 100)
        }
        // A second member would be a way around the limit.
        #expect(throws: Compression.Failure.malformed) {
            try Compression.inflate(whole + whole, .gzip, limitBytes: 100)
        }
    }

    // MARK: Counts before decoding

    struct Count: Sendable, CustomTestStringConvertible {
        var field: String
        var limit: Int
        var code: ProblemCode = .malformed
        var fill: @Sendable (inout Report, Int) -> Void
        var testDescription: String { field }
    }

    static let counts: [Count] = [
        Count(field: "names", limit: Limits.names) { report, count in report.names = (0..<count).map { "n\($0)" } },
        Count(field: "instances", limit: Limits.instances, code: .tooLarge) { report, count in
            report.names = (0..<count).map { "\($0)" }
            report.instances = (0..<count).map { number in Instance.with { $0.name = UInt32(number + 1) } }
        },
        Count(field: "probes", limit: Limits.probes) {
            $0.probes = Array(repeating: Perch_V1_ProbeRun.with { $0.name = 1 }, count: $1)
        },
        Count(field: "logins", limit: Limits.logins) { $0.logins = Array(repeating: Perch_V1_Login(), count: $1) },
        Count(field: "digests", limit: Limits.digests) { $0.digests = Array(repeating: Perch_V1_Digest(), count: $1) },
        Count(field: "facts", limit: Limits.facts) {
            let fact = Perch_V1_Fact.with {
                $0.key = 1
                $0.value = 1
            }
            $0.facts = Array(repeating: fact, count: $1)
        },
        Count(field: "ports.listening", limit: Limits.ports) {
            let port = Perch_V1_Port.with { $0.address = Data([1, 1, 1, 1]) }
            $0.ports.listening = Array(repeating: port, count: $1)
        },
        Count(field: "journal.counts", limit: Limits.journalCounts) {
            $0.journal.counts = Array(repeating: Perch_V1_JournalCount(), count: $1)
        },
        Count(field: "journal.fingerprints", limit: Limits.fingerprints) {
            $0.journal.fingerprints = Array(repeating: Perch_V1_Fingerprint(), count: $1)
        },
        Count(field: "journal.oom_kills", limit: Limits.oomKills) {
            $0.journal.oomKills = Array(repeating: Perch_V1_OOMKill(), count: $1)
        },
        Count(field: "packages.installed", limit: Limits.packages) {
            $0.packages.installed = Array(repeating: Perch_V1_Package(), count: $1)
        },
        Count(field: "instances[1].errors", limit: Limits.errorCodesPerInstance) {
            $0.instances[1].errors = Array(repeating: Perch_V1_ErrorCount.with { $0.code = 1 }, count: $1)
        },
    ]

    @Test(arguments: counts)
    func eachCountMayReachItsLimitAndNotPassIt(_ count: Count) throws {
        var host = SyntheticHost("a", instances: ["x", "y"], startSeconds: 1_700_000_000)
        let report = host.next()
        var atLimit = report
        count.fill(&atLimit, count.limit)
        #expect(Self.code(try Self.bytes([atLimit])) == nil)
        var beyond = report
        count.fill(&beyond, count.limit + 1)
        let problem = Self.code(try Self.bytes([report, beyond]))
        #expect(problem?.code == count.code)
        #expect(problem?.detail.hasPrefix("reports[1].\(count.field):") == true, "\(problem?.detail ?? "")")
    }

    /// Two parts of one singular message are merged by the decoder; their counts are, too.
    @Test func aMessageInTwoPartsIsCountedAsOne() throws {
        var host = SyntheticHost("a", instances: ["x"], startSeconds: 1_700_000_000)
        let report = host.next()
        var extra = Report()
        let port = Perch_V1_Port.with { $0.address = Data([1, 1, 1, 1]) }
        extra.ports.listening = Array(repeating: port, count: Limits.ports / 2 + 1)
        let part: [UInt8] = try extra.serializedBytes()
        let whole: [UInt8] = try report.serializedBytes() + part + part
        #expect(throws: WireScan.Failure.tooMany(WireScan.Excess(field: "ports.listening", limit: Limits.ports))) {
            try WireScan.check(whole[...])
        }
    }

    // MARK: Hostile bytes

    @Test func aBatchTakesNothingButReports() throws {
        var host = SyntheticHost("a", instances: ["x"], startSeconds: 1_700_000_000)
        let body = try Self.bytes([host.next()])
        for extra in [[0x08, 0x01], [0x12, 0x00], [0x0a], [0x0b]] as [[UInt8]] {
            #expect(Self.code(body + extra)?.code == .malformed)
        }
        let full = try Self.bytes((0..<Limits.reportsPerBatch).map { _ in host.next() })
        #expect(Self.code(full) == nil)
        #expect(Self.code(full + body)?.code == .malformed)
    }

    /// Whatever is done to the bytes, the answer is a report or a refusal, in bounded time.
    @Test(arguments: 1...8 as ClosedRange<UInt64>)
    func mutatedBytesAreReadOrRefused(_ seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        let original = try Self.bytes([ReportValidationTests.full()])
        for _ in 0..<400 {
            var bytes = original
            for _ in 0...(random.next() % 4) {
                let index = Int(random.next() % UInt64(bytes.count))
                switch random.next() % 4 {
                case 0: bytes[index] ^= 1 << UInt8(random.next() % 8)
                case 1: bytes[index] = 0xff
                case 2 where bytes.count > 1: bytes.remove(at: index)
                default: bytes = Array(bytes.prefix(max(1, index)))
                }
            }
            if let problem = Self.code(bytes) {
                #expect([.malformed, .versionUnsupported, .tooLarge].contains(problem.code), "seed \(seed)")
            }
        }
    }
}
