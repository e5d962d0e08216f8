import Shared
import Testing

@testable import Collector

@Suite struct AccessRequestTests {
    private static let now: UInt64 = 1_700_000_000
    private static let reason = "the journal of db-7 cannot be read"

    private static func time(_ seconds: UInt64) -> String { Timestamp.text(microseconds: seconds * 1_000_000) }

    private static func person(_ name: String) throws -> SpiffeID {
        try SpiffeID(domain: "perch.example", kind: .person, name: name)
    }

    private static func ask(_ change: (inout AccessAsk) -> Void = { _ in }) -> AccessAsk {
        var ask = AccessAsk(
            user: "ada", hosts: ["db-7"], from: time(now), reason: reason, ticket: "INC-42")
        change(&ask)
        return ask
    }

    private static func request(_ ask: AccessAsk = ask()) throws -> AccessRequest {
        try AccessRequest(ask, id: "1", by: person("ops"), nowSeconds: now)
    }

    @Test func itLastsTwoHoursUnlessSaidOtherwise() throws {
        let request = try Self.request()
        #expect(request.toSeconds - request.fromSeconds == 7200)
        #expect(request.state(nowSeconds: Self.now) == .requested)
        #expect(request.access == nil)
    }

    @Test(arguments: [
        "root", "redis-a", "no host", "pattern", "too many", "nine hours", "past", "next month", "short reason",
        "no ticket",
    ])
    func whatIsOutsideTheLimitsIsRefused(_ what: String) {
        let ask = Self.ask { ask in
            switch what {
            case "root", "redis-a": ask.user = what
            case "no host": ask.hosts = []
            case "pattern": ask.hosts = ["db-*"]
            case "too many": ask.hosts = (0..<21).map { "db-\($0)" }
            case "nine hours": ask.to = Self.time(Self.now + 9 * 3600)
            case "past":
                ask.from = Self.time(Self.now - 7200)
                ask.to = Self.time(Self.now - 1)
            case "next month": ask.from = Self.time(Self.now + 8 * 86_400)
            case "short reason": ask.reason = "because"
            default: ask.ticket = ""
            }
        }
        #expect(throws: Problem.self) { try Self.request(ask) }
    }

    @Test func anotherPersonDecidesOnce() throws {
        var request = try Self.request()
        for name in ["ops", "ada"] {
            let own = try Self.person(name)
            let refusal = #expect(throws: Problem.self) {
                try request.decide(true, by: own, reason: "", nowSeconds: Self.now)
            }
            #expect(refusal?.code == .approvalOwn)
        }
        let boss = try Self.person("boss")
        try request.decide(true, by: boss, reason: "fine", nowSeconds: Self.now + 600)
        #expect(request.state(nowSeconds: Self.now + 600) == .approved)
        // It counts from the approval on.
        #expect(request.access?.fromSeconds == Self.now + 600)
        #expect(throws: Problem.self) { try request.decide(false, by: boss, reason: "", nowSeconds: Self.now + 700) }
        try request.end(by: boss, reason: "done", nowSeconds: Self.now + 1000)
        #expect(request.state(nowSeconds: Self.now + 1000) == .ended)
        #expect(request.access?.toSeconds == Self.now + 1000)
        #expect(request.version == 3)
    }

    @Test func timeEndsAndLapses() throws {
        var request = try Self.request()
        #expect(request.state(nowSeconds: Self.now + 7201) == .lapsed)
        let later = try Self.request(Self.ask { $0.from = Self.time(Self.now + 3 * 86_400) })
        #expect(later.state(nowSeconds: Self.now + 86_401) == .lapsed)
        try request.decide(true, by: Self.person("boss"), reason: "", nowSeconds: Self.now)
        #expect(request.state(nowSeconds: Self.now + 7201) == .ended)
        var denied = try Self.request()
        try denied.decide(false, by: Self.person("boss"), reason: "no", nowSeconds: Self.now)
        #expect(denied.state(nowSeconds: Self.now) == .denied && denied.access == nil)
    }
}
