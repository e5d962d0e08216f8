import Foundation
import Shared

/// Made-up servers that behave like real ones: load that follows the day, noise that the two copies of an instance do
/// not share, latencies with a tail. The same seed gives the same reports.
struct ShowcaseFleet {
    /// What differs on a new server from an old one.
    struct Character {
        var cpu = 1.0
        var latency = 1.0
        var memory = 1.0
        /// Error replies a report, on average.
        var errors = 0.0
        /// Times in which it sends nothing, seconds since the start.
        var silent: [Range<UInt64>] = []
        /// Somebody logs in and out, seconds since the start.
        var visit: (user: String, time: Range<UInt64>)?
    }

    static let seed: UInt64 = 20_261_124
    /// As long as an agent may take; two reports a block.
    static let intervalSeconds: UInt64 = 150

    private var hosts: [String: (host: SyntheticHost, character: Character)] = [:]
    private var random = SplitMix(seed: seed)
    let startSeconds: UInt64

    init(startSeconds: UInt64) { self.startSeconds = startSeconds }

    var names: [String] { hosts.keys.sorted() }

    mutating func add(_ name: String, instances: [String], _ character: Character = Character(), at now: UInt64) {
        var host = SyntheticHost(
            name, instances: instances, startSeconds: now, intervalSeconds: Self.intervalSeconds)
        host.listening = [(22, 0)] + instances.indices.map { (UInt32(6379 + $0), 110) }
        for index in host.instances.indices {
            host.instances[index].port = UInt32(6379 + index)
            host.instances[index].memory = UInt64(Double(Self.size(instances[index])) * character.memory)
            host.instances[index].runID = (0..<Limits.redisRunIDBytes).map { _ in
                UInt8(truncatingIfNeeded: random.next())
            }
        }
        hosts[name] = (host, character)
    }

    mutating func change(_ name: String, _ change: (inout Character) -> Void) {
        guard var entry = hosts[name] else { return }
        change(&entry.character)
        hosts[name] = entry
    }

    mutating func remove(_ name: String) { hosts[name] = nil }

    /// Lets one interval pass.
    /// - Returns: what arrives of it.
    mutating func next() -> [Report] {
        names.compactMap { name in
            guard var entry = hosts[name] else { return nil }
            let age = entry.host.timeMicroseconds / 1_000_000 + Self.intervalSeconds - startSeconds
            for index in entry.host.instances.indices { drive(&entry.host.instances[index], entry.character, age) }
            var report = entry.host.next()
            dress(&report, entry.character, age)
            hosts[name] = entry
            return entry.character.silent.contains { $0.contains(age) } ? nil : report
        }
    }

    private mutating func drive(_ redis: inout SyntheticHost.Redis, _ character: Character, _ age: UInt64) {
        let operations = Self.load(redis.name, age) * Double(Self.intervalSeconds)
        let perOperation = Self.cost(redis.name) * character.cpu * (1 + 0.03 * random.normal())
        redis.operationsPerReport = UInt64(max(1, operations * (1 + 0.002 * random.normal())))
        redis.cpuPerReport = UInt64(max(1, operations * perOperation))
        let errors = character.errors * (0.5 + random.uniform())
        redis.errorsPerReport = UInt64(errors) + (random.uniform() < errors - errors.rounded(.down) ? 1 : 0)
        redis.memory = UInt64(Double(redis.memory) * (1 + 0.0004 * random.normal()))
    }

    /// What SyntheticHost leaves out: a histogram with a tail, the journal, the packages, the agent's name.
    private mutating func dress(_ report: inout Report, _ character: Character, _ age: UInt64) {
        report.agentVersion = "1.0.0"
        report.journal = Perch_V1_Journal()
        var package = Perch_V1_Package()
        package.name = "redis-server"
        package.version = "5:7.0.15-1~deb12u1"
        package.architecture = "amd64"
        report.packages.installed = [package]
        if let (user, time) = character.visit {
            let interval = age - Self.intervalSeconds..<age
            if interval.contains(time.lowerBound) { report.logins += logins(user, startSeconds + time.lowerBound) }
            if interval.contains(time.upperBound) { report.logins.append(logout(user, startSeconds + time.upperBound)) }
        }
        for index in report.instances.indices {
            let name = report.names[Int(report.instances[index].name) - 1]
            let base = Self.latency(name, age) * character.latency
            var buckets: [UInt32: UInt64] = [:]
            for _ in 0..<Int(Self.intervalSeconds) / 3 {
                let isTail = random.uniform() < 0.06
                let value = base * exp(0.14 * random.normal()) * (isTail ? 2.2 + 0.5 * random.uniform() : 1)
                buckets[PingHistogram.index(nanoseconds: UInt64(value)), default: 0] += 3
            }
            let sorted = buckets.sorted { $0.key < $1.key }
            report.instances[index].ping.buckets = sorted.map(\.key)
            report.instances[index].ping.count = sorted.map(\.value)
        }
    }

    private static let session = "41"

    private func logins(_ user: String, _ seconds: UInt64) -> [Perch_V1_Login] {
        var accepted = Perch_V1_Login()
        accepted.kind = .accepted
        accepted.timeUs = seconds * 1_000_000
        accepted.user = user
        accepted.source = "10.1.0.17"
        accepted.method = "publickey"
        accepted.keyFingerprint = "SHA256:7Yx0vQ2mF8"
        var session = logout(user, seconds + 1)
        session.kind = .sessionStart
        return [accepted, session]
    }

    private func logout(_ user: String, _ seconds: UInt64) -> Perch_V1_Login {
        var end = Perch_V1_Login()
        end.kind = .sessionEnd
        end.timeUs = seconds * 1_000_000
        end.user = user
        end.session = Self.session
        return end
    }

    // MARK: What an instance is like, wherever it runs

    private static func place(_ name: String) -> Double {
        Double(name.utf8.reduce(7) { ($0 &* 31 &+ Int($1)) % 97 }) / 97
    }

    /// Operations a second, with a day in it.
    private static func load(_ name: String, _ age: UInt64) -> Double {
        let day = 2 * Double.pi * (Double(age % 86_400) / 86_400)
        return (300 + 500 * place(name)) * (1 + 0.45 * sin(day - 1.2 + place(name)))
    }

    private static func cost(_ name: String) -> Double { 18 + 14 * place(name) }
    private static func size(_ name: String) -> UInt64 { UInt64(180 + 600 * place(name)) << 20 }
    private static func latency(_ name: String, _ age: UInt64) -> Double {
        let day = 2 * Double.pi * (Double(age % 86_400) / 86_400)
        return (82_000 + 30_000 * place(name)) * (1 + 0.1 * sin(day - 1))
    }
}

extension SplitMix {
    /// 0 ..< 1.
    mutating func uniform() -> Double { Double(next() >> 11) / 9_007_199_254_740_992 }
    mutating func normal() -> Double { (0..<12).reduce(-6.0) { sum, _ in sum + uniform() } }
}
